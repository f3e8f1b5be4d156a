#include "scenarios/launch/watchdog.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>

#include "backends/saturating.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/timing/stop_condition.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t between_samples_ns = 500'000'000;
constexpr timespec between_slices{0, 7'000'000};
constexpr std::uint64_t longest_run_ns = 600 * second;
// Nothing at all moves for this many times no_progress_ns, though everyone is in some operation:
// no cycle can be proven (they spin, or wait for a lock), but it is no measurement either.
constexpr std::uint64_t long_stall = 38;

bool same_line(const WorkerSample& a, const WorkerSample& b) {
  return a.stage == b.stage && a.operation == b.operation && a.place == b.place &&
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

std::uint64_t run_allowance_ns(const RunSpec& spec, const TrialLimits& limits) {
  if (limits.run_ns != 0) return limits.run_ns;
  if (spec.duration_ns == 0) return longest_run_ns;
  std::uint64_t total = 10 * second;
  const auto add = [&total](std::uint64_t ns) { total = saturating_sum(total, ns); };
  add(spec.duration_ns);
  add(spec.warmup_ns);
  // A message in flight at 1 MB/s, the slowest thing ever to be called working.
  add(saturating_product(spec.size, 1'000));
  for (const auto& [name, value] : spec.options) {
    if (name.ends_with("_ns") && value > 0) add(static_cast<std::uint64_t>(value));
  }
  add(longest_overtime_ns);
  add(saturating_product(2 * least_trips, gap_of(spec)));
  return total;
}

Watchdog::Watchdog(const RunSpec& spec, const Layout& layout, const TrialLimits& limits,
                   StartPage& page, const Crew& crew)
    : layout_(layout),
      limits_(limits),
      run_ns_(run_allowance_ns(spec, limits)),
      mechanism_(spec.backend),
      page_(page),
      crew_(crew),
      began_ns_(now_ns()),
      last_change_ns_(began_ns_),
      next_diagnosis_ns_(began_ns_) {}

WorkerSample Watchdog::read_line(unsigned worker) const {
  const Progress& line = page_.workers[worker];
  const std::uint64_t doing = line.doing.load(std::memory_order_relaxed);
  const CrewMember& member = crew_.members()[worker];
  WorkerSample sample;
  sample.ended = member.process.end().has_value();
  sample.finished = member.sent.has_value();
  sample.arrived = member.at_last_line || member.arrivals > crew_.released();
  sample.stage = static_cast<Stage>(line.stage.load(std::memory_order_relaxed));
  sample.operation = static_cast<Operation>(doing >> 32U);
  sample.place = static_cast<std::uint32_t>(doing);
  sample.done = line.done.load(std::memory_order_relaxed);
  return sample;
}

std::string Watchdog::doing(unsigned worker) const {
  const WorkerSample line = read_line(worker);
  return doing_text(layout_, mechanism_, worker, line) + " after " + grouped(line.done) +
         " messages";
}

std::vector<WorkerSample> Watchdog::read_lines() const {
  std::vector<WorkerSample> lines;
  for (unsigned i = 0; i < crew_.members().size(); ++i) lines.push_back(read_line(i));
  return lines;
}

std::vector<WorkerSample> Watchdog::sample() const {
  auto workers = read_lines();
  const auto look = [&](unsigned i) {
    if (!workers[i].ended) workers[i].process = process_state(crew_.members()[i].process.pid());
  };
  for (unsigned i = 0; i < workers.size(); ++i) look(i);
  // Whoever sleeps in slices looks up every 100 ms, and may do so in step with this look, again and
  // again: between two slices it is asleep.
  nanosleep(&between_slices, nullptr);
  for (unsigned i = 0; i < workers.size(); ++i) {
    if (!workers[i].process.asleep()) look(i);
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

std::optional<TrialEnd> Watchdog::check() {
  const std::uint64_t now = now_ns();
  const auto lines = read_lines();
  const bool changed = last_lines_.size() != lines.size() ||
                       !std::equal(lines.begin(), lines.end(), last_lines_.begin(), same_line);
  if (changed) {
    last_lines_ = lines;
    last_change_ns_ = now;
    next_diagnosis_ns_ = now + limits_.no_progress_ns;
    first_sample_.clear();
  }
  if (auto verdict = check_deadlines(now, lines)) return verdict;
  // Before the first start line, opening has a deadline of its own and no operations to speak of.
  if (crew_.released() == 0) return std::nullopt;
  return check_progress(now);
}

std::optional<TrialEnd> Watchdog::check_deadlines(std::uint64_t now,
                                                  const std::vector<WorkerSample>& lines) {
  if (crew_.released() == 0) {
    if (now - began_ns_ < limits_.open_ns) return std::nullopt;
    std::string missing;
    for (unsigned i = 0; i < lines.size(); ++i) {
      if (!lines[i].arrived) missing += (missing.empty() ? "" : ", ") + worker_name(layout_, i);
    }
    return TrialEnd{State::timeout, Cause::stage_limit,
                    "stage open did not end within " + seconds_text(limits_.open_ns) +
                        ": not ready: " + missing};
  }
  const bool draining = std::all_of(lines.begin(), lines.end(), [](const WorkerSample& line) {
    return line.ended || line.finished || line.stage >= Stage::drain;
  });
  if (draining && drain_began_ns_ == 0) drain_began_ns_ = now;
  if (draining) {
    if (now - drain_began_ns_ < limits_.drain_ns) return std::nullopt;
    return TrialEnd{State::timeout, Cause::stage_limit,
                    "stage drain did not end within " + seconds_text(limits_.drain_ns) + ": " +
                        everyone(sample())};
  }
  if (now - crew_.released_at_ns() < run_ns_) return std::nullopt;
  return TrialEnd{
      State::timeout, Cause::stage_limit,
      "stage run did not end within " + seconds_text(run_ns_) + ": " + everyone(sample())};
}

std::optional<TrialEnd> Watchdog::check_progress(std::uint64_t now) {
  if (now < next_diagnosis_ns_) return std::nullopt;
  if (first_sample_.empty()) {
    first_sample_ = sample();
    first_sample_ns_ = now_ns();
    return std::nullopt;
  }
  const std::uint64_t between = now - std::min(now, first_sample_ns_);
  if (between < between_samples_ns) return std::nullopt;
  const auto workers = sample();
  std::vector<bool> stuck_workers(workers.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    stuck_workers[i] = stuck(first_sample_[i], workers[i], between);
  }
  first_sample_.clear();
  next_diagnosis_ns_ = now + limits_.no_progress_ns;
  if (auto end = diagnose(layout_, mechanism_, workers, stuck_workers)) {
    end->diagnosed_ns = now_ns() - last_change_ns_;
    return end;
  }
  return check_long_stall(now, workers);
}

std::optional<TrialEnd> Watchdog::check_long_stall(std::uint64_t now,
                                                   const std::vector<WorkerSample>& workers) const {
  if (now - last_change_ns_ < long_stall * limits_.no_progress_ns) return std::nullopt;
  const bool all_busy = std::all_of(workers.begin(), workers.end(), [](const WorkerSample& w) {
    return w.ended || w.finished || (w.operation != Operation::none && !w.process.stopped());
  });
  if (!all_busy) return std::nullopt;
  return TrialEnd{
      State::timeout, Cause::stall,
      "nothing has moved for " + seconds_text(now - last_change_ns_) + ": " + everyone(workers)};
}

}  // namespace ipcmark
