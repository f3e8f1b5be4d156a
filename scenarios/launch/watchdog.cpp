#include "scenarios/launch/watchdog.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>

#include "backends/saturating.hpp"
#include "scenarios/launch/admission.hpp"
#include "scenarios/launch/trial_timeout.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t between_samples_ns = 500'000'000;
constexpr timespec between_slices{0, 7'000'000};
constexpr std::uint64_t more_per_worker_ns = 100'000'000;
// Nothing at all moves for this many times no_progress_ns: who runs all the while, and is in an
// operation that waits for others, spins.
constexpr std::uint64_t spinning_stall = 9;
// For this many: everyone is in some operation, no cycle can be proven (a call is slow, or bytes
// are on their way), but it is no measurement either.
constexpr std::uint64_t long_stall = 38;

bool same_line(const WorkerSample& a, const WorkerSample& b) {
  return a.up == b.up && a.stage == b.stage && a.operation == b.operation && a.place == b.place &&
         a.done == b.done && a.ended == b.ended && a.finished == b.finished &&
         a.arrived == b.arrived;
}

}  // namespace

std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ' ');
  }
  return digits;
}

std::string seconds_text(std::uint64_t ns) {
  if (ns < second) return fmt::format("{} ms", ns / 1'000'000U);
  return fmt::format("{:.3g} s", static_cast<double>(ns) / 1e9);
}

Watchdog::Watchdog(const RunSpec& spec, const Layout& layout, const TrialLimits& limits,
                   const WatchedGroup& group, WatchedTime& time)
    : layout_(layout),
      limits_(limits),
      trial_ns_(trial_timeout_ns(spec, limits.trial_ns)),
      mechanism_(spec.backend),
      group_(group),
      time_(time),
      began_ns_(time.now_ns()),
      missed_ns_(time.missed_ns()),
      last_change_ns_(began_ns_),
      next_diagnosis_ns_(began_ns_) {}

std::string Watchdog::doing(unsigned worker) const {
  const WorkerSample line = group_.line(worker);
  return doing_text(layout_, mechanism_, worker, line) + " after " + grouped(line.done) +
         " messages";
}

std::vector<WorkerSample> Watchdog::read_lines() const {
  std::vector<WorkerSample> lines;
  lines.reserve(group_.size());
  for (unsigned i = 0; i < group_.size(); ++i) lines.push_back(group_.line(i));
  return lines;
}

std::vector<WorkerSample> Watchdog::sample() const {
  auto workers = read_lines();
  const auto look = [&](unsigned i) {
    if (!workers[i].ended) workers[i].process = group_.process(i);
  };
  for (unsigned i = 0; i < workers.size(); ++i) look(i);
  // Whoever sleeps in slices looks up every 100 ms, and may do so in step with this look, again and
  // again: between two slices it is asleep.
  nanosleep(&between_slices, nullptr);
  for (unsigned i = 0; i < workers.size(); ++i) {
    if (!workers[i].process.asleep()) look(i);
  }
  if (group_.retransmits()) {
    for (WorkerSample& worker : workers) worker.in_flight = true;
  }
  return workers;
}

std::string Watchdog::everyone(const std::vector<WorkerSample>& workers) const {
  std::string text;
  for (unsigned i = 0; i < workers.size(); ++i) {
    const WorkerSample& worker = workers[i];
    if (!text.empty()) text += ", ";
    if (worker.ended || worker.finished) {
      text += worker_name(layout_, i) + " done";
    } else if (worker.process.stopped()) {
      text += worker_name(layout_, i) + " stopped";
    } else {
      text += doing_text(layout_, mechanism_, i, worker);
    }
    text += " after " + grouped(worker.done) + " messages";
  }
  return text;
}

// Asked for only when a limit has run out as it stands, so that /proc is not read before.
std::uint64_t Watchdog::grown(std::uint64_t limit_ns) const {
  const double base =
      static_cast<double>(saturating_sum(limit_ns, more_per_worker_ns * group_.size()));
  return static_cast<std::uint64_t>(std::min(base * time_.tasks_per_cpu(), 1e18));
}

std::optional<TrialEnd> Watchdog::check() {
  const std::uint64_t now = time_.now_ns();
  const auto lines = read_lines();
  const bool changed = last_lines_.size() != lines.size() ||
                       !std::equal(lines.begin(), lines.end(), last_lines_.begin(), same_line);
  const bool missed = time_.missed_ns() != missed_ns_;
  missed_ns_ = time_.missed_ns();
  if (changed || missed) {
    last_lines_ = lines;
    last_change_ns_ = now;
    next_diagnosis_ns_ = now + limits_.no_progress_ns;
    first_sample_.clear();
    standing_.clear();
  }
  if (now - began_ns_ >= trial_ns_) {
    return TrialEnd{State::timeout, Cause::stage_limit,
                    "the trial did not end within " + seconds_text(trial_ns_) +
                        " (--trial-timeout): " + everyone(sample())};
  }
  // Before the start barrier there are no operations to speak of.
  if (group_.released() == 0) return check_open(now, lines);
  if (auto verdict = check_drain(now, lines)) return verdict;
  return check_progress(now);
}

std::optional<TrialEnd> Watchdog::check_open(std::uint64_t now,
                                             const std::vector<WorkerSample>& lines) {
  const std::uint64_t still_ns = now - last_change_ns_;
  if (still_ns < limits_.open_ns || still_ns < grown(limits_.open_ns)) return std::nullopt;
  std::string missing;
  for (unsigned i = 0; i < lines.size(); ++i) {
    if (lines[i].arrived || lines[i].ended) continue;
    if (group_.process(i).stopped()) return std::nullopt;  // until it goes on, or the trial's end
    missing += (missing.empty() ? "" : ", ") + worker_name(layout_, i);
  }
  return TrialEnd{
      State::timeout, Cause::stage_limit,
      "in stage open nothing has moved for " + seconds_text(still_ns) + ": not ready: " + missing};
}

std::optional<TrialEnd> Watchdog::check_drain(std::uint64_t now,
                                              const std::vector<WorkerSample>& lines) {
  const auto has_reported = [](const WorkerSample& line) { return line.ended || line.finished; };
  const auto drains = [&](const WorkerSample& line) {
    return has_reported(line) || line.stage >= Stage::drain;
  };
  if (!std::all_of(lines.begin(), lines.end(), drains)) return std::nullopt;
  if (std::all_of(lines.begin(), lines.end(), has_reported)) return std::nullopt;
  const std::uint64_t still_ns = now - last_change_ns_;
  if (still_ns < limits_.drain_ns || still_ns < grown(limits_.drain_ns)) return std::nullopt;
  const auto workers = sample();
  if (std::any_of(workers.begin(), workers.end(),
                  [](const WorkerSample& worker) { return worker.process.stopped(); })) {
    return std::nullopt;
  }
  return TrialEnd{
      State::timeout, Cause::stage_limit,
      "in stage drain nothing has moved for " + seconds_text(still_ns) + ": " + everyone(workers)};
}

std::optional<TrialEnd> Watchdog::check_progress(std::uint64_t now) {
  if (now < next_diagnosis_ns_) return std::nullopt;
  if (first_sample_.empty()) {
    first_sample_ = sample();
    if (standing_.empty()) standing_ = first_sample_;
    first_sample_ns_ = time_.now_ns();
    return std::nullopt;
  }
  const std::uint64_t between = now - std::min(now, first_sample_ns_);
  if (between < between_samples_ns) return std::nullopt;
  const auto workers = sample();
  const bool seconds_long =
      now - last_change_ns_ >= saturating_product(spinning_stall, limits_.no_progress_ns);
  std::vector<bool> stuck_workers(workers.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    stuck_workers[i] = stuck(first_sample_[i], workers[i], between) ||
                       (seconds_long && spins(standing_[i], workers[i]));
  }
  first_sample_.clear();
  next_diagnosis_ns_ = now + limits_.no_progress_ns;
  if (auto end = diagnose(layout_, mechanism_, workers, stuck_workers)) {
    end->diagnosed_ns = time_.now_ns() - last_change_ns_;
    return end;
  }
  return check_long_stall(now, workers);
}

std::optional<TrialEnd> Watchdog::check_long_stall(std::uint64_t now,
                                                   const std::vector<WorkerSample>& workers) const {
  const std::uint64_t still_ns = now - last_change_ns_;
  const std::uint64_t limit_ns = saturating_product(long_stall, limits_.no_progress_ns);
  if (still_ns < limit_ns || still_ns < grown(limit_ns)) return std::nullopt;
  const auto has_reported = [](const WorkerSample& w) { return w.ended || w.finished; };
  if (std::all_of(workers.begin(), workers.end(), has_reported)) return std::nullopt;
  const bool all_busy = std::all_of(workers.begin(), workers.end(), [&](const WorkerSample& w) {
    return has_reported(w) || (w.operation != Operation::none && !w.process.stopped());
  });
  if (!all_busy) return std::nullopt;
  const auto channel = stalled_channel(layout_, workers);
  const std::string where = channel ? " within channel " + std::to_string(*channel) : "";
  return TrialEnd{State::timeout, Cause::stall,
                  "stalled" + where + ": nothing has moved for " + seconds_text(still_ns) + ": " +
                      everyone(workers)};
}

}  // namespace ipcmark
