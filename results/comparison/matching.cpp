// Which cell of one result is which of another, and what one side lacks.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "results/comparison/comparison.hpp"
#include "results/comparison/material.hpp"
#include "results/comparison/pairing.hpp"
#include "results/comparison/void_rounds.hpp"
#include "results/figures/disturbances.hpp"
#include "results/figures/resolution.hpp"
#include "results/model/cell_key.hpp"

namespace ipcmark {
namespace {

enum class CellStatus { absent, unfinished, skipped, failed, measured };

CellStatus status_of(const Cell* cell) {
  if (cell == nullptr) return CellStatus::absent;
  CellStatus best = CellStatus::unfinished;
  for (const Trial& trial : cell->trials) {
    const CellStatus each = trial.state == State::passed        ? CellStatus::measured
                            : trial.state == State::skipped     ? CellStatus::skipped
                            : trial.state == State::interrupted ? CellStatus::unfinished
                                                                : CellStatus::failed;
    best = std::max(best, each);
  }
  return best;
}

std::string why_missing(const Cell* cell, CellStatus status) {
  if (status == CellStatus::absent) return "not in it";
  if (status == CellStatus::unfinished) return all_void(*cell).value_or("not finished");
  return "skipped: " + cell->trials.front().reason;
}

bool there(CellStatus status) { return status >= CellStatus::failed; }

// What a side set out to measure, whether or not anything came of it.
bool tried(CellStatus status) { return status == CellStatus::unfinished || there(status); }

std::string why_unmeasured(const Cell& base, const Cell& candidate) {
  for (const Cell* cell : {&base, &candidate}) {
    if (const auto why = all_void(*cell)) return *why;
  }
  return "no trial of it came to an end on either side";
}

std::map<std::string, const Cell*> by_key(const ResultDocument& document) {
  std::map<std::string, const Cell*> cells;
  for (const Cell& cell : document.cells) cells.emplace(cell.spec.key(), &cell);
  return cells;
}

const Cell* find(const std::map<std::string, const Cell*>& cells, const std::string& key) {
  const auto found = cells.find(key);
  return found == cells.end() ? nullptr : found->second;
}

Side side_of(const ResultDocument& document) {
  return {"",
          document.run.id,
          document.run.version,
          document.environment.get("build", "revision"),
          document.run.started,
          document.run.shared_machine,
          document.run.host,
          document.run.labels,
          document.run.shard};
}

// Empty: no file is mapped, or the result is of a version that did not say.
std::string file_system_of(const Cell& cell) {
  for (const Trial& trial : cell.trials) {
    if (!trial.granted.file_system.empty()) return trial.granted.file_system;
  }
  return {};
}

bool same_file_system(const Cell& base, const Cell& other) {
  const std::string ours = file_system_of(base);
  const std::string theirs = file_system_of(other);
  return ours.empty() || theirs.empty() || ours == theirs;
}

// Of cells with one key, the first option that had another value: the default of a scenario may
// change from one ipcmark to the next. Empty: there is none, or one side did not say.
std::string other_option(const RunSpec& base, const RunSpec& candidate) {
  if (base.key() != candidate.key()) return {};  // distinguished by their keys, and meant so
  for (const auto& [name, value] : candidate.options) {
    const auto ours = base.options.find(name);
    if (ours == base.options.end() || ours->second == value) continue;
    return name + "=" + std::to_string(value) + ", in the base " + std::to_string(ours->second);
  }
  return {};
}

bool of_other_conditions(const std::string& key, const Cell& base, const Cell& candidate,
                         Matching& matching) {
  if (!same_file_system(base, candidate)) {
    matching.missing_in_candidate.push_back(key + ": its file lies on " +
                                            file_system_of(candidate) + ", in the base on " +
                                            file_system_of(base));
    return true;
  }
  const std::string other = other_option(base.spec, candidate.spec);
  if (!other.empty()) matching.missing_in_candidate.push_back(key + ": it ran with " + other);
  return !other.empty();
}

// Puts what is no pair where it belongs; either cell may be null.
bool is_pair(const std::string& key, const Cell* base, const Cell* candidate, Matching& matching) {
  const CellStatus ours = status_of(base);
  const CellStatus theirs = status_of(candidate);
  if (!tried(ours) && !tried(theirs)) {
    const bool by_base = ours == CellStatus::skipped;
    matching.in_neither.push_back(
        key + ": " + (by_base ? why_missing(base, ours) : why_missing(candidate, theirs)));
    return false;
  }
  if (!tried(theirs) || (there(ours) && !there(theirs))) {
    matching.missing_in_candidate.push_back(key + ": " + why_missing(candidate, theirs));
    return false;
  }
  if (!tried(ours) || there(ours) != there(theirs)) {
    matching.missing_in_base.push_back(key + ": " + why_missing(base, ours));
    return false;
  }
  return !of_other_conditions(key, *base, *candidate, matching);
}

// False: it is no pair. A cell of the candidate that failed has failed all the same.
bool add_pair(const std::string& key, const Cell* base, const Cell* candidate, Matching& matching) {
  if (!is_pair(key, base, candidate, matching)) {
    const auto broken = candidate == nullptr ? std::nullopt : failure_in(key, *candidate);
    if (broken) matching.failed.push_back(*broken);
    return false;
  }
  CellPair& pair = matching.pairs.emplace_back(CellPair{key, base, candidate, {}});
  if (!there(status_of(base))) pair.unmeasured = why_unmeasured(*base, *candidate);
  return true;
}

// Empty: there are none.
std::string note_in_neither(const std::vector<std::string>& cells) {
  constexpr std::size_t max_named = 3;
  if (cells.empty()) return {};
  const std::size_t named = std::min(cells.size(), max_named);
  const std::vector<std::string> first(cells.begin(),
                                       cells.begin() + static_cast<std::ptrdiff_t>(named));
  return fmt::format(
      "Measured on neither side: {}{}.", fmt::join(first, "; "),
      cells.size() > named ? fmt::format("; and {} more", cells.size() - named) : "");
}

Comparison compare_matching(Matching matching, const ResultDocument& base,
                            const ResultDocument& candidate, ComparisonOptions options) {
  if (options.cpus == 0) options.cpus = cpus_of(base.environment);
  options.clock_step_ns =
      std::max(clock_step_ns(base.environment), clock_step_ns(candidate.environment));
  Comparison comparison = compare_cells(matching.pairs, base.catalogue, options);
  comparison.base = side_of(base);
  comparison.candidate = side_of(candidate);
  const auto put_first = [](std::vector<std::string>& cells, std::vector<std::string>& figures) {
    figures.insert(figures.begin(), cells.begin(), cells.end());
  };
  put_first(matching.missing_in_base, comparison.missing_in_base);
  put_first(matching.missing_in_candidate, comparison.missing_in_candidate);
  comparison.failed.insert(comparison.failed.end(), matching.failed.begin(), matching.failed.end());
  const std::string neither = note_in_neither(matching.in_neither);
  if (!neither.empty()) comparison.notes.push_back(neither);
  return comparison;
}

}  // namespace

Matching match_cells(const ResultDocument& base, const ResultDocument& candidate,
                     const std::vector<ResultDocument>& repeats) {
  const auto ours = by_key(base);
  const auto theirs = by_key(candidate);
  std::vector<std::map<std::string, const Cell*>> again;
  again.reserve(repeats.size());
  for (const ResultDocument& each : repeats) again.push_back(by_key(each));
  Matching matching;
  for (const Cell& cell : base.cells) {
    const std::string key = cell.spec.key();
    if (!add_pair(key, &cell, find(theirs, key), matching)) continue;
    for (const auto& run : again) {
      const Cell* repeat = find(run, key);
      if (repeat == nullptr || !same_file_system(cell, *repeat)) continue;
      if (!other_option(cell.spec, repeat->spec).empty()) continue;
      matching.pairs.back().repeats.push_back(repeat);
    }
  }
  for (const Cell& cell : candidate.cells) {
    const std::string key = cell.spec.key();
    if (find(ours, key) == nullptr) add_pair(key, nullptr, &cell, matching);
  }
  return matching;
}

namespace {

void note_disturbances(const ResultDocument& base, const ResultDocument& candidate,
                       Comparison& comparison) {
  const std::vector<std::string> ours = disturbances_of_machine(base);
  const std::vector<std::string> theirs = disturbances_of_machine(candidate);
  const auto add = [&comparison](const char* whose, const std::string& sentence) {
    comparison.notes.push_back(whose + sentence);
  };
  // One machine disturbed both, and so they are not distinguished.
  for (const std::string& sentence : ours) {
    const bool both = std::find(theirs.begin(), theirs.end(), sentence) != theirs.end();
    add(both ? "Of both: " : "Of the base: ", sentence);
  }
  for (const std::string& sentence : theirs) {
    const bool said = std::find(ours.begin(), ours.end(), sentence) != ours.end();
    if (!said) add("Of the candidate: ", sentence);
  }
}

}  // namespace

Comparison compare_results(const ResultDocument& base, const ResultDocument& candidate,
                           const std::vector<ResultDocument>& repeats,
                           const ComparisonOptions& options) {
  ComparisonOptions all = options;
  all.repeats = !repeats.empty() || options.variation != nullptr;
  Comparison comparison =
      compare_matching(match_cells(base, candidate, repeats), base, candidate, all);
  comparison.repeats = options.variation != nullptr ? options.variation->runs
                                                    : static_cast<unsigned>(repeats.size());
  for (const auto* side : {&base, &candidate}) {
    if (!side->run.shared_machine) continue;
    comparison.notes.emplace_back(side == &base
                                      ? "The base was measured beside another run (--share)."
                                      : "The candidate was measured beside another run (--share).");
  }
  note_disturbances(base, candidate, comparison);
  if (base.run.interrupted || candidate.run.interrupted) {
    const bool both = base.run.interrupted && candidate.run.interrupted;
    withhold_verdicts(comparison, both ? "both runs were ended before their last round"
                                  : base.run.interrupted
                                      ? "the base's run was ended before its last round"
                                      : "the candidate's run was ended before its last round");
  }
  return comparison;
}

std::string joint_key(const std::string& base, const std::string& candidate) {
  const std::vector<std::string> ours = split_at(base, '/');
  const std::vector<std::string> theirs = split_at(candidate, '/');
  const std::size_t min = std::min(ours.size(), theirs.size());
  std::size_t front = 0;
  while (front < min && ours[front] == theirs[front]) ++front;
  std::size_t back = 0;
  while (back < min - front && ours[ours.size() - 1 - back] == theirs[theirs.size() - 1 - back]) {
    ++back;
  }
  if (front == ours.size() && front == theirs.size()) return base;
  const auto joined = [](const std::vector<std::string>& parts, std::size_t from, std::size_t to) {
    std::string text;
    for (std::size_t i = from; i < to; ++i) text += (i == from ? "" : "/") + parts[i];
    return text;
  };
  const std::string before = joined(ours, 0, front);
  const std::string after = joined(ours, ours.size() - back, ours.size());
  return before + (before.empty() ? "" : "/") + joined(ours, front, ours.size() - back) + "=>" +
         joined(theirs, front, theirs.size() - back) + (after.empty() ? "" : "/") + after;
}

Comparison compare_rounds(const ResultDocument& base, const ResultDocument& candidate,
                          std::vector<VoidRound> voids, ComparisonOptions options) {
  options.rounds = true;
  Matching matching;
  for (std::size_t i = 0; i < base.cells.size() && i < candidate.cells.size(); ++i) {
    const Cell& ours = base.cells[i];
    const Cell& theirs = candidate.cells[i];
    add_pair(joint_key(ours.spec.key(), theirs.spec.key()), &ours, &theirs, matching);
  }
  for (const CellPair& pair : matching.pairs) {
    for (const MovedRound& moved : pair_rounds(*pair.base, *pair.candidate).moved) {
      voids.push_back({pair.key, moved.round, VoidReason::state,
                       "the machine changed its state, or could not be observed", moved.last});
    }
  }
  Comparison comparison = compare_matching(std::move(matching), base, candidate, options);
  for (std::string& note : void_notes(voids)) comparison.notes.push_back(std::move(note));
  comparison.voids = std::move(voids);
  note_disturbances(base, candidate, comparison);
  return comparison;
}

void withhold_verdicts(Comparison& comparison, const std::string& why) {
  comparison.interrupted = true;
  for (ComparedFigure& figure : comparison.figures) {
    if (!figure.gated) continue;
    figure.gated = false;
    figure.more_rounds.reset();
    figure.note = "no verdict: " + why;
  }
  comparison.notes.push_back("No verdicts: " + why + ".");
}

}  // namespace ipcmark
