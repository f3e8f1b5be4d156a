// What one channel of a replay (load --replay) sends: a warm-up, which is the beginning of the file
// for as long as the warm-up lasts, and then the whole file, which is measured.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "results/model/replay.hpp"
#include "results/model/spec.hpp"
#include "scenarios/traffic/message_sizes.hpp"

namespace ipcmark {

// Later than this a replay is late whatever its length: a tenth of a second is soon over, and no
// share of it more than what a process takes to wake up.
inline constexpr std::uint64_t replay_grace_ns = 10'000'000;

class Replayed {
 public:
  Replayed(const Replay& replay, std::uint32_t channel, std::uint64_t warmup_ns)
      : warmup_ns_(warmup_ns) {
    for (const Arrival& arrival : replay.arrivals) {
      if (arrival.channel == channel) own_.push_back(arrival);
    }
    const auto measured = std::find_if(own_.begin(), own_.end(), [warmup_ns](const Arrival& each) {
      return each.due_ns >= warmup_ns;
    });
    warm_ = static_cast<std::uint64_t>(measured - own_.begin());
    sizes_.reserve(own_.size());
    for (const Arrival& each : own_) sizes_.push_back(each.size);
    std::sort(sizes_.begin(), sizes_.end());
    sizes_.erase(std::unique(sizes_.begin(), sizes_.end()), sizes_.end());
  }

  std::uint64_t messages() const { return warm_ + own_.size(); }
  // Of the message of that number, the first being 0; all that are given must be below messages().
  bool is_measured(std::uint64_t number) const { return number >= warm_; }
  std::uint64_t due_ns(std::uint64_t begin_ns, std::uint64_t number) const {
    return begin_ns + (is_measured(number) ? warmup_ns_ : 0) + at(number).due_ns;
  }
  std::uint64_t size_of(std::uint64_t number) const { return at(number).size; }
  // Whether any message is that long.
  bool has(std::uint64_t size) const {
    return std::binary_search(sizes_.begin(), sizes_.end(), size);
  }

 private:
  const Arrival& at(std::uint64_t number) const {
    return own_[static_cast<std::size_t>(is_measured(number) ? number - warm_ : number)];
  }

  std::uint64_t warmup_ns_, warm_ = 0;
  std::vector<Arrival> own_;
  std::vector<std::uint64_t> sizes_;  // each once, ascending
};

// How long each message of a channel of `load` is.
class OfferedSizes {
 public:
  // `replayed`: borrowed; null: a rate, with the sizes that the spec says.
  OfferedSizes(const RunSpec& spec, const Replayed* replayed)
      : sizes_(spec), replayed_(replayed), largest_(spec.size) {}

  bool several() const { return replayed_ != nullptr || sizes_.several(); }
  // Of one beyond the last of a replay, which nobody sends, the largest.
  std::uint64_t of(std::uint64_t number) const {
    if (replayed_ == nullptr) return sizes_.of(number);
    return number < replayed_->messages() ? replayed_->size_of(number) : largest_;
  }
  bool has(std::uint64_t size) const {
    return replayed_ == nullptr ? sizes_.has(size) : replayed_->has(size);
  }

 private:
  MessageSizes sizes_;
  const Replayed* replayed_;
  std::uint64_t largest_;
};

}  // namespace ipcmark
