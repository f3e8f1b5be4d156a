#include "scenarios/foreign/runner_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backends/saturating.hpp"
#include "scenarios/foreign/tree_diagnosis.hpp"
#include "scenarios/launch/watchdog.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t tick_ns = 200'000'000;
constexpr std::uint64_t hook_tick_ns = 1'000'000;
constexpr std::uint64_t between_samples_ns = 500'000'000;
constexpr std::uint64_t stall_ns = 30'000'000'000;
constexpr std::uint64_t max_output_bytes = std::uint64_t{64} << 20U;

// The kernel tells user from system time by samples: they say how the exact sum is divided.
ProcessCost cost_between(pid_t pid, const ProcessUse& before, const ProcessUse& after,
                         std::uint64_t wall_ns) {
  ProcessCost cost;
  cost.role = after.name;
  cost.pid = pid;
  const std::uint64_t cpu = after.cpu_ns - before.cpu_ns + (after.children_ns - before.children_ns);
  const auto user = static_cast<double>(after.user_ns - before.user_ns);
  const auto system = static_cast<double>(after.system_ns - before.system_ns);
  const double share = user + system > 0 ? user / (user + system) : 1;
  cost.user_ns = static_cast<std::uint64_t>(static_cast<double>(cpu) * share);
  cost.system_ns = cpu - std::min(cpu, cost.user_ns);
  cost.voluntary_switches = after.voluntary_switches - before.voluntary_switches;
  cost.involuntary_switches = after.involuntary_switches - before.involuntary_switches;
  cost.minor_faults = after.minor_faults - before.minor_faults;
  cost.major_faults = after.major_faults - before.major_faults;
  cost.peak_bytes = after.peak_bytes;
  cost.wall_ns = wall_ns;
  return cost;
}

}  // namespace

RunnerWatch::RunnerWatch(RunnerProcess& runner, const TrialSetting& setting,
                         const WatchRules& rules, WatchedTime& time)
    : runner_(runner),
      setting_(setting),
      rules_(rules),
      time_(time),
      began_ns_(time.now_ns()),
      last_move_ns_(began_ns_),
      next_look_ns_(began_ns_ + rules.no_progress_ns),
      missed_ns_(time.missed_ns()) {}

void RunnerWatch::take_marks() {
  for (std::string mark = runner_.mark(); !mark.empty(); mark = runner_.mark()) {
    last_move_ns_ = time_.now_ns();
    if (mark == "start") {
      known_ = runner_.tree();
      at_start_ = use_of(known_);
      started_ns_ = now_ns();
    } else if (mark == "stop" && started_ns_ != 0) {
      const std::uint64_t wall_ns = now_ns() - started_ns_;
      costs_.clear();
      for (const auto& [pid, use] : use_of(runner_.tree())) {
        costs_.push_back(cost_between(pid, at_start_[pid], use, wall_ns));
      }
    }
    runner_.answer_mark();
  }
}

// By the CPU time of the processes known: whoever sleeps takes none, and asking costs little.
bool RunnerWatch::has_moved() {
  std::uint64_t cpu_ns = 0;
  for (const pid_t pid : known_) cpu_ns += cpu_time_ns(pid);
  const bool moved = cpu_ns != cpu_ns_ || time_.missed_ns() != missed_ns_;
  cpu_ns_ = cpu_ns;
  missed_ns_ = time_.missed_ns();
  return moved;
}

std::vector<ProcessSample> RunnerWatch::sample() const {
  std::vector<ProcessSample> processes;
  for (const pid_t pid : runner_.tree()) processes.push_back(sample_of(pid));
  return processes;
}

std::optional<TrialEnd> RunnerWatch::look() {
  const std::uint64_t now = time_.now_ns();
  const bool moved = has_moved();
  pause_.look(now, time_.missed_ns(), cpu_ns_);
  if (moved) {
    last_move_ns_ = now;
    next_look_ns_ = now + rules_.no_progress_ns;
    first_sample_.clear();
    return std::nullopt;
  }
  if (now < next_look_ns_) return std::nullopt;
  if (first_sample_.empty()) {
    known_ = runner_.tree();
    has_moved();  // those that are new count from here on
    first_sample_ = sample();
    first_sample_ns_ = now;
    return std::nullopt;
  }
  if (now - first_sample_ns_ < between_samples_ns) return std::nullopt;
  const auto second = sample();
  const bool stopped = std::any_of(second.begin(), second.end(),
                                   [](const ProcessSample& each) { return each.stopped(); });
  paused_ = paused_ || stopped;
  const bool still = stillness(first_sample_, second) == Stillness::for_ever;
  first_sample_.clear();
  next_look_ns_ = now + rules_.no_progress_ns;
  if (!still) return std::nullopt;
  const std::uint64_t still_ns = now - last_move_ns_;
  if (!rules_.waits_outside) {
    return TrialEnd{State::deadlock, Cause::deadlock, waits_text(second), still_ns};
  }
  if (still_ns < stall_ns) return std::nullopt;
  return TrialEnd{State::timeout, Cause::stall,
                  fmt::format("stalled: nothing has moved for {}: {}", seconds_text(still_ns),
                              waits_text(second))};
}

void RunnerWatch::call_hook() {
  if (setting_.while_running == nullptr || started_ns_ == 0) return;
  const auto pids = runner_.tree();
  if (!pids.empty()) setting_.while_running(pids, setting_.user);
}

std::optional<TrialEnd> RunnerWatch::run() {
  known_ = runner_.tree();
  while (!runner_.end()) {
    runner_.wait(setting_.while_running != nullptr ? hook_tick_ns : tick_ns);
    take_marks();
    call_hook();
    if (setting_.stop_signal != nullptr && setting_.stop_signal->load() != 0) {
      return TrialEnd{State::interrupted, Cause::stopped,
                      "ended by " + signal_name(setting_.stop_signal->load())};
    }
    paused_ = runner_.was_stopped() || paused_;
    if (runner_.output_bytes() > max_output_bytes) {
      return TrialEnd{State::failed, Cause::operation, "its answer is longer than 64 MiB"};
    }
    if (auto verdict = look()) return verdict;
    const std::uint64_t took_ns = time_.now_ns() - began_ns_;
    if (took_ns > rules_.trial_ns) {
      return TrialEnd{State::timeout, Cause::stage_limit,
                      fmt::format("has not answered within {}: {}", seconds_text(rules_.trial_ns),
                                  waits_text(sample()))};
    }
  }
  return std::nullopt;
}

}  // namespace ipcmark
