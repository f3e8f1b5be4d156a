// The ring of cells with nobody dying: order, fullness, ends that come and go, its shape.
#include <algorithm>
#include <bit>

#include "backends/cells/cell_ends.hpp"
#include "results/splitmix.hpp"
#include "tests/unit/backends/cells/dying.hpp"

namespace ipcmark {
namespace {
using namespace dying;

// A sender that stands still in the middle of a message holds up nobody; its messages still come in
// order.
TEST(CellRing, PassesByAClaimAndKeepsEachSendersOrder) {
  World world(2, 1, ring::cell_object_bytes);
  auto slow = world.open<ring::CellSender<>>();
  auto quick = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  const auto message = message_of(1);
  const auto place = slow->loan(message.size(), Deadline::immediate());
  ASSERT_TRUE(place);
  ASSERT_TRUE(send(*quick, 10));
  ASSERT_TRUE(send(*quick, 11));
  EXPECT_EQ(receive(*receiver).value_or(0), 10U);
  std::memcpy(place->data(), message.data(), message.size());
  ASSERT_TRUE(slow->publish(message.size()));
  ASSERT_TRUE(send(*slow, 2));
  EXPECT_EQ(receive(*receiver).value_or(0), 1U);
  EXPECT_EQ(receive(*receiver).value_or(0), 11U);
  EXPECT_EQ(receive(*receiver).value_or(0), 2U);
}

// Lets something happen at the next step.
struct InterruptedSteps {
  static constexpr bool watched = true;
  static inline std::function<void()> interruption;
  static void at() {
    if (const auto once = std::exchange(interruption, nullptr)) once();
  }
};

// Between the look at a claim and the look at what follows, its sender may have committed both.
TEST(CellRing, LooksAgainAtAClaimBeforeItTakesALaterMessageOfThatSender) {
  World world(1, 1, ring::cell_object_bytes);
  auto sender = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<InterruptedSteps>>();
  const auto message = message_of(1);
  const auto place = sender->loan(message.size(), Deadline::immediate());
  ASSERT_TRUE(place);
  InterruptedSteps::interruption = [&] {
    std::memcpy(place->data(), message.data(), message.size());
    EXPECT_TRUE(sender->publish(message.size()));
    EXPECT_TRUE(send(*sender, 2));
  };
  EXPECT_EQ(receive(*receiver).value_or(0), 1U);
  EXPECT_EQ(receive(*receiver).value_or(0), 2U);
}

// Fills a place with message `key` and publishes it.
void publish(Sender& sender, std::span<std::byte> place, std::uint64_t key) {
  const auto message = message_of(key);
  std::copy(message.begin(), message.end(), place.begin());
  EXPECT_TRUE(sender.publish(message.size()));
}

// All places of a sender are passed by, and its messages come in the order of its places.
TEST(CellRing, PassesBySeveralPlacesOfOneSender) {
  World world(2, 2, ring::cell_object_bytes, 8);
  auto slow = world.open<ring::CellSender<>>();
  auto quick = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  auto another = world.open<ring::CellReceiver<>>();
  std::vector<std::span<std::byte>> places;
  for (std::uint64_t key = 0; key < 3; ++key) {
    places.push_back(slow->loan(largest, Deadline::immediate()).value());
    ASSERT_TRUE(send(*quick, 10 + key));
  }
  for (std::uint64_t key = 10; key < 13; ++key) EXPECT_EQ(receive(*receiver).value_or(0), key);
  EXPECT_FALSE(receive(*another));
  publish(*slow, places[0], 1);
  publish(*slow, places[1], 2);
  ASSERT_TRUE(send(*quick, 13));
  EXPECT_EQ(receive(*another).value_or(0), 1U);  // which `receiver` has passed by
  EXPECT_EQ(receive(*receiver).value_or(0), 2U);
  EXPECT_EQ(receive(*receiver).value_or(0), 13U);
  publish(*slow, places[2], 3);
  EXPECT_EQ(receive(*receiver).value_or(0), 3U);
  EXPECT_FALSE(receive(*receiver));
  EXPECT_FALSE(receive(*another));
}

TEST(CellRing, GivesBackAllPlacesThatAreNotPublished) {
  World world(1, 1, ring::cell_object_bytes);
  auto sender = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  for (std::uint64_t key = 1; key < 4 * world.cells(); ++key) {
    const auto first = sender->loan(largest, Deadline::immediate());
    ASSERT_TRUE(first);
    ASSERT_TRUE(sender->loan(largest, Deadline::immediate()));
    ASSERT_TRUE(sender->loan(largest, Deadline::immediate()));
    EXPECT_FALSE(receive(*receiver));
    EXPECT_EQ(sender->send(message_of(1), Deadline::immediate()).error().code, Errc::invalid);
    publish(*sender, *first, key);
    sender->abandon();
    ASSERT_TRUE(send(*sender, 1000 + key));
    EXPECT_EQ(receive(*receiver).value_or(0), key);
    EXPECT_EQ(receive(*receiver).value_or(0), 1000 + key);
  }
  EXPECT_EQ(receiver->lost(), 0U);
}

TEST(CellRing, IsFullOnlyWhereAClaimIsInTheWay) {
  World world(2, 1, ring::cell_object_bytes);
  auto slow = world.open<ring::CellSender<>>();
  auto quick = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  ASSERT_TRUE(slow->loan(8, Deadline::immediate()));
  for (std::uint64_t i = 1; i < world.cells(); ++i) {
    ASSERT_TRUE(send(*quick, i));
    EXPECT_EQ(receive(*receiver).value_or(0), i);
  }
  EXPECT_EQ(quick->send(message_of(9), Deadline::immediate()).error().code, Errc::would_block);
  slow->abandon();
  EXPECT_TRUE(quick->send(message_of(9), Deadline::immediate()));
  EXPECT_EQ(receive(*receiver).value_or(0), 9U);
  EXPECT_EQ(receiver->lost(), 0U);
}

// Others have used all cells but the one that it has on loan, and its next place would be that one.
TEST(CellRing, ASenderDoesNotWaitForItsOwnLoan) {
  for (const std::uint32_t senders : {2U, 1U}) {  // of one, and another that came beside it
    World world(senders, 1, ring::cell_object_bytes);
    auto lending = world.open<ring::CellSender<>>();
    auto quick = world.open<ring::CellSender<>>();
    auto receiver = world.open<ring::CellReceiver<>>();
    const auto place = lending->loan(largest, Deadline::immediate());
    ASSERT_TRUE(place);
    for (std::uint64_t i = 1; i < world.cells(); ++i) {
      ASSERT_TRUE(send(*quick, i));
      EXPECT_EQ(receive(*receiver).value_or(0), i);
    }
    const auto second = lending->loan(largest, Deadline::after(1'000'000'000));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::would_block);
    publish(*lending, *place, 7);
    EXPECT_EQ(receive(*receiver).value_or(0), 7U);
    EXPECT_TRUE(lending->loan(largest, Deadline::immediate()));
  }
}

TEST(CellRing, LetsEndsComeAndGo) {
  World world(1, 1, ring::cell_object_bytes);
  auto receiver = world.open<ring::CellReceiver<>>();
  for (std::uint64_t i = 0; i < 3 * ring::max_ends; ++i) {
    auto sender = world.open<ring::CellSender<>>();
    ASSERT_TRUE(send(*sender, i));
    ASSERT_TRUE(sender->close(Deadline::never()));
    ASSERT_EQ(receive(*receiver).value_or(~0U), i);
  }
  EXPECT_EQ(receive(*receiver).error().code, Errc::closed);
}

// A hint may be as old as one likes: an end may stand still before it stores it. Whoever comes then
// finds the next place, or the next message, in one call.
TEST(CellRing, AnOldHintHidesNothing) {
  for (const std::uint64_t laps : {0U, 1U, 2U, 3U, 100U}) {
    SCOPED_TRACE(laps);
    World world(1, 1, ring::cell_object_bytes);
    auto& control = *reinterpret_cast<ring::CellControl*>(world.memory());
    auto sender = world.open<ring::CellSender<>>();
    auto receiver = world.open<ring::CellReceiver<>>();
    for (std::uint64_t key = 0; key < laps * world.cells() + 2; ++key) {
      ASSERT_TRUE(sender->send(message_of(key), Deadline::immediate()));
      ASSERT_EQ(receive(*receiver).value_or(~0U), key);
    }
    control.next_claim.store(0);
    control.next_take.store(0);
    auto late_sender = world.open<ring::CellSender<>>();
    ASSERT_TRUE(late_sender->send(message_of(1000), Deadline::immediate()));
    ASSERT_TRUE(sender->send(message_of(1001), Deadline::immediate()));
    control.next_take.store(0);
    auto late_receiver = world.open<ring::CellReceiver<>>();
    EXPECT_EQ(receive(*late_receiver).value_or(0), 1000U);
    EXPECT_EQ(receive(*receiver).value_or(0), 1001U);
    EXPECT_FALSE(receive(*late_receiver));
  }
}

// Who was held up in the middle of a message leaves the hint where others have brought it since.
TEST(CellRing, NobodyTakesAHintBack) {
  World world(2, 1, ring::cell_object_bytes);
  auto& control = *reinterpret_cast<ring::CellControl*>(world.memory());
  auto slow = world.open<ring::CellSender<>>();
  auto quick = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  const auto place = slow->loan(largest, Deadline::immediate());
  ASSERT_TRUE(place);
  ASSERT_TRUE(send(*quick, 1));
  ASSERT_TRUE(send(*quick, 2));
  const std::uint64_t hint = control.next_claim.load();
  publish(*slow, *place, 3);
  EXPECT_EQ(control.next_claim.load(), hint);
  std::uint64_t seen = 0;
  for (auto key = receive(*receiver); key; key = receive(*receiver)) seen |= 1U << *key;
  EXPECT_EQ(seen, 0b1110U);
}

// What ends that spin wait for, over several laps.
TEST(CellRing, TellsHowFullItIs) {
  World world(1, 1, ring::cell_object_bytes, 8);
  ring::CellRing<> sending(world.memory(), world.spec());
  ring::CellRing<> receiving(world.memory(), world.spec());
  const auto send = [&] {
    ring::CellRing<>::Place place;
    if (!sending.claim(place)) return false;
    sending.commit(place, 0, std::memory_order_release);
    return true;
  };
  const auto receive = [&] {
    ring::CellRing<>::Place place;
    ASSERT_EQ(receiving.look(place), ring::CellRing<>::Look::found);
    ASSERT_TRUE(receiving.take(place));
    receiving.free(place, std::memory_order_release);
  };
  for (int lap = 0; lap < 5; ++lap) {
    for (int i = 0; i < 8; ++i) {
      EXPECT_EQ(receiving.is_half_full(), i > 4) << i;
      ASSERT_TRUE(send());
    }
    ASSERT_FALSE(send());
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(sending.is_roomy()) << i;
      receive();
    }
    EXPECT_TRUE(sending.is_roomy());
    for (int i = 3; i < 8; ++i) receive();
  }
}

TEST(CellLayout, IsAFunctionOfTheSpec) {
  for (const std::uint64_t size : {0U, 1U, 48U, 49U, 1023U, 1024U, 100'000U, 1U << 26U}) {
    for (const std::uint32_t depth : {0U, 1U, 3U, 64U}) {
      ChannelSpec spec;
      spec.largest_message = size;
      spec.depth = depth;
      const ring::CellLayout layout = ring::cell_layout_for(spec);
      EXPECT_TRUE(std::has_single_bit(layout.cells));
      EXPECT_GE(layout.cells, std::max(depth, 2U));
      EXPECT_GE(layout.cell_bytes, layout.payload_offset + size);
      EXPECT_EQ(layout.cell_bytes % 64, 0U);
      EXPECT_EQ(layout.payload_offset % 16, 0U);
      EXPECT_GE(layout.mapped, layout.cells * layout.cell_bytes);
    }
  }
}

// Of many ends, each of which may hold places or messages for as long as it likes: whatever the
// order in which they take their steps, each message comes once, whole, and in its sender's order.
class ManyEnds {
 public:
  ManyEnds(std::uint64_t seed, std::uint32_t cells)
      : random_(seed), world_(senders, receivers, ring::cell_object_bytes, cells) {
    for (Source& source : sources_) source.end = world_.open<ring::CellSender<>>();
    for (Sink& sink : sinks_) sink.end = world_.open<ring::CellReceiver<>>();
  }

  void step() {
    const std::uint64_t who = next_random(random_) % (senders + receivers);
    if (who < senders) {
      send(who);
    } else {
      receive(sinks_[who - senders]);
    }
  }
  // All that is held is sent and read; then what was sent has come.
  void finish() {
    for (Sink& sink : sinks_) {
      while (!sink.held.empty()) release(sink);
    }
    for (std::uint64_t i = 0; i < senders; ++i) {
      while (!sources_[i].places.empty()) publish_oldest(i);
    }
    for (int i = 0; i < 100; ++i) {
      receive(sinks_[0]);
      release(sinks_[0]);
    }
    for (const Source& source : sources_) EXPECT_EQ(source.received, source.sent);
    EXPECT_EQ(sinks_[0].end->lost(), 0U);
  }

 private:
  static constexpr std::uint64_t senders = 3, receivers = 2;
  static constexpr std::size_t max_held = 2;  // of each receiver; there are four cells or more
  struct Source {
    std::unique_ptr<ring::CellSender<>> end;
    std::vector<std::span<std::byte>> places;  // on loan, oldest first
    std::uint64_t sent = 0, received = 0;
  };
  struct Sink {
    std::unique_ptr<ring::CellReceiver<>> end;
    std::vector<std::span<const std::byte>> held;  // borrowed, oldest first
    std::uint64_t next[senders] = {};              // of each sender, the least that may come
  };
  static std::uint64_t key_of(std::uint64_t sender, std::uint64_t number) {
    return number * senders + sender;
  }

  void publish_oldest(std::uint64_t who) {
    Source& source = sources_[who];
    publish(*source.end, source.places.front(), key_of(who, source.sent++));
    source.places.erase(source.places.begin());
  }
  void send(std::uint64_t who) {
    Source& source = sources_[who];
    const std::uint64_t choice = next_random(random_) % 8;
    if (choice < 3) {
      const auto place = source.end->loan(largest, Deadline::immediate());
      if (place) source.places.push_back(*place);
    } else if (source.places.empty()) {
      const auto message = message_of(key_of(who, source.sent));
      if (source.end->send(message, Deadline::immediate())) ++source.sent;
    } else if (choice == 3) {
      source.end->abandon();
      source.places.clear();
    } else {
      publish_oldest(who);
    }
  }
  void release(Sink& sink) {
    if (sink.held.empty()) return;
    EXPECT_TRUE(is_whole(sink.held.front()));
    sink.held.erase(sink.held.begin());
    sink.end->release();
  }
  static bool is_whole(std::span<const std::byte> message) {
    std::uint64_t key = 0;
    std::memcpy(&key, message.data(), sizeof key);
    const auto expected = message_of(key);
    return std::equal(message.begin(), message.end(), expected.begin(), expected.end());
  }
  void receive(Sink& sink) {
    if (!sink.held.empty() && next_random(random_) % 2 == 0) return release(sink);
    if (sink.held.size() == max_held) return;
    const auto message = sink.end->borrow(Deadline::immediate());
    if (!message) return;
    sink.held.push_back(*message);
    std::uint64_t key = 0;
    std::memcpy(&key, message->data(), sizeof key);
    EXPECT_TRUE(is_whole(*message));
    EXPECT_GE(key / senders, sink.next[key % senders]) << "of sender " << key % senders;
    sink.next[key % senders] = key / senders + 1;
    ++sources_[key % senders].received;
  }

  std::uint64_t random_;
  World world_;
  Source sources_[senders];
  Sink sinks_[receivers];
};

TEST(CellRing, KeepsEverySendersOrderWhateverTheSteps) {
  for (std::uint64_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    ManyEnds many_ends(seed, seed % 2 == 0 ? 4 : 16);
    for (int i = 0; i < 300; ++i) many_ends.step();
    many_ends.finish();
  }
}

}  // namespace
}  // namespace ipcmark
