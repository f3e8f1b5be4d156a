// The units of figures, and figures scaled for people. The one table that documents, scaling,
// exports and sentences share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ipcmark {

// Base units, in which every figure is stored.
enum class Unit : std::uint8_t {
  nanoseconds,
  seconds,
  messages_per_second,
  operations_per_second,
  bytes_per_second,
  bytes,
  count,
  ratio,
};

// What a unit measures; figures of one kind are scaled and exported alike.
enum class Quantity : std::uint8_t { time, rate, bytes, bytes_rate, number };

struct UnitRow {
  Unit unit;
  const char* name;  // as documents write it: "ns", "msg/s"
  Quantity quantity;
  double in_base;            // how many ns, per second, bytes or ones it is
  const char* open_metrics;  // OpenMetrics' word for the quantity's own unit; empty: none
};
std::span<const UnitRow> units();
const UnitRow& row_of(Unit unit);

const char* to_string(Unit unit);
std::optional<Unit> unit_from(std::string_view name);
std::string unknown_unit_text(std::string_view name);  // unknown unit "W"; known are ns, s, …

bool is_time(Unit unit);
bool is_rate(Unit unit);  // of messages or operations

// "14.6 µs", "2.31 M/s", "3.0 GB/s": three significant digits.
std::string scaled(double value, Unit unit, bool unicode = true);

}  // namespace ipcmark
