// Which cell of one result is which of another, and what one side lacks.
#include <algorithm>
#include <map>

#include "results/comparison.hpp"

namespace ipcmark {
namespace {

enum class Standing { absent, unfinished, skipped, failed, measured };

Standing standing_of(const Cell* cell) {
  if (cell == nullptr) return Standing::absent;
  Standing best = Standing::unfinished;
  for (const Trial& trial : cell->trials) {
    const Standing each = trial.state == State::passed        ? Standing::measured
                          : trial.state == State::skipped     ? Standing::skipped
                          : trial.state == State::interrupted ? Standing::unfinished
                                                              : Standing::failed;
    best = std::max(best, each);
  }
  return best;
}

std::string why_missing(const Cell* cell, Standing standing) {
  if (standing == Standing::absent) return "not in it";
  if (standing == Standing::unfinished) return "not finished";
  return "skipped: " + cell->trials.front().reason;
}

bool there(Standing standing) { return standing >= Standing::failed; }

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
          document.run.shared_machine};
}

// "0,3" names two.
unsigned cpus_of(const Environment& environment) {
  const std::string allowed = environment.get("cpu", "allowed");
  if (allowed.empty() || allowed == "n/a") return 0;
  return 1 + static_cast<unsigned>(std::count(allowed.begin(), allowed.end(), ','));
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
    const Cell* other = find(theirs, key);
    const Standing here = standing_of(&cell);
    const Standing there_too = standing_of(other);
    if (there(here) && !there(there_too)) {
      matching.missing_in_candidate.push_back(key + ": " + why_missing(other, there_too));
    } else if (!there(here) && there(there_too)) {
      matching.missing_in_base.push_back(key + ": " + why_missing(&cell, here));
    }
    if (!there(here) || !there(there_too)) continue;
    CellPair& pair = matching.pairs.emplace_back(CellPair{key, &cell, other, {}});
    for (const auto& run : again) {
      if (const Cell* repeat = find(run, key)) pair.repeats.push_back(repeat);
    }
  }
  for (const Cell& cell : candidate.cells) {
    const std::string key = cell.spec.key();
    if (find(ours, key) == nullptr && there(standing_of(&cell))) {
      matching.missing_in_base.push_back(key + ": not in it");
    }
  }
  return matching;
}

Comparison compare_results(const ResultDocument& base, const ResultDocument& candidate,
                           const std::vector<ResultDocument>& repeats,
                           const ComparisonOptions& options) {
  Matching matching = match_cells(base, candidate, repeats);
  ComparisonOptions all = options;
  all.repeats = !repeats.empty();
  if (all.cpus == 0) all.cpus = cpus_of(base.environment);
  Comparison comparison = compare_cells(matching.pairs, all);
  comparison.base = side_of(base);
  comparison.candidate = side_of(candidate);
  comparison.repeats = static_cast<unsigned>(repeats.size());
  comparison.missing_in_base = std::move(matching.missing_in_base);
  comparison.missing_in_candidate = std::move(matching.missing_in_candidate);
  for (const auto* side : {&base, &candidate}) {
    if (!side->run.shared_machine) continue;
    comparison.notes.emplace_back(side == &base
                                      ? "The base was measured beside another run (--share)."
                                      : "The candidate was measured beside another run (--share).");
  }
  return comparison;
}

}  // namespace ipcmark
