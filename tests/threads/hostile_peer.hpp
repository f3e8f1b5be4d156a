// A peer that does harm from a thread of its own, and what must stay whole beside it.
#pragma once

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <thread>
#include <vector>

#include "backends/error.hpp"
#include "results/splitmix.hpp"

namespace ipcmark {

class RandomNumbers {
 public:
  std::uint64_t next() { return next_random(state_); }
  std::uint64_t one_of(std::initializer_list<std::uint64_t> values) {
    return values.begin()[next() % values.size()];
  }

 private:
  std::uint64_t state_ = 4711;
};

// Does harm, again and again, from a thread of its own until it goes out of scope.
class HostilePeer {
 public:
  explicit HostilePeer(std::function<void(RandomNumbers&)> harm)
      : thread_([this, harm = std::move(harm)] {
          RandomNumbers random;
          while (!over_.load(std::memory_order_relaxed)) {
            harm(random);
            times_.fetch_add(1, std::memory_order_relaxed);
            // Where the two share a CPU, one of them would else stand still for milliseconds.
            if (random.next() % 8 == 0) sched_yield();
          }
        }) {}
  HostilePeer(const HostilePeer&) = delete;
  HostilePeer& operator=(const HostilePeer&) = delete;
  ~HostilePeer() {
    over_ = true;
    thread_.join();
  }
  // Whether there was enough of it for a test to say something.
  bool has_tried() const { return times_.load(std::memory_order_relaxed) >= 300; }

 private:
  std::atomic<bool> over_{false};
  std::atomic<unsigned> times_{0};
  std::thread thread_;
};

// A caller's buffer, and bytes after it that nobody may touch.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t size) : size_(size), bytes_(size + guard, mark) {}
  std::span<std::byte> span() { return std::span(bytes_).first(size_); }
  bool whole() const {
    return std::all_of(bytes_.begin() + static_cast<std::ptrdiff_t>(size_), bytes_.end(),
                       [](std::byte each) { return each == mark; });
  }

 private:
  static constexpr std::size_t guard = 4096;
  static constexpr std::byte mark{0x5A};
  std::size_t size_;
  std::vector<std::byte> bytes_;
};

inline constexpr std::uint64_t moment_ns = 300'000;
inline constexpr std::uint64_t anything = ~std::uint64_t{0};

inline bool one_of(Errc code, std::initializer_list<Errc> allowed) {
  return std::find(allowed.begin(), allowed.end(), code) != allowed.end();
}

}  // namespace ipcmark
