// How many messages a sender has sent, which it tells its receiver through shared memory before it
// closes. Who is killed before that tells nothing, which is not the same as none.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "results/model/trial.hpp"

namespace ipcmark {

// In an account's settling: that sender told no count, so the end of what it sent is missing.
inline constexpr std::uint64_t not_published = ~std::uint64_t{0};

// Zeroed memory is one that nobody has told. Any threads.
class SentCount {
 public:
  void publish(std::uint64_t count) { word_.store(count + 1, std::memory_order_release); }
  std::uint64_t published() const {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return word == 0 ? not_published : word - 1;
  }

 private:
  std::atomic<std::uint64_t> word_{0};
};

// What `received` messages come to that do not tell which they are, given how many each sender says
// it sent: by number alone.
inline Integrity settled_by_number(std::uint64_t received, std::span<const std::uint64_t> sent) {
  Integrity total;
  std::uint64_t all = 0;
  for (const std::uint64_t one : sent) {
    if (one == not_published) ++total.lost;
    all += one == not_published ? 0 : one;
  }
  total.checked = received;
  if (received < all) total.lost += all - received;
  if (received > all && total.lost == 0) total.duplicated = received - all;
  return total;
}

}  // namespace ipcmark
