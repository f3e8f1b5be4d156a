#include "results/text/quantities.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace ipcmark {
namespace {

struct NamedFactor {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t kib = 1024;
constexpr std::array<NamedFactor, 15> size_units{{{"", 1},
                                                  {"B", 1},
                                                  {"k", kib},
                                                  {"K", kib},
                                                  {"KiB", kib},
                                                  {"kB", 1000},
                                                  {"KB", 1000},
                                                  {"M", kib* kib},
                                                  {"MiB", kib* kib},
                                                  {"MB", 1000 * 1000},
                                                  {"G", kib* kib* kib},
                                                  {"GiB", kib* kib* kib},
                                                  {"GB", 1000 * 1000 * 1000},
                                                  {"TiB", kib* kib* kib* kib},
                                                  {"Ki", kib}}};

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::array<NamedFactor, 7> duration_units{{{"ns", 1},
                                                     {"us", 1000},
                                                     {"\u00b5s", 1000},
                                                     {"ms", 1'000'000},
                                                     {"s", second},
                                                     {"m", 60 * second},
                                                     {"h", 3600 * second}}};

constexpr std::array<NamedFactor, 3> rate_units{{{"", 1}, {"k", 1000}, {"M", 1'000'000}}};

// Multiplies without overflow, or nothing.
std::optional<std::uint64_t> times(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// Takes the leading decimal digits off `text`; nothing when there are none or too many.
std::optional<std::uint64_t> take_digits(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

template <std::size_t N>
std::optional<std::uint64_t> factor_of(const std::array<NamedFactor, N>& units,
                                       std::string_view name) {
  for (const NamedFactor& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

// A number with an optional fraction and a unit, as a whole number of the smallest unit.
template <std::size_t N>
std::optional<std::uint64_t> parse_decimal(std::string_view text,
                                           const std::array<NamedFactor, N>& units) {
  const auto whole = take_digits(text);
  if (!whole) return std::nullopt;
  std::uint64_t fraction = 0;
  std::uint64_t scale = 1;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const std::size_t before = text.size();
    const auto digits = take_digits(text);
    const std::size_t places = before - text.size();
    if (!digits || places > 15) return std::nullopt;
    fraction = *digits;
    for (std::size_t i = 0; i < places; ++i) scale *= 10;
  }
  const auto factor = factor_of(units, text);
  if (!factor) return std::nullopt;
  const auto whole_part = times(*whole, *factor);
  // In lowest terms, so that the product stays small and a part of the smallest unit is refused.
  while (scale > 1 && fraction % 10 == 0) {
    fraction /= 10;
    scale /= 10;
  }
  const auto fraction_part = times(fraction, *factor);
  if (!whole_part || !fraction_part || *fraction_part % scale != 0) return std::nullopt;
  std::uint64_t total = 0;
  if (__builtin_add_overflow(*whole_part, *fraction_part / scale, &total)) return std::nullopt;
  return total;
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::pair<std::uint64_t, const char*>, 4> units{
      {{kib * kib * kib * kib, "TiB"}, {kib * kib * kib, "GiB"}, {kib * kib, "MiB"}, {kib, "KiB"}}};
  for (const auto& [factor, name] : units) {
    if (bytes != 0 && bytes % factor == 0) return std::to_string(bytes / factor) + name;
  }
  return std::to_string(bytes) + "B";
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_digits(text);
  if (!number) return std::nullopt;
  const auto factor = factor_of(size_units, text);
  if (!factor) return std::nullopt;
  return times(*number, *factor);
}

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  return parse_decimal(text, duration_units);
}

std::string duration_text(std::uint64_t ns) {
  constexpr std::array<std::pair<std::uint64_t, const char*>, 3> units{
      {{second, "s"}, {1'000'000, "ms"}, {1000, "us"}}};
  for (const auto& [factor, name] : units) {
    if (ns % factor == 0) return std::to_string(ns / factor) + name;
  }
  return std::to_string(ns) + "ns";
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
  if (text.ends_with("/s")) text.remove_suffix(2);
  return parse_decimal(text, rate_units);
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto number = take_digits(text);
  return text.empty() ? number : std::nullopt;
}

}  // namespace ipcmark
