#include "results/comparison/void_rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "results/comparison/gate_statistics.hpp"

namespace ipcmark {
namespace {

constexpr std::string_view declared_here = "void round: ";
constexpr std::string_view declared_by_program = "void: ";

void mark(Cell& cell, std::uint32_t round, const std::string& reason) {
  for (Trial& trial : cell.trials) {
    if (trial.round != round || trial.state == State::skipped || is_failure(trial.state)) continue;
    if (trial.cause == Cause::void_round) continue;  // its own reason stays
    trial.state = State::interrupted;
    trial.cause = Cause::void_round;
    trial.reason = std::string(declared_here) + reason;
  }
}

const char* in_words(VoidReason reason) {
  switch (reason) {
    case VoidReason::suspended:
      return "the machine was suspended";
    case VoidReason::steal:
      return "a hypervisor took a CPU away";
    case VoidReason::throttled:
      return "the control group's CPU quota was used up";
    case VoidReason::state:
      return "the machine changed its state, or could not be observed";
    case VoidReason::trial:
      return "a trial came back void from its program";
  }
  return "unknown";
}

// The reason alone, whoever declared the trial void.
std::string bare_reason(const Trial& trial) {
  for (const std::string_view prefix : {declared_here, declared_by_program}) {
    if (trial.reason.starts_with(prefix)) return trial.reason.substr(prefix.size());
  }
  return trial.reason;
}

// Those that came back void, and have not been marked here.
void add_void_trials(const Cell& cell, AbSide side, std::map<std::uint32_t, VoidRound>& found) {
  for (const Trial& trial : cell.trials) {
    if (trial.cause != Cause::void_round || trial.reason.starts_with(declared_here)) continue;
    found.emplace(trial.round,
                  VoidRound{"", trial.round, VoidReason::trial, bare_reason(trial), side});
  }
}

}  // namespace

const char* to_string(VoidReason reason) {
  switch (reason) {
    case VoidReason::suspended:
      return "suspended";
    case VoidReason::steal:
      return "steal";
    case VoidReason::throttled:
      return "throttled";
    case VoidReason::state:
      return "state";
    case VoidReason::trial:
      return "trial";
  }
  return "unknown";
}

std::optional<VoidRound> why_void(const RoundWitness& witness) {
  if (witness.suspended_ns > max_suspended_ns) {
    return VoidRound{
        "", 0, VoidReason::suspended,
        fmt::format("the machine was suspended for {} ms", witness.suspended_ns / 1'000'000),
        witness.last};
  }
  if (witness.steal > max_steal) {
    return VoidRound{
        "", 0, VoidReason::steal,
        fmt::format("the hypervisor took a CPU away for {:.0f} % of the time", 100 * witness.steal),
        witness.last};
  }
  if (witness.throttled > max_throttled) {
    return VoidRound{"", 0, VoidReason::throttled,
                     fmt::format("the control group's CPU quota kept processes from running for "
                                 "{:.0f} % of the time",
                                 100 * std::min(witness.throttled, 1.0)),
                     witness.last};
  }
  return std::nullopt;
}

std::vector<VoidRound> declare_void(Cell& base, Cell& candidate, const std::string& key,
                                    const std::map<std::uint32_t, RoundWitness>& witnesses) {
  std::map<std::uint32_t, VoidRound> found;
  for (const auto& [round, witness] : witnesses) {
    if (const auto seen = why_void(witness)) found.emplace(round, *seen);
  }
  add_void_trials(base, AbSide::a, found);
  add_void_trials(candidate, AbSide::b, found);
  std::vector<VoidRound> voids;
  for (auto& [round, each] : found) {
    mark(base, round, each.reason);
    mark(candidate, round, each.reason);
    each.key = key;
    each.round = round;
    voids.push_back(std::move(each));
  }
  return voids;
}

std::optional<std::string> all_void(const Cell& cell) {
  constexpr std::size_t max_reasons = 3;
  std::map<std::string, unsigned> counts;
  for (const Trial& trial : cell.trials) {
    if (trial.cause != Cause::void_round) return std::nullopt;
    ++counts[bare_reason(trial)];
  }
  if (counts.empty()) return std::nullopt;
  std::vector<std::string> reasons;
  for (const auto& [reason, count] : counts) {
    if (reasons.size() < max_reasons) reasons.push_back(fmt::format("{} ({})", reason, count));
  }
  if (counts.size() > reasons.size()) {
    reasons.push_back(fmt::format("and {} more reasons", counts.size() - reasons.size()));
  }
  return fmt::format("all its {} rounds are void: {}", cell.trials.size(),
                     fmt::join(reasons, ", "));
}

std::vector<std::string> void_notes(const std::vector<VoidRound>& voids) {
  if (voids.empty()) return {};
  std::vector<std::string> reasons;
  for (const VoidReason why : {VoidReason::suspended, VoidReason::steal, VoidReason::throttled,
                               VoidReason::state, VoidReason::trial}) {
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
