// The shared page through which the coordinator starts workers and sees what they are doing.
//
// Memory of its own per worker, written by that worker alone with relaxed stores (about a
// nanosecond, no sharing until the watchdog looks), so that it may stand in measured loops.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ipcmark {

enum class Stage : std::uint32_t { open, warm_up, run, drain, report };
enum class Operation : std::uint32_t {
  none,
  send,
  receive,
  lock,
  wait_set,
  barrier,
  close,
  wait,         // on a notifier
  shared_word,  // for another worker to set it (shared_word.hpp)
};
const char* to_string(Stage value);
const char* to_string(Operation value);

// Two cache lines of 64 bytes, which prefetchers fetch in pairs; or one of 128 (POWER, Apple M).
inline constexpr std::size_t progress_alignment = 128;

struct alignas(progress_alignment) Progress {
  std::atomic<std::uint32_t> stage{0};
  // operation << 32 | index of the layout's channel, lock or notifier: one store says both.
  std::atomic<std::uint64_t> doing{0};
  std::atomic<std::uint64_t> done{0};  // messages (or operations) finished; may lag by a batch
  // Not 0: the cell's fault on purpose (spec.fault) has happened in this worker. Here, because one
  // that is ended sends no report.
  std::atomic<std::uint32_t> fault_happened{0};

  void enter(Operation operation, std::uint32_t channel) {
    doing.store((static_cast<std::uint64_t>(operation) << 32U) | channel,
                std::memory_order_relaxed);
  }
  void leave() { doing.store(0, std::memory_order_relaxed); }
  void count(std::uint64_t total) { done.store(total, std::memory_order_relaxed); }
};

inline constexpr unsigned max_workers = 256;
inline constexpr unsigned max_channels = 1024;

struct StartPage {
  std::atomic<std::uint32_t> released{0};         // futex word: how many stages have been released
  std::atomic<std::uint32_t> peer_died{0};        // see OpenContext
  std::atomic<std::uint32_t> ended[max_workers];  // 1: reaped by the coordinator
  // What the ends of each channel have as OpenContext::peer_died: raised with the one above, and
  // when the channel's last sender or receiver was allowed to die and has.
  std::atomic<std::uint32_t> orphaned[max_channels];
  Progress workers[max_workers];
};

}  // namespace ipcmark
