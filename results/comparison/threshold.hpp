// From which change for the worse on a figure counts, where a user says so: `--threshold`.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/catalogue.hpp"

namespace ipcmark {

// "3%", "p99=20%", "latency/pipe/*:10%", "latency/pipe/*:p99=20%".
struct Threshold {
  std::string cells;   // a pattern of keys, as --only takes it; empty: every cell
  std::string figure;  // "p99", "rate", "CPU/msg", or its name in documents; empty: every figure
  double effect = 0;   // a fraction; where no figure is named, a p99 counts from twice that on
  std::string text;    // as it was written
};

// Several with commas after their percent signs (a key may hold a comma, and no such sign). The
// error is one sentence.
tl::expected<std::vector<Threshold>, std::string> thresholds_from(std::string_view text);

// The minimum effect that counts of a gated figure: the declared one (minimum_effect() of it), or
// what the thresholds state. Of several that fit, one that names cells comes before one that names
// a figure, and that before one that names neither; of equals the last.
double effect_of(const std::vector<Threshold>& thresholds, const std::string& key,
                 const FigureEntry& figure, const std::string& name, double quantile,
                 double declared);

// Empty, or one sentence about the first threshold that can never apply: it names no gated figure
// of the catalogue, matches none of the keys, or names a figure that is gated in no cell that it
// matches (one that names no cells: in none of the keys). What was measured may have fewer figures:
// see unused_threshold() in comparison.hpp.
std::string wrong_threshold(const std::vector<Threshold>& thresholds, const Catalogue& catalogue,
                            const std::vector<std::string>& keys);

}  // namespace ipcmark
