#include "tools/session/journal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "results/comparison/fingerprint.hpp"
#include "results/json/json.hpp"
#include "results/json/json_values.hpp"
#include "results/model/cell_options.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

constexpr unsigned journal_major = 1;

tl::unexpected<std::string> no(std::string sentence) {
  return tl::make_unexpected(std::move(sentence));
}

void read_journal_head(const JsonCursor& line, JournalHead& head) {
  std::string journal;
  unsigned major = 0;
  if (line.at("journal").is_string()) line.at("journal").read(journal);
  if (journal != "ipcmark") return line.refuse("not a journal of ipcmark");
  line.require("major").read(major);
  if (major > journal_major) return line.refuse("written by a newer ipcmark; resume with that one");
  std::vector<std::uint16_t> cpus;
  line.at("run").read(head.run_id);
  line.at("version").read(head.version);
  line.at("started").read(head.started);
  line.require("seed").read(head.seed);
  line.require("trials").read(head.trials);
  line.at("conditions").read(head.conditions.facts);
  line.at("cpus").read(cpus);
  head.cpus.assign(cpus.begin(), cpus.end());
  FieldReader::read(line.require("cells"), head.cells);
  line.at("host").read(head.host);
  line.at("labels").read(head.labels);
  line.at("shard").read(head.shard);
}

void read_entry(const JsonCursor& line, const std::vector<RunSpec>& cells, JournalEntry& entry) {
  line.require("index").read(entry.cell);
  line.require("cell").read(entry.key);
  if (entry.cell >= cells.size()) return line.refuse("names a cell the first line does not have");
  if (entry.key != cells[entry.cell].key()) {
    return line.refuse("names another cell than its number does");
  }
  FieldReader::read(line.require("trial"), entry.trial);
  line.require("round").read(entry.trial.round);
  line.require("position").read(entry.trial.position);
}

tl::expected<void, std::string> take_line(std::string_view line, bool first, JournalText& result) {
  if (first) {
    auto head = read_json<JournalHead>(line, read_journal_head);
    if (!head) return no(head.error());
    result.head = std::move(*head);
    return {};
  }
  auto entry =
      read_json<JournalEntry>(line, [&result](const JsonCursor& cursor, JournalEntry& value) {
        read_entry(cursor, result.head.cells, value);
      });
  if (!entry) return no(entry.error());
  result.entries.push_back(std::move(*entry));
  return {};
}

// Of plans of one size: where the first cell differs, and in what.
std::string difference_of(const std::vector<RunSpec>& journal, const std::vector<RunSpec>& run) {
  for (std::size_t i = 0; i < journal.size() && journal.size() == run.size(); ++i) {
    const std::string difference = first_difference(journal[i], run[i]);
    if (!difference.empty())
      return fmt::format("; the cell {} has {} here", journal[i].key(), difference);
  }
  return {};
}

}  // namespace

std::string journal_head_line(const JournalHead& head) {
  auto cells = Json::array();
  for (const auto& spec : head.cells) cells.push_back(Json::parse(spec_to_json(spec)));
  Json line = {
      {"journal", "ipcmark"},     {"major", journal_major},  {"run", head.run_id},
      {"version", head.version},  {"started", head.started}, {"seed", head.seed},
      {"trials", head.trials},    {"cpus", head.cpus},       {"conditions", head.conditions.facts},
      {"cells", std::move(cells)}};
  if (!head.host.empty()) line["host"] = head.host;
  if (!head.labels.empty()) line["labels"] = head.labels;
  if (!head.shard.empty()) line["shard"] = head.shard;
  return one_line(line) + "\n";
}

std::string journal_entry_line(const JournalEntry& entry) {
  // The trial is text already: parsing its histograms again only to print them would be waste.
  return fmt::format(R"({{"cell":{},"index":{},"round":{},"position":{},"trial":{}}})",
                     one_line(Json(entry.key)), entry.cell, entry.trial.round, entry.trial.position,
                     trial_to_json(entry.trial)) +
         "\n";
}

tl::expected<JournalText, std::string> parse_journal(std::string_view text) {
  JournalText result;
  for (std::size_t number = 1; result.whole_bytes < text.size() || number == 1; ++number) {
    const auto end = text.find('\n', result.whole_bytes);
    result.torn = end == std::string_view::npos;
    const auto taken = result.torn
                           ? no("empty or cut off, so nothing can be resumed from it")
                           : take_line(text.substr(result.whole_bytes, end - result.whole_bytes),
                                       number == 1, result);
    if (!taken) {
      std::string what = fmt::format("line {}: {}", number, taken.error());
      if (number == 1) return no(std::move(what));
      result.damage = result.torn ? fmt::format("line {}: cut off", number) : std::move(what);
      break;
    }
    result.whole_bytes = end + 1;
  }
  return result;
}

namespace {

// "--shard 3/8", "no --shard".
std::string named(const char* option, const std::string& value) {
  return value.empty() ? fmt::format("no {}", option)
                       : fmt::format("{} {}", option, printable(value));
}

// Empty, or a sentence: of another host, labels or part of the cells.
std::string other_origin(const JournalHead& journal, const JournalHead& run) {
  if (journal.host != run.host) {
    return journal.host.empty()
               ? "the journal was begun without --host-name; leave it out"
               : fmt::format(
                     "the journal was measured on the host '{}', this is '{}'; resume there, "
                     "or begin anew with --fresh",
                     printable(journal.host), printable(run.host));
  }
  if (journal.shard != run.shard) {
    return fmt::format("the journal was written with {}, this run has {}; give it the same",
                       named("--shard", journal.shard), named("--shard", run.shard));
  }
  if (journal.labels == run.labels) return {};
  return fmt::format("the journal was written with {}, this run has {}; give it the same, or none",
                     named("--label", labels_text(journal.labels, ",")),
                     named("--label", labels_text(run.labels, ",")));
}

}  // namespace

std::string mismatch(const JournalHead& journal, const JournalHead& run) {
  if (journal.version != run.version)
    return fmt::format("the journal was written by ipcmark {}, this is {}; resume with that one",
                       journal.version, run.version);
  // The plan hangs on where it is made, which is therefore looked at first.
  if (journal.cpus != run.cpus)
    return fmt::format(
        "the journal was measured on the CPUs {}, this run may use {}; allow it the same",
        fmt::join(journal.cpus, ","), fmt::join(run.cpus, ","));
  const auto differences = fingerprint_differences(journal.conditions, run.conditions);
  if (!differences.empty())
    return fmt::format(
        "the journal was measured on another machine, with other limits or by another kind of "
        "build ({}); resume where it was begun",
        fmt::join(differences, "; "));
  if (std::string other = other_origin(journal, run); !other.empty()) return other;
  if (journal.cells != run.cells)
    return fmt::format(
        "the journal was written for another plan ({} cells, this run has {}{}); "
        "resume with the options it was started with",
        journal.cells.size(), run.cells.size(), difference_of(journal.cells, run.cells));
  if (journal.seed != run.seed)
    return fmt::format("the journal was written with --seed {}, this run has {}; give it the same",
                       journal.seed, run.seed);
  if (journal.trials != run.trials)
    return fmt::format(
        "the journal was written with --trials {}, this run has {}; give it the same",
        journal.trials, run.trials);
  return {};
}

}  // namespace ipcmark
