// What is published of a figure: which quantiles, from which change on it is judged, and what it is
// called where it is shown. All of it follows from the figure's own declaration (catalogue.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/model/catalogue.hpp"

namespace ipcmark {

struct Figure;   // summary.hpp
struct Summary;  // summary.hpp

// A quantile is published when every trial has at least that many samples beyond it.
inline constexpr std::uint64_t samples_beyond = 100;
// The quantiles that may be published of a trial's histogram, ascending: of single measurements
// 0.5, 0.9 and with 20 trials 0.99 and 0.999; of means the median.
std::span<const double> published_quantiles(const FigureEntry& entry, unsigned trials);

// The smallest change for the worse that a gate judges, as a fraction: 0.05 of a gated figure (of a
// histogram its median), 0.10 of a gated histogram's p99. Nothing: shown only.
std::optional<double> minimum_effect(const FigureEntry& entry, double quantile);

// Those worth following from run to run, in the summary's order: published, and declared so.
std::vector<const Figure*> tracked_figures(const Summary& summary);
// Those with a column of their own: the tracked ones first.
std::vector<const Figure*> column_figures(const Summary& summary);

// As a name for programs: "p50", "p99.9", "rate", "response_p50".
std::string figure_name(const Figure& figure);
// As a column of a table is headed: "messages", "batch mean", "p50".
std::string header_of(const Figure& figure);
// "p50", "rate", "CPU/msg", "response p99": short, for tables of many figures. `name` is that of an
// entry without one, which is not declared.
std::string figure_label(const FigureEntry& entry, const std::string& name, double quantile);
// What it means, in a sentence; of what is not declared its name.
std::string sentence_of(const Figure& figure);

}  // namespace ipcmark
