#include "scenarios/messaging/topics.hpp"

#include "results/splitmix.hpp"

namespace ipcmark {

std::uint8_t Topics::topic_of(std::uint32_t publisher, std::uint64_t number) const {
  const std::uint64_t message = (std::uint64_t{publisher} << 48U) + number;
  return static_cast<std::uint8_t>(mixed(seed ^ mixed(message)) % topics);
}

bool Topics::wants(std::uint32_t subscriber, std::uint32_t topic) const {
  return topic % (1 + subscriber % topics) == 0;
}

TopicTracker::TopicTracker(const Topics& topics, std::uint32_t subscriber)
    : topics_(topics), subscriber_(subscriber), publishers_(topics.publishers) {}

void TopicTracker::arrived(std::uint32_t publisher, std::uint64_t number) {
  ++integrity_.checked;
  if (publisher >= publishers_.size() || number >= topics_.each) {
    ++integrity_.corrupted;  // nobody has sent it
    return;
  }
  if (!wanted(publisher, number)) {
    ++unwanted_;
    return;
  }
  Publisher& state = publishers_[publisher];
  if (number < state.next) {
    ++(state.missing.erase(number) != 0 ? integrity_.reordered : integrity_.duplicated);
    return;
  }
  for (; state.next < number; ++state.next) {
    if (wanted(publisher, state.next)) state.missing.insert(state.next);
  }
  state.next = number + 1;
}

void TopicTracker::damaged(bool wrong_length) {
  ++integrity_.checked;
  ++(wrong_length ? integrity_.wrong_length : integrity_.corrupted);
}

Integrity TopicTracker::settle() const {
  Integrity total = integrity_;
  for (std::uint32_t i = 0; i < publishers_.size(); ++i) {
    total.lost += publishers_[i].missing.size();
    for (std::uint64_t number = publishers_[i].next; number < topics_.each; ++number) {
      total.lost += wanted(i, number) ? 1U : 0U;
    }
  }
  return total;
}

}  // namespace ipcmark
