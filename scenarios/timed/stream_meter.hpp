// What the receiver of a stream measures: how many messages came in how long, after a warm-up, with
// so few readings of the clock that they cost under 1 %.
#pragma once

#include <cstdint>

#include "backends/deadline.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/timing/warm_up.hpp"

namespace ipcmark {

inline constexpr double clock_share_of_stream = 0.01;
inline constexpr std::uint64_t max_between_clocks = 1U << 16U;
// However slow the messages, so that windows and the end are met; only a loaded machine exceeds it.
inline constexpr std::uint64_t longest_between_clocks_ns = 500'000;

// Says at which counts the clock is to be read, so that it costs under 1 %.
class ClockPace {
 public:
  explicit ClockPace(std::uint64_t now)
      : min_ns_(static_cast<std::uint64_t>(cost_of_clock_ns() / clock_share_of_stream)),
        last_(now) {}
  // After a reading at `count`: the count of the next one.
  std::uint64_t next(std::uint64_t now, std::uint64_t count) {
    const std::uint64_t took = now - last_;
    last_ = now;
    if (took < min_ns_ && step_ < max_between_clocks) step_ *= 2;
    if (took > longest_between_clocks_ns && step_ > 1) step_ /= 2;
    return count + step_;
  }

 private:
  std::uint64_t min_ns_;
  std::uint64_t last_;
  std::uint64_t step_ = 1;
};

// The receiving loop's state between two clock readings. One thread.
class StreamMeter {
 public:
  StreamMeter(WorkerContext& context, std::uint64_t now)
      : context_(context), spec_(context.spec()), pace_(now), warm_(spec_.warmup_ns, now) {}

  // Looks at the clock after `count` messages of `bytes` in all; false when the measured part is
  // over. Sets due().
  bool look(std::uint64_t count, std::uint64_t bytes) {
    const std::uint64_t now = now_ns();
    due_ = pace_.next(now, count);
    context_.progress().count(count);
    if (!begun_) {
      begun_ = warm_.over(now, count);
      if (!begun_) return true;
      begin_ns_ = now;
      begin_count_ = count;
      begin_bytes_ = bytes;
    }
    end_ns_ = now;
    end_count_ = count;
    end_bytes_ = bytes;
    if (spec_.messages == 0) return now - begin_ns_ < spec_.duration_ns;
    // An exact count ends exactly: the last stretch is cut to fit.
    const std::uint64_t last = begin_count_ + spec_.messages;
    if (due_ > last) due_ = last;
    return count < last;
  }
  std::uint64_t due() const { return due_; }
  bool begun() const { return begun_; }  // the warm-up is over

  void report(std::uint64_t first_ns) const {
    WorkerReport& report = context_.report();
    const std::uint64_t messages = end_count_ - begin_count_;
    const double seconds = static_cast<double>(end_ns_ - begin_ns_) / 1e9;
    const auto a_second = [seconds](std::uint64_t amount) {
      return seconds > 0 ? static_cast<double>(amount) / seconds : 0;
    };
    report.steady = warm_.steady();
    report.metrics = {
        {"rate", a_second(messages), Unit::messages_per_second, messages},
        {"bytes_rate", a_second(end_bytes_ - begin_bytes_), Unit::bytes_per_second, messages},
        {"first_message_ns", static_cast<double>(first_ns), Unit::nanoseconds},
    };
    report.tallies["messages"] = static_cast<std::int64_t>(messages);
    report.tallies["measured_bytes"] = static_cast<std::int64_t>(end_bytes_ - begin_bytes_);
    note_interval(report, begin_ns_, end_ns_);
    report.tallies["measured_ns"] = static_cast<std::int64_t>(end_ns_ - begin_ns_);
  }

 private:
  WorkerContext& context_;
  const RunSpec& spec_;
  ClockPace pace_;
  WarmUp warm_;
  bool begun_ = false;
  std::uint64_t begin_ns_ = 0, end_ns_ = 0;
  std::uint64_t begin_count_ = 0, end_count_ = 0;
  std::uint64_t begin_bytes_ = 0, end_bytes_ = 0;
  std::uint64_t due_ = 1;
};

}  // namespace ipcmark
