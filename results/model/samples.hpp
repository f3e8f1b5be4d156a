// Every timed event of a trial, one by one, and how fast its workers moved: what --samples keeps
// beside the histograms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ipcmark {

struct TimedEvent {
  std::uint64_t at_ns = 0;  // when it began, CLOCK_MONOTONIC
  std::uint64_t value = 0;
  bool operator==(const TimedEvent&) const = default;
};

// Room for a fixed number of them. Its memory is present before the first is added; those that find
// no room are counted. One thread.
class SampleLog {
 public:
  explicit SampleLog(std::size_t capacity) : samples_(capacity) {}
  void add(std::uint64_t at_ns, std::uint64_t value) {
    if (count_ == samples_.size()) [[unlikely]] {
      ++dropped_;
      return;
    }
    samples_[count_++] = {at_ns, value};
  }
  std::uint64_t dropped() const { return dropped_; }
  std::vector<TimedEvent> take() {
    samples_.resize(count_);
    return std::move(samples_);
  }

 private:
  std::vector<TimedEvent> samples_;
  std::size_t count_ = 0;
  std::uint64_t dropped_ = 0;
};

struct ProcessSamples {
  std::string process;               // "initiator 0"
  std::vector<TimedEvent> trips;     // ns each
  std::uint64_t dropped = 0;         // trips after the log was full
  std::vector<TimedEvent> messages;  // done since the one before: about every 10 ms, from outside
};

}  // namespace ipcmark
