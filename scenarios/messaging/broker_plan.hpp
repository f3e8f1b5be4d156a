// What publishers, broker and subscribers agree on, whatever carries their messages.
#pragma once

#include "scenarios/messaging/topics.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/record.hpp"

namespace ipcmark::broker {

inline constexpr std::int64_t default_publishers = 2;
inline constexpr std::int64_t default_subscribers = 4;
inline constexpr std::int64_t default_topics = 3;
inline constexpr std::int64_t default_count = 100;
inline constexpr std::int64_t max_topics = 200;
inline constexpr unsigned broker_index = 0;

// The topic comes first: it is what a mechanism with topics of its own looks at.
struct Publication {
  std::uint8_t topic = 0;
  std::uint8_t subscribes = 0;  // 1: `from` wants the topic; 2: and it was the last it wants
  std::uint16_t padding = 0;
  std::uint32_t from = 0;  // publisher, or subscriber, from 0
  std::uint64_t number = 0;
  std::uint64_t sent_ns = 0;
};
inline constexpr std::uint32_t topic_at = stamp_bytes;

inline std::uint32_t publishers_of(const RunSpec& spec) {
  return static_cast<std::uint32_t>(spec.option("senders"));
}
inline std::uint32_t subscribers_of(const RunSpec& spec) {
  return static_cast<std::uint32_t>(spec.option("receivers"));
}
inline Topics topics_of(const RunSpec& spec) {
  const auto each = static_cast<std::uint64_t>(spec.option("count"));
  // For all seeds the same, so that the work of two trials is.
  return {1, static_cast<std::uint32_t>(spec.option("topics")), publishers_of(spec), each};
}

// What a subscriber asks for: what it wants, but for the faults ("stray", "miss"), which `injected`
// is asked for by name.
template <class Injected>
std::vector<std::uint8_t> asked_by(const RunSpec& spec, std::uint32_t subscriber,
                                   Injected injected) {
  std::vector<std::uint8_t> asked;
  const Topics topics = topics_of(spec);
  bool strays = false;
  for (std::uint32_t topic = 0; topic < topics.topics; ++topic) {
    const bool wanted = topics.wants(subscriber, topic);
    if (topic == 0 && subscriber == 0 && injected("miss")) continue;
    if (!wanted && (strays || !injected("stray"))) continue;
    strays = strays || !wanted;
    asked.push_back(static_cast<std::uint8_t>(topic));
  }
  return asked;
}

inline std::uint64_t wishes_of(const RunSpec& spec, std::uint32_t subscriber) {
  return asked_by(spec, subscriber, [&](const char* fault) { return spec.fault == fault; }).size();
}

// One seal for all messages: the broker passes them on as they are.
inline constexpr std::size_t sealed_as = 0;

// The broker's part where a process plays it, over plain channels.
Status run_broker_process(WorkerContext& context);

// How many subscribers the broker process knows all the wishes of; in shared memory.
struct Shared {
  std::atomic<std::uint32_t> subscribed{0};
};

}  // namespace ipcmark::broker
