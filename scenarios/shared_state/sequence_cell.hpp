// A value in shared memory that one process replaces and any number read whole, guarded by a
// sequence lock: the writer never waits, a reader tries again when it met a write.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace ipcmark {

// Zeroed memory is a cell with a zeroed value in it. The words are atomics of their own, so that
// reading one that is being written is defined; their release and acquire order them against the
// sequence, without fences, which ThreadSanitizer does not know (H.-J. Boehm, "Can seqlocks get
// along with programming language memory models?", MSPC 2012).
template <class Value>
class SequenceCell {
  static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) % sizeof(std::uint64_t) == 0);

 public:
  static constexpr std::size_t words = sizeof(Value) / sizeof(std::uint64_t);

  // One writer at a time.
  void store(const Value& value) {
    begin();
    const auto parts = std::bit_cast<std::array<std::uint64_t, words>>(value);
    for (std::size_t i = 0; i < words; ++i) set_word(i, parts[i]);
    end();
  }
  // The value of one store(); nothing when a write was met at every try: its writer may have been
  // stopped or killed in the middle.
  std::optional<Value> load() const {
    constexpr unsigned tries = 1000;
    for (unsigned i = 0; i < tries; ++i) {
      const std::uint64_t before = sequence_.load(std::memory_order_acquire);
      std::array<std::uint64_t, words> parts;
      for (std::size_t w = 0; w < words; ++w) parts[w] = words_[w].load(std::memory_order_acquire);
      const std::uint64_t after = sequence_.load(std::memory_order_relaxed);
      if (before == after && before % 2 == 0) return std::bit_cast<Value>(parts);
    }
    return std::nullopt;
  }

  // The parts of store(), for faults.
  void begin() {
    sequence_.store(sequence_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void set_word(std::size_t index, std::uint64_t word) {
    words_[index].store(word, std::memory_order_release);
  }
  void end() {
    sequence_.store(sequence_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  alignas(64) std::atomic<std::uint64_t> sequence_{0};
  std::array<std::atomic<std::uint64_t>, words> words_{};
};

}  // namespace ipcmark
