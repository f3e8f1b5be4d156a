#include "results/comparison/trial_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "results/comparison/gate_statistics.hpp"
#include "results/comparison/material.hpp"

namespace ipcmark {
namespace {

SideTrials side_of(const Cell& cell, const std::vector<const Trial*>& judged) {
  SideTrials side;
  side.trials = cell.trials.size();
  side.judged = judged.size();
  for (const Trial* trial : judged) side.not_steady += trial->steady ? 0U : 1U;
  for (const Trial& trial : cell.trials) side.failed += is_failure(trial.state) ? 1U : 0U;
  return side;
}

double p_of_pairs(const Material& material) {
  std::uint64_t base_alone = 0;
  std::uint64_t candidate_alone = 0;
  for (std::size_t i = 0; i < material.base.size(); ++i) {
    const bool ours = material.base[i]->steady;
    const bool theirs = material.candidate[i]->steady;
    base_alone += theirs && !ours ? 1U : 0U;
    candidate_alone += ours && !theirs ? 1U : 0U;
  }
  return two_sided_binomial(base_alone, candidate_alone, 0.5);
}

}  // namespace

CellTrials count_trials(const std::string& key, const Cell& base, const Cell& candidate,
                        const Material& material, bool rounds) {
  CellTrials counted{key, side_of(base, material.base), side_of(candidate, material.candidate), 1};
  const std::uint64_t judged = counted.base.judged + counted.candidate.judged;
  if (judged == 0) return counted;
  counted.p_not_steady =
      rounds ? p_of_pairs(material)
             : two_sided_binomial(
                   counted.base.not_steady, counted.candidate.not_steady,
                   static_cast<double>(counted.base.judged) / static_cast<double>(judged));
  return counted;
}

std::vector<std::string> note_not_steady(std::vector<CellTrials>& cells) {
  std::vector<double> p_values;
  SideTrials base;
  SideTrials candidate;
  for (const CellTrials& each : cells) {
    p_values.push_back(each.p_not_steady);
    base.not_steady += each.base.not_steady;
    base.judged += each.base.judged;
    candidate.not_steady += each.candidate.not_steady;
    candidate.judged += each.candidate.judged;
  }
  std::vector<std::string> notes;
  if (base.not_steady + candidate.not_steady > 0) {
    notes.push_back(fmt::format(
        "Not steady after warm-up, and judged with the others: {} of {} trials of the base, {} of "
        "{} of the candidate.",
        base.not_steady, base.judged, candidate.not_steady, candidate.judged));
  }
  p_values = holm(p_values);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    CellTrials& each = cells[i];
    each.p_not_steady = p_values[i];
    if (each.p_not_steady > excess_level) continue;
    const bool worse = each.candidate.not_steady > each.base.not_steady;
    notes.push_back(fmt::format(
        "{}: the {} is more often not steady than chance explains (base {} of {}, candidate {} of "
        "{}; p = {:.2g}).",
        each.key, worse ? "candidate" : "base", each.base.not_steady, each.base.judged,
        each.candidate.not_steady, each.candidate.judged, each.p_not_steady));
  }
  return notes;
}

}  // namespace ipcmark
