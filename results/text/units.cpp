#include "results/text/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace ipcmark {
namespace {

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

bool is_base_unit(std::string_view unit) {
  return std::find(base_units.begin(), base_units.end(), unit) != base_units.end();
}

std::string unknown_unit_text(std::string_view unit) {
  return fmt::format("unknown unit \"{}\"; known are {}", unit, fmt::join(base_units, ", "));
}

std::string scaled(double value, const std::string& unit, bool unicode) {
  if (!std::isfinite(value)) return "n/a";
  std::span<const Step> steps;
  std::string suffix;
  if (unit == "ns" || unit == "s") {
    if (unit == "s") value *= 1e9;
    steps = time_steps;
  } else if (unit == "B" || unit == "B/s") {
    steps = byte_steps;
    if (unit == "B/s") suffix = "/s";
  } else if (unit == "msg/s" || unit == "op/s") {
    steps = rate_steps;
  } else {
    const std::string digits = value == 0 ? "0" : three_digits(value);
    if (unit == "ratio") return digits + "x";
    return unit.empty() || unit == "count" ? digits : digits + " " + unit;
  }
  const Step& step = step_for(value, steps);
  std::string name = step.name;
  if (!unicode && name == "\u00b5s") name = "us";
  return (value == 0 ? "0" : three_digits(value / step.factor)) + " " + name + suffix;
}

}  // namespace ipcmark
