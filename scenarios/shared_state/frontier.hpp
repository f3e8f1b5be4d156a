// The pages a crawl still has to visit, and all it has ever heard of; and when it is over: nothing
// is left to visit, and nobody has pages in which more may be found. Lies in memory that is given
// to it, which several processes may share: they then need a lock, it has none. What a process that
// breaks the rules leaves in that memory spoils the crawl, but leads nobody out of it: each count
// is read once and bounded before it is an index.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ipcmark {

class Frontier {
 public:
  static std::size_t bytes(std::uint64_t pages) {
    return sizeof(Head) + pages * sizeof(std::uint32_t) + (pages + 7) / 8;
  }
  // `memory`: bytes(pages) of it, aligned to 8, zeroed before the first Frontier is put on it.
  Frontier(std::span<std::byte> memory, std::uint64_t pages)
      : pages_(pages),
        head_(*reinterpret_cast<Head*>(memory.data())),
        queue_(reinterpret_cast<std::uint32_t*>(memory.data() + sizeof(Head))),
        heard_(reinterpret_cast<std::uint8_t*>(queue_ + pages)) {}

  // A page that was heard of; false: not for the first time, or there is no such page.
  bool add(std::uint32_t page) {
    if (page >= pages_) return false;
    std::uint8_t& byte = heard_[page / 8];
    const auto bit = static_cast<std::uint8_t>(1U << (page % 8));
    if ((byte & bit) != 0) return false;
    byte = static_cast<std::uint8_t>(byte | bit);
    const std::uint64_t added = load(head_.added);
    if (added >= pages_) return false;
    queue_[added] = page;
    store(head_.added, added + 1);
    return true;
  }
  // Takes pages to visit, those that were heard of first; who has got any is busy until it says
  // done().
  std::size_t take(std::span<std::uint32_t> into) {
    const std::uint64_t first = taken();
    const std::uint64_t all = added();
    const std::size_t count = std::min<std::size_t>(into.size(), all - std::min(first, all));
    std::copy_n(queue_ + first, count, into.begin());
    store(head_.taken, first + count);
    store(head_.busy, load(head_.busy) + (count > 0 ? 1U : 0U));
    return count;
  }
  // Everything found in what was taken has been added.
  void done() { store(head_.busy, load(head_.busy) - 1); }

  std::uint64_t waiting() const {
    const std::uint64_t all = added();
    return all - std::min(taken(), all);
  }
  std::uint64_t taken() const { return std::min(load(head_.taken), pages_); }
  bool exhausted() const { return waiting() == 0 && load(head_.busy) == 0; }

 private:
  struct Head {
    std::uint64_t added;
    std::uint64_t taken;
    std::uint64_t busy;
  };
  std::uint64_t added() const { return std::min(load(head_.added), pages_); }
  static std::uint64_t load(std::uint64_t& word) {
    return std::atomic_ref(word).load(std::memory_order_relaxed);
  }
  static void store(std::uint64_t& word, std::uint64_t value) {
    std::atomic_ref(word).store(value, std::memory_order_relaxed);
  }
  std::uint64_t pages_;
  Head& head_;
  std::uint32_t* queue_;  // each page at most once, in the order heard of
  std::uint8_t* heard_;   // a bit for each page
};

}  // namespace ipcmark
