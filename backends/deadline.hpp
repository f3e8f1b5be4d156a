// When an operation must give up. A value; cheap to copy.
#pragma once

#include <time.h>

#include <cstdint>

namespace ipcmark {

// CLOCK_MONOTONIC in nanoseconds, through the vDSO (clock_gettime(2)).
inline std::uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(t.tv_nsec);
}

// What timed system calls take.
constexpr timespec to_timespec(std::uint64_t ns) {
  return {.tv_sec = static_cast<time_t>(ns / 1'000'000'000U),
          .tv_nsec = static_cast<long>(ns % 1'000'000'000U)};
}

// How long a waiter sleeps before it looks again, where no kernel object tells it that its peer was
// killed: the longest time until it returns peer_died.
inline constexpr std::uint64_t peer_check_interval_ns = 100'000'000;

class Deadline {
 public:
  // Blocks as long as it takes, with the mechanism's plainest blocking call and no clock read: what
  // timed loops use. A hang is the watchdog's business.
  static constexpr Deadline never() { return Deadline{~std::uint64_t{0}}; }
  // Makes the operation a try: it returns would_block rather than wait.
  static constexpr Deadline immediate() { return Deadline{0}; }
  static Deadline after(std::uint64_t ns) {
    std::uint64_t at = 0;
    // Beyond the clock's range it is the last moment of it, and still not never().
    return Deadline{__builtin_add_overflow(now_ns(), ns, &at) ? ~std::uint64_t{0} - 1 : at};
  }
  static constexpr Deadline at(std::uint64_t monotonic_ns) { return Deadline{monotonic_ns}; }

  constexpr bool is_never() const { return at_ == ~std::uint64_t{0}; }
  constexpr bool is_immediate() const { return at_ == 0; }
  constexpr std::uint64_t monotonic_ns() const { return at_; }
  // 0 when passed; only for deadlines that are neither never nor immediate.
  std::uint64_t remaining_ns() const {
    const std::uint64_t now = now_ns();
    return now >= at_ ? 0 : at_ - now;
  }
  bool passed() const { return !is_never() && (is_immediate() || now_ns() >= at_); }

 private:
  explicit constexpr Deadline(std::uint64_t at) : at_(at) {}
  std::uint64_t at_;
};

}  // namespace ipcmark
