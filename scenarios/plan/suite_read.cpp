// A suite's JSON to values. People write it, so that what nobody reads is a mistake here: an
// unknown field is a misspelt one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "results/json/json_cursor.hpp"
#include "results/model/cell_options.hpp"
#include "results/text/nearest.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/plan/named_options.hpp"
#include "scenarios/plan/plan.hpp"
#include "scenarios/plan/suite.hpp"

namespace ipcmark {

namespace {

using Names = std::vector<std::string>;

constexpr int suite_version = 1;
constexpr std::int64_t max_trials = 100'000;

template <class Rows>
Names names_of(const Rows& rows) {
  Names names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void refuse_unknown(const JsonCursor& cursor, const char* what, const std::string& name,
                    const Names& known) {
  const std::string meant = nearest(name, known);
  const std::string instead = meant.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                            : fmt::format("did you mean '{}'?", meant);
  cursor.refuse(fmt::format("unknown {} '{}'; {}", what, name, instead));
}

// Each member is read by the function of its name.
using Reader = std::function<void(const JsonCursor&)>;
void read_members(const JsonCursor& cursor, const std::map<std::string, Reader>& readers) {
  if (!cursor.expect_object()) return;
  cursor.members([&](const std::string& name, const JsonCursor& member) {
    const auto reader = readers.find(name);
    if (reader != readers.end()) return reader->second(member);
    Names known;
    for (const auto& [field, function] : readers) known.push_back(field);
    refuse_unknown(member, "field", name, known);
  });
}

void read_count(const JsonCursor& cursor, std::uint32_t& value) {
  std::int64_t count = value;
  cursor.read(count);
  if (count < 1 || count > max_trials) {
    return cursor.refuse(fmt::format("must be from 1 to {}, is {}", max_trials, count));
  }
  value = static_cast<std::uint32_t>(count);
}

void read_time(const JsonCursor& cursor, std::uint64_t& value_ns) {
  std::string text;
  cursor.read(text);
  if (!cursor.is_string()) return;
  const auto time = parse_duration(text);
  if (!time || *time == 0) {
    return cursor.refuse(fmt::format("'{}' is not a time; write one such as 90ms or 2s", text));
  }
  value_ns = *time;
}

void read_size(const JsonCursor& cursor, std::uint64_t& size) {
  if (!cursor.is_string()) {
    cursor.read(size);
  } else {
    std::string text;
    cursor.read(text);
    const auto parsed = parse_size(text);
    if (!parsed) {
      return cursor.refuse(
          fmt::format("'{}' is not a size; write bytes, or text such as 64B or 1KiB", text));
    }
    size = *parsed;
  }
  if (size > largest_size) {
    cursor.refuse(
        fmt::format("{} is beyond the limit of {}", size_text(size), size_text(largest_size)));
  }
}

template <class Value, class Read>  // read(JsonCursor, Value&)
void read_list(const JsonCursor& cursor, std::vector<Value>& values, Read read) {
  values.clear();
  cursor.each([&](const JsonCursor& element) { read(element, values.emplace_back()); });
}

template <class Value, class Read>
void read_some(const JsonCursor& cursor, std::vector<Value>& values, Read read) {
  read_list(cursor, values, read);
  if (cursor.is_array() && values.empty()) cursor.refuse("must not be empty");
}

// The word "all" in place of a list.
bool is_all(const JsonCursor& cursor) {
  if (!cursor.is_string()) return false;
  std::string word;
  cursor.read(word);
  if (word != "all") cursor.refuse(fmt::format("must be \"all\" or a list, is '{}'", word));
  return true;
}

void read_runners(const JsonCursor& cursor, Names& runners) {
  read_list(cursor, runners, [](const JsonCursor& element, std::string& named) {
    element.read(named);
    if (named.empty()) element.refuse("must be NAME or NAME=COMMAND");
  });
}

// Whether it may be a mechanism of one of the suite's runners, which nobody has asked for a list.
bool may_be_foreign(const std::string& name, const Names& runners, const Names& known) {
  return std::any_of(runners.begin(), runners.end(), [&](const std::string& named) {
    const std::string prefix = named.substr(0, named.find('=')) + ".";
    const auto is_its = [&](const std::string& each) { return each.starts_with(prefix); };
    return is_its(name) && std::none_of(known.begin(), known.end(), is_its);
  });
}

Reader names_reader(const char* what, Names known, std::optional<Names>& names,
                    Names runners = {}) {
  return [what, known = std::move(known), &names,
          runners = std::move(runners)](const JsonCursor& cursor) {
    names.reset();
    if (is_all(cursor)) return;
    read_list(cursor, names.emplace(), [&](const JsonCursor& element, std::string& name) {
      element.read(name);
      if (element.is_string() && !contains(known, name) && !may_be_foreign(name, runners, known)) {
        refuse_unknown(element, what, name, known);
      }
    });
  };
}

// A list of names, or the word "all" or "basic".
void read_backends(const JsonCursor& cursor, const Registry& registry, Suite& suite) {
  std::string word;
  if (cursor.is_string()) cursor.read(word);
  suite.basic_backends = word == "basic";
  if (suite.basic_backends) return suite.backends.reset();
  names_reader("backend", names_of(registry.backends), suite.backends, suite.runners)(cursor);
}

template <class Value>
void read_choice(const JsonCursor& cursor, const char* what, const char* flag, Value& value) {
  std::string word;
  cursor.read(word);
  if (!cursor.is_string()) return;
  const OptionRule& rule = cell_option(flag)->rule;
  const auto chosen = option_value(rule, word);
  if (!chosen) return refuse_unknown(cursor, what, word, rule.words);
  value = static_cast<Value>(*chosen);
}

void read_wait(const JsonCursor& cursor, Wait& value) {
  read_choice(cursor, "wait", "wait", value);
}

void read_waits(const JsonCursor& cursor, std::vector<Wait>& waits) {
  if (!is_all(cursor)) return read_some(cursor, waits, read_wait);
  waits.clear();
}

void read_placement(const JsonCursor& cursor, Placement& value) {
  read_choice(cursor, "placement", "placement", value);
}

void read_name(const JsonCursor& cursor, std::string& name) {
  cursor.read(name);
  if (name.empty()) cursor.refuse("must not be empty");
}

// A value as the command line writes it, or as plain JSON: 4, true, "5ms". A number is in the unit
// of the option's name: "think_time_ns" may be one, "think-time" is text with a unit.
void read_option(const JsonCursor& cursor, const OptionRow& row, const std::string& name,
                 std::int64_t& value) {
  const OptionRule& rule = row.rule;
  if (cursor.is_boolean() && rule.kind == OptionKind::flag) {
    bool on = false;
    cursor.read(on);
    value = on ? 1 : 0;
  } else if (cursor.is_string() && rule.kind == OptionKind::word) {
    std::string word;
    cursor.read(word);
    const auto chosen = option_value(rule, word);
    if (!chosen) return refuse_unknown(cursor, "choice", word, rule.words);
    value = *chosen;
  } else if (cursor.is_string() && rule.kind != OptionKind::count) {
    std::string text;
    cursor.read(text);
    const auto chosen = option_value(rule, text);
    if (!chosen) return cursor.refuse(chosen.error());
    value = *chosen;
  } else if (rule.kind == OptionKind::time && name != row.name) {
    cursor.refuse("is a time; write text with a unit, such as \"5ms\"");
  } else {
    cursor.read(value);
    if (value < 0) return cursor.refuse(fmt::format("must not be negative, is {}", value));
    if (const std::string wrong = wrong_value(rule, value); !wrong.empty()) cursor.refuse(wrong);
  }
}

void read_variant(const JsonCursor& cursor, const ScenarioEntry& scenario,
                  std::map<std::string, std::int64_t>& options) {
  if (!cursor.expect_object()) return;
  cursor.members([&](const std::string& name, const JsonCursor& member) {
    const auto row = std::find_if(
        scenario.options.begin(), scenario.options.end(),
        [&name](const OptionRow& each) { return name == each.name || name == each.flag(); });
    if (row == scenario.options.end()) {
      return refuse_unknown(member, "option", name, names_of(scenario.options));
    }
    std::int64_t value = row->default_value;
    read_option(member, *row, name, value);
    if (value != row->default_value) options[row->name] = value;
  });
}

// The text of a value as the command line has it: "8", "yes", "0-3".
void read_text(const JsonCursor& cursor, std::string& text) {
  if (cursor.is_string()) return cursor.read(text);
  if (cursor.is_boolean()) {
    bool on = false;
    cursor.read(on);
    text = on ? "yes" : "no";
    return;
  }
  std::uint64_t number = 0;
  cursor.read(number);
  text = std::to_string(number);
}

// Options of every cell that the suite has no field of its own for.
Names suite_options() {
  const Names fields{"duration", "warm-up", "verify"};
  Names names;
  for (const CellOption& option : cell_options()) {
    const std::string flag = option.flag;
    if (!flag.empty() && !axes().contains(flag) && !contains(fields, flag)) names.push_back(flag);
  }
  return names;
}

void read_options(const JsonCursor& cursor, NamedOptions& options) {
  if (!cursor.expect_object()) return;
  cursor.members([&](const std::string& name, const JsonCursor& member) {
    const Names known = suite_options();
    if (!contains(known, name)) return refuse_unknown(member, "option", name, known);
    Names& values = options[name];
    if (member.is_array()) {
      read_some(member, values, read_text);
    } else {
      read_text(member, values.emplace_back());
    }
    for (const std::string& value : values) {
      RunSpec scratch;
      const std::string wrong = set_cell_option(*cell_option(name), value, scratch);
      if (!wrong.empty()) return member.refuse(wrong);
    }
  });
}

void read_messages(const JsonCursor& cursor, const ScenarioEntry& scenario,
                   std::uint64_t& messages) {
  if (!scenario.timed) {
    return cursor.refuse(
        fmt::format("'{}' is not timed: it has no number of messages in place of "
                    "a time",
                    scenario.name));
  }
  std::string text;
  read_text(cursor, text);
  const auto chosen = option_value(cell_option("messages")->rule, text);
  if (!chosen) return cursor.refuse(chosen.error());
  messages = static_cast<std::uint64_t>(*chosen);
}

void read_settings(const JsonCursor& cursor, const Program& program, Suite& suite) {
  cursor.members([&](const std::string& name, const JsonCursor& member) {
    const ScenarioEntry* scenario = program.scenario(name);
    if (scenario == nullptr) {
      return refuse_unknown(member, "scenario", name, names_of(program.scenarios));
    }
    Suite::Setting& setting = suite.settings[name];
    read_members(member,
                 {{"sizes", [&](const JsonCursor& at) { read_some(at, setting.sizes, read_size); }},
                  {"messages",
                   [&](const JsonCursor& at) { read_messages(at, *scenario, setting.messages); }},
                  {"variants", [&](const JsonCursor& at) {
                     read_some(at, setting.variants.emplace(),
                               [scenario](const JsonCursor& element, auto& options) {
                                 read_variant(element, *scenario, options);
                               });
                   }}});
  });
}

void read_version(const JsonCursor& cursor) {
  int version = suite_version;
  cursor.read(version);
  if (version != suite_version) {
    cursor.refuse(
        fmt::format("format {} is not known; this ipcmark reads {}", version, suite_version));
  }
}

void read_suite(const JsonCursor& cursor, const Program& program, Suite& suite) {
  const auto ignored = [](const JsonCursor&) {};
  if (cursor.has("runners")) read_runners(cursor.at("runners"), suite.runners);
  const Registry& registry = program.registry;
  read_members(
      cursor,
      {{"$schema", ignored},
       {"version", read_version},
       {"name", [&](const JsonCursor& at) { read_name(at, suite.name); }},
       {"summary", ignored},
       {"trials", [&](const JsonCursor& at) { read_count(at, suite.trials); }},
       {"correctness_trials",
        [&](const JsonCursor& at) { read_count(at, suite.correctness_trials); }},
       {"warm_up", [&](const JsonCursor& at) { read_time(at, suite.warmup_ns); }},
       {"duration", [&](const JsonCursor& at) { read_time(at, suite.duration_ns); }},
       {"verify",
        [&](const JsonCursor& at) { read_choice(at, "verification", "verify", suite.verify); }},
       {"explain", [&](const JsonCursor& at) { at.read(suite.explain); }},
       {"options", [&](const JsonCursor& at) { read_options(at, suite.options); }},
       {"sizes", [&](const JsonCursor& at) { read_some(at, suite.sizes, read_size); }},
       {"waits", [&](const JsonCursor& at) { read_waits(at, suite.waits); }},
       {"placements",
        [&](const JsonCursor& at) { read_some(at, suite.placements, read_placement); }},
       {"runners", ignored},  // read above
       {"scenarios", names_reader("scenario", names_of(program.scenarios), suite.scenarios)},
       {"backends", [&](const JsonCursor& at) { read_backends(at, registry, suite); }},
       {"locks", names_reader("lock", names_of(registry.locks), suite.locks, suite.runners)},
       {"notifiers", names_reader("notifier", names_of(registry.notifiers), suite.notifiers)},
       {"settings", [&](const JsonCursor& at) { read_settings(at, program, suite); }}});
}

}  // namespace

std::vector<std::string> runners_of_suite(std::string_view text) {
  using Runners = std::vector<std::string>;
  const auto read = [](const JsonCursor& cursor, Runners& runners) {
    if (cursor.has("runners")) read_runners(cursor.at("runners"), runners);
  };
  return read_json<Runners>(text, read).value_or(Runners{});
}

tl::expected<Suite, std::string> suite_from_json(const Program& program, std::string_view text) {
  return read_json<Suite>(text, [&program](const JsonCursor& cursor, Suite& suite) {
    read_suite(cursor, program, suite);
  });
}

}  // namespace ipcmark
