// How much an unchanged build's figures differ from run to run on one machine, kept in a file:
// taken once from several results (`compare --repeats --variation-out`), used in later comparisons.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/comparison/gate_statistics.hpp"
#include "results/model/environment.hpp"

namespace ipcmark {

struct Comparison;

inline constexpr const char* variation_schema = "ipcmark.variation";
inline constexpr int variation_major = 1;
inline constexpr int variation_minor = 0;

struct FigureVariation {
  std::string cell, name;
  double quantile = -1;  // -1: not a quantile
  RunToRun between;
};

struct Variation {
  unsigned runs = 0;        // results it was taken from; a figure may have been in fewer
  Environment environment;  // of the machine they were measured on
  std::vector<FigureVariation> figures;
  // "Not known" for a figure that is not in it.
  RunToRun of(const std::string& cell, const std::string& name, double quantile) const;
};

// What the repeats of a comparison say: of all its figures that two of them have at least.
Variation variation_of(const Comparison& comparison, const Environment& environment);

// {"schema":"ipcmark.variation","version":…,"runs":3,"environment":…,"figures":[{"cell":…,"name":…,
// "quantile":0.5,"deviation":0.013,"runs":3},…]}: `deviation` is the standard deviation of the
// natural logarithm of a run's median. Of the environment only what tells machines apart is
// written.
std::string variation_to_json(const Variation& variation);
// The error is one sentence that names the place.
tl::expected<Variation, std::string> variation_from_json(std::string_view text);

}  // namespace ipcmark
