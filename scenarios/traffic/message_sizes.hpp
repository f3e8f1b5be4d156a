// How long each message of a cell is: one size, or one of a mix (--size-mix), drawn by the trial's
// seed and the message's number. So both ends know it without a word, and a trial can be repeated.
#pragma once

#include <cstdint>
#include <vector>

#include "results/model/size_mix.hpp"
#include "results/model/spec.hpp"
#include "results/splitmix.hpp"

namespace ipcmark {

class MessageSizes {
 public:
  explicit MessageSizes(const RunSpec& spec) : size_(spec.size), seed_(mixed(spec.seed)) {
    if (spec.size_mix.empty()) return;
    const SizeMix mix = parse_size_mix(spec.size_mix).value_or(SizeMix{});
    std::uint64_t all = 0;
    for (const SizeShare& share : mix) all += share.weight;
    std::uint64_t below = 0;
    drawn_.reserve(mix.size());
    for (const SizeShare& share : mix) {
      below += share.weight;
      drawn_.push_back({share.size, (below << 32U) / all});
    }
  }

  bool several() const { return !drawn_.empty(); }
  // Of the message of that number, the first being 0; the same in each direction.
  std::uint64_t of(std::uint64_t sequence) const {
    if (drawn_.empty()) return size_;
    const std::uint64_t draw = mixed(seed_ ^ mixed(sequence)) >> 32U;
    for (const Drawn& each : drawn_) {
      if (draw < each.below) return each.size;
    }
    return size_;
  }
  // Whether any message is that long.
  bool has(std::uint64_t size) const {
    for (const Drawn& each : drawn_) {
      if (each.size == size) return true;
    }
    return drawn_.empty() && size == size_;
  }
  std::uint64_t smallest() const { return drawn_.empty() ? size_ : drawn_.front().size; }

 private:
  struct Drawn {
    std::uint64_t size;
    std::uint64_t below;  // drawn by 32-bit numbers from the last one's up to this
  };
  std::uint64_t size_;  // the largest of a mix
  std::uint64_t seed_;
  std::vector<Drawn> drawn_;  // empty: one size
};

}  // namespace ipcmark
