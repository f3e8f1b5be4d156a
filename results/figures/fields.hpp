// The single list of what ipcmark publishes: names, units and meanings of its figures, and the
// columns of its CSV. JSON summaries, CSV, the terminal and the documentation draw on it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ipcmark {

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
