// Channels with topics: each receiver gets what it subscribed to and nothing else, from every
// sender, in order, whole, and none is dropped for one that is slow.
#include <algorithm>
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint32_t place = 8;          // of the topic, behind the key
constexpr std::uint64_t per_sender = 3000;  // more than any queue holds by default
constexpr std::uint8_t topics = 4;

std::uint64_t key_for(std::uint32_t sender, std::uint64_t number) {
  return (std::uint64_t{sender} << 32U) | number;
}
std::uint8_t topic_of(std::uint64_t number) { return static_cast<std::uint8_t>(number % topics); }

std::vector<std::byte> topic_message(std::uint64_t key) {
  std::vector<std::byte> message(64);
  fill(message, key);
  message[place] = std::byte{topic_of(key & 0xFFFFFFFFU)};
  return message;
}

void publish(Side& side) {
  for (std::uint64_t i = 0; i < per_sender; ++i) {
    require_ok(side.sender().send(topic_message(key_for(side.index(), i)), Deadline::never()),
               "send");
  }
  require_ok(side.sender().close(Deadline::after(15 * second)), "close");
}

void take_topics(Side& side, const std::vector<std::uint8_t>& wanted, std::uint32_t senders,
                 unsigned late_ms) {
  Receiver& receiver = side.receiver();
  for (const std::uint8_t topic : wanted) require_ok(receiver.subscribe(topic), "subscribe");
  const auto due = [&wanted](std::uint64_t number) {
    while (number < per_sender &&
           std::find(wanted.begin(), wanted.end(), topic_of(number)) == wanted.end()) {
      ++number;
    }
    return number;
  };
  std::vector<std::uint64_t> next(senders, due(0));
  std::vector<std::byte> buffer(64);
  for (bool first = true;; first = false) {
    const auto got = receiver.receive(buffer, Deadline::never());
    if (!got && got.error().code == Errc::closed) break;
    require(take(got, "receive") == 64, "a message of another length");
    const std::uint64_t key = key_of(buffer);
    const std::uint64_t from = key >> 32U;
    require(from < senders && buffer == topic_message(key), "a damaged message");
    require((key & 0xFFFFFFFFU) == next[from], "message " + std::to_string(key & 0xFFFFFFFFU) +
                                                   " came where " + std::to_string(next[from]) +
                                                   " of its sender was due");
    next[from] = due(next[from] + 1);
    if (first) sleep_ms(late_ms);
  }
  for (const std::uint64_t n : next) require(n == per_sender, "not everything arrived");
  require_error(receiver.receive(buffer, Deadline::immediate()), Errc::closed, "after the end");
  require_error(receiver.subscribe(0), Errc::invalid, "subscribe after receive");
}

ChannelSpec topic_spec(Stage& stage, std::uint32_t senders, std::uint32_t receivers) {
  ChannelSpec spec = spec_of(64);
  spec.topic_at = place;
  spec.senders = senders;
  spec.receivers = receivers;
  if (!stage.capabilities(spec).topics) throw Skipped("declares no topics");
  return spec;
}

void topics_of_many_senders(Stage& stage) {
  stage.channel(topic_spec(stage, 3, 1));
  for (std::uint32_t index = 0; index < 3; ++index) {
    stage.side("sender", {.sends = {0}, .index = index}, publish);
  }
  stage.side("receiver", {.receives = {0}}, [](Side& side) { take_topics(side, {0, 2}, 3, 100); });
  stage.run();
}

void topics_for_many_receivers(Stage& stage) {
  stage.channel(topic_spec(stage, 1, 3));
  stage.side("sender", {.sends = {0}}, publish);
  for (std::uint32_t index = 0; index < 3; ++index) {
    stage.side("receiver", {.receives = {0}, .index = index}, [index](Side& side) {
      take_topics(side, {static_cast<std::uint8_t>(index), 3}, 1, index == 1 ? 100 : 0);
    });
  }
  stage.run();
}

void a_topic_sender_refuses(Stage& stage) {
  stage.channel(topic_spec(stage, 1, 1));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    std::vector<std::byte> message(place);
    require_error(side.sender().send(message, Deadline::never()), Errc::invalid, "no topic");
    message.resize(65);
    require_error(side.sender().send(message, Deadline::never()), Errc::too_large, "too large");
    // The receiver is not there yet, in a manner of speaking: it has not begun to receive.
    require_error(side.sender().send(topic_message(0), Deadline::immediate()), Errc::would_block,
                  "before the receiver has subscribed");
    require_error(side.sender().send(topic_message(0), Deadline::after(20'000'000)), Errc::timeout,
                  "before the receiver has subscribed");
    open_latch(side.page(), 0);
    publish(side);
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
    take_topics(side, {0, 1, 2, 3}, 1, 0);
  });
  stage.run();
}

}  // namespace

std::vector<Case> topic_cases() {
  return {{"TopicsOfManySenders", topics_of_many_senders},
          {"TopicsForManyReceivers", topics_for_many_receivers},
          {"ATopicSenderRefuses", a_topic_sender_refuses}};
}

}  // namespace ipcmark::conformance
