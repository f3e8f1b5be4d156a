// The sensor's readings where they lie in a mapped file: one slot each, published by a word of its
// own, so that none can be read torn.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "backends/error.hpp"

namespace ipcmark {

struct Reading {
  std::uint32_t number = 0;
  float value = 0;
  std::uint64_t made_ns = 0;
};

// Zeroed memory is an empty one. The fields are written before `published` is, with release, and
// read after it.
struct ReadingSlot {
  std::atomic<std::uint32_t> published{0};  // the reading's number + 1; 0: nothing is here yet
  std::atomic<float> value{0};
  std::atomic<std::uint64_t> made_ns{0};

  void publish(const Reading& reading) {
    value.store(reading.value, std::memory_order_relaxed);
    made_ns.store(reading.made_ns, std::memory_order_relaxed);
    published.store(reading.number + 1, std::memory_order_release);
  }
};

// One reader's way through the slots.
class SlotReader {
 public:
  explicit SlotReader(std::span<const ReadingSlot> slots) : slots_(slots) {}

  // The next reading; nothing: it is not published yet. corrupt: the writer has filled all slots
  // and not ended, and behind the last one there is no memory.
  Result<std::optional<Reading>> next() {
    if (slots_.empty()) return fail(Errc::corrupt, "the file has no end marker");
    const ReadingSlot& slot = slots_.front();
    const std::uint32_t published = slot.published.load(std::memory_order_acquire);
    if (published == 0) return std::nullopt;
    slots_ = slots_.subspan(1);
    return Reading{published - 1, slot.value.load(std::memory_order_relaxed),
                   slot.made_ns.load(std::memory_order_relaxed)};
  }

 private:
  std::span<const ReadingSlot> slots_;
};

}  // namespace ipcmark
