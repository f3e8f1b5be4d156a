// The single list of what ipcmark publishes: names, units and meanings of its figures, and the
// columns of its CSV. JSON summaries, CSV, the terminal and the documentation draw on it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ipcmark {

struct Figure;   // summary.hpp
struct Summary;  // summary.hpp

enum class Better : std::uint8_t { lower, higher, neither };

struct Field {
  const char* name;
  const char* unit;  // base units: "ns", "msg/s", "B/s", "B", "count"
  Better better;
  const char* description;
};
// Figures by name, a histogram's quantiles under the histogram's name.
std::span<const Field> figure_fields();
const Field* figure_field(std::string_view name);  // null: not in the list
// The least change for the worse that a gate minds, as a fraction: 0.05 of a gated figure (of a
// histogram its median), 0.10 of a gated histogram's p99. Nothing: shown only. Gated are
// round_trip, rate and cpu_per_message: what a user waits for, gets and pays.
std::optional<double> minimum_effect(std::string_view name, double quantile);

// Those worth following from run to run, in the summary's order: the published ones except set-up,
// extremes, and what only says in another way what a tracked one says.
std::vector<const Figure*> tracked_figures(const Summary& summary);

// "p50", "p99.9", "rate", "cpu_per_message"; a quantile of anything but round trips carries the
// name of its histogram: "response_p50".
std::string figure_name(const Figure& figure);

// As a column of a table is headed: "messages", "batch mean", "p50".
std::string header_of(const Figure& figure);
// "p50", "rate", "CPU/msg", "response p99": short, for tables.
std::string figure_label(const std::string& name, double quantile);

struct Column {
  const char* name;
  const char* description;
};
std::span<const Column> csv_columns();

// A quantile is published when every trial has at least that many samples beyond it.
inline constexpr std::uint64_t samples_beyond = 100;
// The quantiles that may be published of a trial's histogram of single measurements, ascending.
std::span<const double> published_quantiles(unsigned trials);

}  // namespace ipcmark
