#include "results/text/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <vector>

namespace ipcmark {
namespace {

// In the order of the enum.
constexpr std::array<UnitRow, 8> table{{
    {Unit::nanoseconds, "ns", Quantity::time, 1, "seconds"},
    {Unit::seconds, "s", Quantity::time, 1e9, "seconds"},
    {Unit::messages_per_second, "msg/s", Quantity::rate, 1, "messages_per_second"},
    {Unit::operations_per_second, "op/s", Quantity::rate, 1, "operations_per_second"},
    {Unit::bytes_per_second, "B/s", Quantity::bytes_rate, 1, "bytes_per_second"},
    {Unit::bytes, "B", Quantity::bytes, 1, "bytes"},
    {Unit::count, "count", Quantity::number, 1, ""},
    {Unit::ratio, "ratio", Quantity::number, 1, "ratio"},
}};

struct Step {
  double factor;
  const char* name;
};

constexpr std::array<Step, 5> time_steps{
    {{1, "ns"}, {1e3, "\u00b5s"}, {1e6, "ms"}, {1e9, "s"}, {0, nullptr}}};
constexpr std::array<Step, 6> byte_steps{
    {{1, "B"}, {1e3, "kB"}, {1e6, "MB"}, {1e9, "GB"}, {1e12, "TB"}, {0, nullptr}}};
constexpr std::array<Step, 5> rate_steps{
    {{1, "/s"}, {1e3, "k/s"}, {1e6, "M/s"}, {1e9, "G/s"}, {0, nullptr}}};

std::span<const Step> steps_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::time:
      return time_steps;
    case Quantity::rate:
      return rate_steps;
    case Quantity::bytes:
    case Quantity::bytes_rate:
      return byte_steps;
    case Quantity::number:
      return {};
  }
  return {};
}

// Three significant digits; a value that would round up to the next power of ten has one place
// less.
std::string three_digits(double value) {
  const double size = std::abs(value);
  if (size < 0.9995) return fmt::format("{:.3f}", value);
  if (size < 9.995) return fmt::format("{:.2f}", value);
  if (size < 99.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

const Step& step_for(double value, std::span<const Step> steps) {
  std::size_t i = 0;
  while (steps[i + 1].name != nullptr && std::abs(value) / steps[i].factor >= 999.5) ++i;
  return steps[i];
}

}  // namespace

std::span<const UnitRow> units() { return table; }

const UnitRow& row_of(Unit unit) { return table.at(static_cast<std::size_t>(unit)); }

const char* to_string(Unit unit) { return row_of(unit).name; }

std::optional<Unit> unit_from(std::string_view name) {
  for (const UnitRow& row : table) {
    if (name == row.name) return row.unit;
  }
  return std::nullopt;
}

std::string unknown_unit_text(std::string_view name) {
  std::vector<const char*> known;
  known.reserve(table.size());
  for (const UnitRow& row : table) known.push_back(row.name);
  return fmt::format("unknown unit \"{}\"; known are {}", name, fmt::join(known, ", "));
}

bool is_time(Unit unit) { return row_of(unit).quantity == Quantity::time; }

bool is_rate(Unit unit) { return row_of(unit).quantity == Quantity::rate; }

std::string scaled(double value, Unit unit, bool unicode) {
  if (!std::isfinite(value)) return "n/a";
  const UnitRow& row = row_of(unit);
  const std::span<const Step> steps = steps_of(row.quantity);
  if (steps.empty()) {
    return (value == 0 ? "0" : three_digits(value)) + (unit == Unit::ratio ? "x" : "");
  }
  value *= row.in_base;
  const Step& step = step_for(value, steps);
  std::string name = step.name;
  if (!unicode && name == "\u00b5s") name = "us";
  return (value == 0 ? "0" : three_digits(value / step.factor)) + " " + name +
         (row.quantity == Quantity::bytes_rate ? "/s" : "");
}

}  // namespace ipcmark
