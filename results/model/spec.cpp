#include "results/model/spec.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "results/model/burst.hpp"
#include "results/model/cell_options.hpp"
#include "results/model/replay.hpp"
#include "results/model/size_mix.hpp"

namespace ipcmark {
namespace {

// The words stand in the table of options, in the order of the enumerators.
const char* word_of(const char* flag, std::size_t place) {
  const std::vector<std::string>& words = cell_option(flag)->rule.words;
  return place < words.size() ? words[place].c_str() : "unknown";
}

template <class Enum>
std::optional<Enum> value_of(const char* flag, std::string_view text) {
  const auto place = option_value(cell_option(flag)->rule, text);
  return place ? std::optional(static_cast<Enum>(*place)) : std::nullopt;
}

}  // namespace

const char* to_string(Wait value) { return word_of("wait", static_cast<std::size_t>(value)); }
const char* to_string(Placement value) {
  return word_of("placement", static_cast<std::size_t>(value));
}
const char* to_string(Verify value) { return word_of("verify", static_cast<std::size_t>(value)); }
const char* to_string(Wake value) { return word_of("wake", static_cast<std::size_t>(value)); }
const char* to_string(Touch value) { return word_of("touch", static_cast<std::size_t>(value)); }
const char* to_string(HugePages value) {
  return word_of("huge-pages", static_cast<std::size_t>(value));
}
std::optional<Wait> wait_from(std::string_view text) { return value_of<Wait>("wait", text); }
std::optional<Placement> placement_from(std::string_view text) {
  return value_of<Placement>("placement", text);
}
std::optional<Verify> verify_from(std::string_view text) {
  return value_of<Verify>("verify", text);
}
std::optional<Wake> wake_from(std::string_view text) { return value_of<Wake>("wake", text); }
std::optional<Touch> touch_from(std::string_view text) { return value_of<Touch>("touch", text); }
std::optional<HugePages> huge_pages_from(std::string_view text) {
  return value_of<HugePages>("huge-pages", text);
}

std::int64_t RunSpec::option(const std::string& name) const {
  const auto found = options.find(name);
  if (found == options.end()) throw std::logic_error("a cell without its option " + name);
  return found->second;
}

std::int64_t RunSpec::option(const std::string& name, std::int64_t default_value) const {
  const auto found = options.find(name);
  return found == options.end() ? default_value : found->second;
}

std::map<std::string, std::int64_t> RunSpec::own_options() const {
  std::map<std::string, std::int64_t> own;
  for (const auto& [name, value] : options) {
    const auto found = defaults.find(name);
    if (found == defaults.end() || found->second != value) own.emplace(name, value);
  }
  return own;
}

std::string beyond_limits(const RunSpec& spec) {
  for (const CellOption& option : cell_options()) {
    if (is_default(option, spec) || option.rule.max == 0) continue;
    const std::int64_t number = cell_number(option, spec);
    // What is unsigned and beyond any number here comes as a negative one.
    if (number >= 0 && number <= option.rule.max) continue;
    const OptionRule& rule = option.rule;
    return fmt::format("{} {} is beyond the limit of {}", option.name,
                       number < 0 ? "given" : option_text(rule, number),
                       option_text(rule, rule.max));
  }
  for (const auto* options : {&spec.options, &spec.defaults}) {
    for (const auto& [name, value] : *options) {
      if (value < 0) return fmt::format("option '{}' must not be negative, is {}", name, value);
      if (static_cast<std::uint64_t>(value) > longest_time_ns) {
        return fmt::format("option '{}' is beyond the limit of {}: {}", name, longest_time_ns,
                           value);
      }
    }
  }
  if (!spec.size_mix.empty()) {
    const auto mix = parse_size_mix(spec.size_mix);
    if (!mix) return "size_mix: " + mix.error();
    if (spec.size != mix->back().size) {
      return fmt::format("size {} is not the largest of size_mix {}", spec.size, spec.size_mix);
    }
  }
  if (!spec.burst.empty()) {
    if (const auto burst = parse_burst(spec.burst); !burst) return "burst: " + burst.error();
  }
  if (!spec.replay.empty() && !is_replay_id(spec.replay)) {
    return "replay: is no name of a file with a hash of its content";
  }
  for (const int cpu : spec.cpus) {
    if (cpu < 0) return fmt::format("CPU {} does not exist", cpu);
  }
  return {};
}

}  // namespace ipcmark
