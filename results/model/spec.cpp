#include "results/model/spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, const char*>, N>;

constexpr Names<Wait, 3> wait_names{
    {{Wait::block, "block"}, {Wait::spin, "spin"}, {Wait::hybrid, "hybrid"}}};
constexpr Names<Placement, 5> placement_names{{{Placement::cross_cpu, "cross-cpu"},
                                               {Placement::same_cpu, "same-cpu"},
                                               {Placement::unpinned, "unpinned"},
                                               {Placement::same_core, "same-core"},
                                               {Placement::cross_socket, "cross-socket"}}};
constexpr Names<Verify, 3> verify_names{
    {{Verify::off, "off"}, {Verify::header, "header"}, {Verify::full, "full"}}};
constexpr Names<Touch, 2> touch_names{{{Touch::none, "none"}, {Touch::full, "full"}}};

template <class Enum, std::size_t N>
const char* name_of(const Names<Enum, N>& names, Enum value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "unknown";
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const Names<Enum, N>& names, std::string_view text) {
  for (const auto& [known, name] : names) {
    if (text == name) return known;
  }
  return std::nullopt;
}

}  // namespace

const char* to_string(Wait value) { return name_of(wait_names, value); }
const char* to_string(Placement value) { return name_of(placement_names, value); }
const char* to_string(Verify value) { return name_of(verify_names, value); }
const char* to_string(Touch value) { return name_of(touch_names, value); }
std::optional<Wait> wait_from(std::string_view text) { return value_of(wait_names, text); }
std::optional<Placement> placement_from(std::string_view text) {
  return value_of(placement_names, text);
}
std::optional<Verify> verify_from(std::string_view text) { return value_of(verify_names, text); }
std::optional<Touch> touch_from(std::string_view text) { return value_of(touch_names, text); }

std::int64_t RunSpec::option(const std::string& name, std::int64_t otherwise) const {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : found->second;
}

std::string beyond_limits(const RunSpec& spec) {
  if (spec.size > largest_size) {
    return fmt::format("size {} is beyond the limit of {}", size_text(spec.size),
                       size_text(largest_size));
  }
  if (spec.messages > most_messages) {
    return fmt::format("{} messages are beyond the limit of {}", spec.messages, most_messages);
  }
  if (spec.duration_ns > longest_time_ns || spec.warmup_ns > longest_time_ns) {
    return fmt::format("a duration of {} ns is beyond the limit of {} ns, a year",
                       std::max(spec.duration_ns, spec.warmup_ns), longest_time_ns);
  }
  for (const auto& [name, value] : spec.options) {
    if (value < 0) return fmt::format("option '{}' must not be negative, is {}", name, value);
    if (static_cast<std::uint64_t>(value) > longest_time_ns) {
      return fmt::format("option '{}' is beyond the limit of {}: {}", name, longest_time_ns, value);
    }
  }
  for (const int cpu : spec.cpus) {
    if (cpu < 0) return fmt::format("CPU {} does not exist", cpu);
  }
  return {};
}

}  // namespace ipcmark
