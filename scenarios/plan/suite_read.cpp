// A suite's JSON to values. People write it, so that what nobody reads is a mistake here: an
// unknown field is a misspelt one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "results/json/json_place.hpp"
#include "results/text/nearest.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/plan/suite.hpp"

namespace ipcmark {

namespace {

using Names = std::vector<std::string>;

constexpr int suite_version = 1;
constexpr std::int64_t most_trials = 100'000;

template <class Rows>
Names names_of(const Rows& rows) {
  Names names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void refuse_unknown(const Place& place, const char* what, const std::string& name,
                    const Names& known) {
  const std::string meant = nearest(name, known);
  const std::string instead = meant.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                            : fmt::format("did you mean '{}'?", meant);
  place.refuse(fmt::format("unknown {} '{}'; {}", what, name, instead));
}

// Each member is read by the function of its name.
using Reader = std::function<void(const Place&)>;
void read_members(const Place& place, const std::map<std::string, Reader>& readers) {
  if (!place.expect_object()) return;
  place.members([&](const std::string& name, const Place& member) {
    const auto reader = readers.find(name);
    if (reader != readers.end()) return reader->second(member);
    Names known;
    for (const auto& [field, function] : readers) known.push_back(field);
    refuse_unknown(member, "field", name, known);
  });
}

void read_count(const Place& place, std::uint32_t& value) {
  std::int64_t count = value;
  place.read(count);
  if (count < 1 || count > most_trials) {
    return place.refuse(fmt::format("must be from 1 to {}, is {}", most_trials, count));
  }
  value = static_cast<std::uint32_t>(count);
}

void read_time(const Place& place, std::uint64_t& value_ns) {
  std::string text;
  place.read(text);
  if (!place.is_string()) return;
  const auto time = parse_duration(text);
  if (!time || *time == 0) {
    return place.refuse(fmt::format("'{}' is not a time; write one such as 90ms or 2s", text));
  }
  value_ns = *time;
}

void read_size(const Place& place, std::uint64_t& size) {
  if (!place.is_string()) {
    place.read(size);
  } else {
    std::string text;
    place.read(text);
    const auto parsed = parse_size(text);
    if (!parsed) {
      return place.refuse(
          fmt::format("'{}' is not a size; write bytes, or text such as 64B or 1KiB", text));
    }
    size = *parsed;
  }
  if (size > largest_size) {
    place.refuse(
        fmt::format("{} is beyond the limit of {}", size_text(size), size_text(largest_size)));
  }
}

template <class Value, class Read>  // read(Place, Value&)
void read_list(const Place& place, std::vector<Value>& values, Read read) {
  values.clear();
  place.each([&](const Place& element) { read(element, values.emplace_back()); });
}

template <class Value, class Read>
void read_some(const Place& place, std::vector<Value>& values, Read read) {
  read_list(place, values, read);
  if (place.is_array() && values.empty()) place.refuse("must not be empty");
}

// The word "all" in place of a list.
bool is_all(const Place& place) {
  if (!place.is_string()) return false;
  std::string word;
  place.read(word);
  if (word != "all") place.refuse(fmt::format("must be \"all\" or a list, is '{}'", word));
  return true;
}

Reader names_reader(const char* what, Names known, std::optional<Names>& names) {
  return [what, known = std::move(known), &names](const Place& place) {
    names.reset();
    if (is_all(place)) return;
    read_list(place, names.emplace(), [&](const Place& element, std::string& name) {
      element.read(name);
      if (element.is_string() && !contains(known, name)) {
        refuse_unknown(element, what, name, known);
      }
    });
  };
}

template <class Value>
void read_choice(const Place& place, const char* what, Value& value, const Names& known,
                 std::optional<Value> (*from)(std::string_view)) {
  std::string word;
  place.read(word);
  if (!place.is_string()) return;
  const std::optional<Value> chosen = from(word);
  if (!chosen) return refuse_unknown(place, what, word, known);
  value = *chosen;
}

void read_wait(const Place& place, Wait& value) {
  read_choice(place, "wait", value, {"block", "spin", "hybrid"}, wait_from);
}

void read_waits(const Place& place, std::vector<Wait>& waits) {
  if (!is_all(place)) return read_some(place, waits, read_wait);
  waits.clear();
}

void read_placement(const Place& place, Placement& value) {
  read_choice(place, "placement", value,
              {"cross-cpu", "same-cpu", "unpinned", "same-core", "cross-socket"}, placement_from);
}

void read_name(const Place& place, std::string& name) {
  place.read(name);
  if (name.empty()) place.refuse("must not be empty");
}

void read_option(const Place& place, const OptionRow& row, std::int64_t& value) {
  if (!place.is_string()) {
    place.read(value);
    const auto least = std::int64_t{0};
    const auto most = row.words.empty() ? std::numeric_limits<std::int64_t>::max()
                                        : static_cast<std::int64_t>(row.words.size()) - 1;
    if (value < least || value > most) {
      place.refuse(row.words.empty() ? fmt::format("must not be negative, is {}", value)
                                     : fmt::format("choose from {}", fmt::join(row.words, ", ")));
    }
    return;
  }
  std::string word;
  place.read(word);
  const auto found = std::find(row.words.begin(), row.words.end(), word);
  if (found != row.words.end()) {
    value = found - row.words.begin();
  } else if (row.words.empty()) {
    place.refuse("must be a whole number");
  } else {
    refuse_unknown(place, "choice", word, row.words);
  }
}

void read_variant(const Place& place, const ScenarioEntry& scenario,
                  std::map<std::string, std::int64_t>& options) {
  if (!place.expect_object()) return;
  place.members([&](const std::string& name, const Place& member) {
    const auto row = std::find_if(scenario.options.begin(), scenario.options.end(),
                                  [&name](const OptionRow& each) { return name == each.name; });
    if (row == scenario.options.end()) {
      return refuse_unknown(member, "option", name, names_of(scenario.options));
    }
    std::int64_t value = row->otherwise;
    read_option(member, *row, value);
    // A key holds what differs from the scenario's default, so that one cell has one key.
    if (value != row->otherwise) options[name] = value;
  });
}

void read_settings(const Place& place, const Program& program, Suite& suite) {
  place.members([&](const std::string& name, const Place& member) {
    const ScenarioEntry* scenario = program.scenario(name);
    if (scenario == nullptr) {
      return refuse_unknown(member, "scenario", name, names_of(program.scenarios));
    }
    Suite::Setting& setting = suite.settings[name];
    read_members(member,
                 {{"sizes", [&](const Place& at) { read_some(at, setting.sizes, read_size); }},
                  {"variants", [&](const Place& at) {
                     read_some(at, setting.variants.emplace(),
                               [scenario](const Place& element, auto& options) {
                                 read_variant(element, *scenario, options);
                               });
                   }}});
  });
}

void read_version(const Place& place) {
  int version = suite_version;
  place.read(version);
  if (version != suite_version) {
    place.refuse(
        fmt::format("format {} is not known; this ipcmark reads {}", version, suite_version));
  }
}

void read_suite(const Place& place, const Program& program, Suite& suite) {
  const auto ignored = [](const Place&) {};
  const Registry& registry = program.registry;
  read_members(
      place,
      {{"$schema", ignored},
       {"version", read_version},
       {"name", [&](const Place& at) { read_name(at, suite.name); }},
       {"summary", ignored},
       {"trials", [&](const Place& at) { read_count(at, suite.trials); }},
       {"correctness_trials", [&](const Place& at) { read_count(at, suite.correctness_trials); }},
       {"warm_up", [&](const Place& at) { read_time(at, suite.warmup_ns); }},
       {"duration", [&](const Place& at) { read_time(at, suite.duration_ns); }},
       {"verify",
        [&](const Place& at) {
          read_choice(at, "verification", suite.verify, {"off", "header", "full"}, verify_from);
        }},
       {"sizes", [&](const Place& at) { read_some(at, suite.sizes, read_size); }},
       {"waits", [&](const Place& at) { read_waits(at, suite.waits); }},
       {"placements", [&](const Place& at) { read_some(at, suite.placements, read_placement); }},
       {"scenarios", names_reader("scenario", names_of(program.scenarios), suite.scenarios)},
       {"backends", names_reader("backend", names_of(registry.backends), suite.backends)},
       {"locks", names_reader("lock", names_of(registry.locks), suite.locks)},
       {"notifiers", names_reader("notifier", names_of(registry.notifiers), suite.notifiers)},
       {"settings", [&](const Place& at) { read_settings(at, program, suite); }}});
}

}  // namespace

tl::expected<Suite, std::string> suite_from_json(const Program& program, std::string_view text) {
  return read_json<Suite>(
      text, [&program](const Place& place, Suite& suite) { read_suite(place, program, suite); });
}

}  // namespace ipcmark
