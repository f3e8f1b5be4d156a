#include "results/comparison/void_rounds.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "results/comparison/gate_statistics.hpp"

namespace ipcmark {
namespace {

void mark(Cell& cell, std::uint32_t round, const std::string& reason) {
  for (Trial& trial : cell.trials) {
    if (trial.round != round || trial.state == State::skipped || is_failure(trial.state)) continue;
    trial.state = State::interrupted;
    trial.cause = Cause::void_round;
    trial.reason = "void: " + reason;
  }
}

const char* in_words(VoidReason reason) {
  switch (reason) {
    case VoidReason::suspended:
      return "the machine was suspended";
    case VoidReason::steal:
      return "a hypervisor took a CPU away";
    case VoidReason::state:
      return "the machine changed its state";
  }
  return "unknown";
}

}  // namespace

const char* to_string(VoidReason reason) {
  switch (reason) {
    case VoidReason::suspended:
      return "suspended";
    case VoidReason::steal:
      return "steal";
    case VoidReason::state:
      return "state";
  }
  return "unknown";
}

std::optional<VoidRound> why_void(const RoundWitness& witness) {
  if (witness.suspended_ns > most_suspended_ns) {
    return VoidRound{
        "", 0, VoidReason::suspended,
        fmt::format("the machine was suspended for {} ms", witness.suspended_ns / 1'000'000),
        witness.last};
  }
  if (witness.steal > most_steal) {
    return VoidRound{
        "", 0, VoidReason::steal,
        fmt::format("the hypervisor took a CPU away for {:.0f} % of the time", 100 * witness.steal),
        witness.last};
  }
  return std::nullopt;
}

std::vector<VoidRound> declare_void(Cell& base, Cell& candidate, const std::string& key,
                                    const std::map<std::uint32_t, RoundWitness>& witnesses) {
  std::vector<VoidRound> voids;
  for (const auto& [round, witness] : witnesses) {
    auto found = why_void(witness);
    if (!found) continue;
    mark(base, round, found->reason);
    mark(candidate, round, found->reason);
    found->key = key;
    found->round = round;
    voids.push_back(std::move(*found));
  }
  return voids;
}

std::vector<std::string> void_notes(const std::vector<VoidRound>& voids) {
  if (voids.empty()) return {};
  std::vector<std::string> reasons;
  for (const VoidReason why : {VoidReason::suspended, VoidReason::steal, VoidReason::state}) {
    const auto count = std::count_if(voids.begin(), voids.end(),
                                     [why](const VoidRound& each) { return each.why == why; });
    if (count > 0) reasons.push_back(fmt::format("{} ({})", in_words(why), count));
  }
  const auto base = static_cast<std::uint64_t>(std::count_if(
      voids.begin(), voids.end(), [](const VoidRound& each) { return each.last == AbSide::a; }));
  const std::uint64_t candidate = voids.size() - base;
  std::vector<std::string> notes{fmt::format(
      "Void, for reasons declared beforehand: {} round{} of a cell: {}. The base's trial had run "
      "last in {}, the candidate's in {}.",
      voids.size(), voids.size() == 1 ? "" : "s", fmt::join(reasons, ", "), base, candidate)};
  const double p = two_sided_binomial(base, candidate, 0.5);
  if (p <= excess_level) {
    notes.push_back(fmt::format(
        "More rounds became void after the {}'s trials than chance explains (p = {:.2g}): it may "
        "be its own doing.",
        base > candidate ? "base" : "candidate", p));
  }
  return notes;
}

}  // namespace ipcmark
