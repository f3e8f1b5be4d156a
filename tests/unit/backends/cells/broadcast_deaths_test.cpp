// Ends of a broadcast that die between any two stores that others can see: the other receivers must
// get every message, whole and in order, and the sender must not wait for the dead.
#include "backends/cells/broadcast_ends.hpp"
#include "tests/unit/backends/cells/dying.hpp"

namespace ipcmark {
namespace {
using namespace dying;

constexpr std::uint64_t second = 1'000'000'000;

using Source = ring::BroadcastSender<>;
using Sink = ring::BroadcastReceiver<>;
using DyingSource = ring::BroadcastSender<Steps>;
using DyingSink = ring::BroadcastReceiver<Steps>;

ring::BroadcastControl& control_of(const World& world) {
  return *reinterpret_cast<ring::BroadcastControl*>(world.memory());
}

// Sends 1 to 3, one of them in place, and goes.
void send_and_say(World& world) {
  auto sender = world.try_open<DyingSource>();
  if (!sender) ::_exit(1);
  const auto sent = [&] { world.page().sent.fetch_add(1); };
  if ((*sender)->send(message_of(1), Deadline::immediate())) sent();
  if ((*sender)->loan(largest, Deadline::immediate())) (*sender)->abandon();
  const auto message = message_of(2);
  if (const auto place = (*sender)->loan(message.size(), Deadline::immediate())) {
    std::memcpy(place->data(), message.data(), message.size());
    if ((*sender)->publish(message.size())) sent();
  }
  if ((*sender)->send(message_of(3), Deadline::immediate())) sent();
  if (!(*sender)->close(Deadline::never())) ::_exit(1);
}

TEST(BroadcastDeaths, OfTheSenderAtEveryStep) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 2, ring::broadcast_object_bytes);
    auto first = world.open<Sink>();
    auto second_sink = world.open<Sink>();
    const bool killed = dies_at(k, [&] { send_and_say(world); });
    std::uint64_t next_first = 1, next_second = 1;
    const auto take = [](Sink& sink, std::uint64_t& next) {
      const auto key = receive(sink);
      if (!key) return false;
      // What the heir sends begins at 100, wherever the dead one stopped.
      EXPECT_TRUE(*key == next || (*key == 100 && next < 100)) << *key << " after " << next - 1;
      next = *key + 1;
      return true;
    };
    // One receiver has read all of it before another sender takes over, the other is behind.
    while (take(*first, next_first)) {
    }
    const std::uint64_t of_the_dead = next_first - 1;
    auto successor = world.open<Source>();
    for (std::uint64_t key = 100; key < 100 + 2 * world.cells(); ++key) {
      while (!successor->send(message_of(key), Deadline::immediate())) {
        const bool any = take(*first, next_first) | take(*second_sink, next_second);
        EXPECT_TRUE(any) << "no room and nothing to receive";
        if (testing::Test::HasFailure()) return false;
      }
    }
    while (take(*first, next_first)) {
    }
    while (take(*second_sink, next_second)) {
    }
    EXPECT_EQ(next_first, 100 + 2 * world.cells());
    EXPECT_EQ(next_second, next_first);
    const std::uint64_t sent = world.page().sent.load();
    EXPECT_TRUE(of_the_dead == sent || of_the_dead == sent + 1) << of_the_dead << " of " << sent;
    EXPECT_TRUE(successor->close(Deadline::never()));
    const auto end = receive(*first);
    EXPECT_TRUE(!end && (end.error().code == Errc::closed || end.error().code == Errc::peer_died));
    return killed;
  });
}

// The sender waits for the victim to join, and then for nobody who is dead.
TEST(BroadcastDeaths, OfAReceiverAtEveryStep) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 2, ring::broadcast_object_bytes);
    auto survivor = world.open<Sink>();
    auto sender = world.open<Source>();
    const pid_t pid = start(k, [&] {
      auto victim = world.open<DyingSink>();
      std::vector<std::byte> buffer(largest);
      if (!victim->receive(buffer, Deadline::after(20 * second))) ::_exit(1);
      if (!victim->borrow(Deadline::after(20 * second))) ::_exit(1);
      victim->release();
      if (!victim->receive(buffer, Deadline::after(20 * second))) ::_exit(1);
    });
    // Who dies before it has joined is waited for: another comes, and goes.
    if (k == 0) (void)world.open<Sink>();
    for (std::uint64_t key = 0; key < 3 * world.cells(); ++key) {
      EXPECT_TRUE(sender->send(message_of(key), Deadline::after(20 * second)));
      EXPECT_EQ(receive(*survivor).value_or(99), key);
    }
    const bool killed = has_died(pid);
    EXPECT_TRUE(sender->close(Deadline::never()));
    EXPECT_EQ(receive(*survivor).error().code, Errc::closed);
    return killed;
  });
}

// What it had lent and not published nobody sees; what it had published is whole.
TEST(BroadcastDeaths, OfASenderWithSeveralLoans) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 1, ring::broadcast_object_bytes);
    auto sink = world.open<Sink>();
    const bool killed = dies_at(k, [&] {
      auto sender = world.open<DyingSource>();
      std::span<std::byte> places[3];
      for (auto& place : places) place = sender->loan(largest, Deadline::immediate()).value();
      for (std::uint64_t i = 3; i-- > 0;) {
        const auto message = message_of(i + 1);
        std::memcpy(places[i].data(), message.data(), message.size());
      }
      for (std::uint64_t key = 1; key <= 2; ++key) {
        if (sender->publish(message_of(key).size())) world.page().sent.fetch_add(1);
      }
    });
    std::uint64_t last = 0;
    for (auto key = receive(*sink); key; key = receive(*sink)) EXPECT_EQ(*key, ++last);
    EXPECT_TRUE(last == world.page().sent.load() || last == world.page().sent.load() + 1);
    EXPECT_LE(last, 2U);
    return killed;
  });
}

TEST(BroadcastDeaths, OfAReceiverThatHoldsSeveral) {
  World world(1, 2, ring::broadcast_object_bytes);
  auto survivor = world.open<Sink>();
  auto sender = world.open<Source>();
  const pid_t pid = start(1000, [&] {
    auto victim = world.open<DyingSink>();
    for (int i = 0; i < 3; ++i) {
      if (!victim->borrow(Deadline::after(20 * second))) ::_exit(1);
    }
    ::_exit(died);
  });
  for (std::uint64_t key = 0; key < 3 * world.cells(); ++key) {
    EXPECT_TRUE(sender->send(message_of(key), Deadline::after(20 * second)));
    EXPECT_EQ(receive(*survivor).value_or(99), key);
  }
  EXPECT_TRUE(has_died(pid));
}

// A receiver that is asleep when the sender dies is told of its message, or of its death.
TEST(BroadcastDeaths, OfTheSenderWhileReceiversSleep) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 2, ring::broadcast_object_bytes);
    std::vector<pid_t> waiters;
    for (int i = 0; i < 2; ++i) {
      waiters.push_back(start(-1, [&] {
        auto receiver = world.open<Sink>();
        std::vector<std::byte> buffer(largest);
        const auto size = receiver->receive(buffer, Deadline::after(20 * second));
        const bool reported =
            size ? *size == message_of(5).size() : size.error().code == Errc::peer_died;
        world.page().received.fetch_add(size ? 1 : 0);
        ::_exit(reported ? 0 : 1);
      }));
    }
    while (control_of(world).data.counts.load() < 2 * ring::one_announced) ::usleep(100);
    const bool killed = dies_at(k, [&] {
      auto sender = world.open<DyingSource>();
      if (sender->send(message_of(5), Deadline::immediate())) world.page().sent.store(1);
      (void)sender->close(Deadline::never());
    });
    // Had it not joined before it died, they would wait for it.
    if (k == 0) (void)world.open<Source>()->send(message_of(5), Deadline::never());
    for (const pid_t pid : waiters) EXPECT_FALSE(has_died(pid));
    if (world.page().sent.load() == 1) {
      EXPECT_EQ(world.page().received.load(), 2U);
    }
    return killed;
  });
}

TEST(BroadcastRing, StartsALateReceiverWithTheNextMessage) {
  World world(1, 1, ring::broadcast_object_bytes);
  auto early = world.open<Sink>();
  auto sender = world.open<Source>();
  ASSERT_TRUE(send(*sender, 1));
  auto late = world.open<Sink>();
  EXPECT_EQ(receive(*late).error().code, Errc::would_block);
  ASSERT_TRUE(send(*sender, 2));
  EXPECT_EQ(receive(*early).value_or(0), 1U);
  EXPECT_EQ(receive(*late).value_or(0), 2U);
  EXPECT_EQ(receive(*early).value_or(0), 2U);
}

TEST(BroadcastRing, WaitsForAsManyReceiversAsItsSpecSays) {
  World world(1, 2, ring::broadcast_object_bytes);
  auto sender = world.open<Source>();
  auto first = world.open<Sink>();
  EXPECT_EQ(sender->send(message_of(1), Deadline::immediate()).error().code, Errc::would_block);
  auto second_sink = world.open<Sink>();
  ASSERT_TRUE(sender->send(message_of(1), Deadline::immediate()));
  EXPECT_EQ(receive(*first).value_or(0), 1U);
  EXPECT_EQ(receive(*second_sink).value_or(0), 1U);
}

TEST(BroadcastRing, IsHeldUpByTheSlowestAlone) {
  World world(1, 2, ring::broadcast_object_bytes);
  auto quick = world.open<Sink>();
  auto slow = world.open<Sink>();
  auto sender = world.open<Source>();
  for (std::uint64_t key = 0; key < world.cells(); ++key) {
    ASSERT_TRUE(sender->send(message_of(key), Deadline::immediate()));
    EXPECT_EQ(receive(*quick).value_or(99), key);
  }
  EXPECT_EQ(sender->send(message_of(9), Deadline::immediate()).error().code, Errc::would_block);
  EXPECT_EQ(receive(*slow).value_or(99), 0U);
  EXPECT_TRUE(sender->send(message_of(9), Deadline::immediate()));
  EXPECT_EQ(sender->send(message_of(10), Deadline::immediate()).error().code, Errc::would_block);
  slow.reset();  // one that leaves holds up nobody
  EXPECT_TRUE(sender->send(message_of(10), Deadline::immediate()));
}

TEST(BroadcastRing, TellsAReceiverWhenItIsHalfFull) {
  World world(1, 1, ring::broadcast_object_bytes);
  auto sink = world.open<Sink>();
  auto sender = world.open<Source>();
  ring::BroadcastRing<> receiving(world.memory(), world.spec());
  for (std::uint64_t lap = 0; lap < 3; ++lap) {
    for (std::uint64_t key = 0; key < world.cells(); ++key) {
      EXPECT_EQ(receiving.is_half_full(), key > world.cells() / 2);
      ASSERT_TRUE(send(*sender, key));
    }
    for (std::uint64_t key = 0; key < world.cells(); ++key) {
      EXPECT_EQ(receive(*sink).value_or(99), key);
      receiving.pass(std::memory_order_relaxed);
    }
  }
}

TEST(BroadcastRing, HasOneSender) {
  World world(1, 1, ring::broadcast_object_bytes);
  auto receiver = world.open<Sink>();
  auto sender = world.open<Source>();
  const auto other = world.try_open<Source>();
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::invalid);
  ASSERT_TRUE(send(*sender, 1));
  ASSERT_TRUE(sender->close(Deadline::never()));
  EXPECT_EQ(receive(*receiver).value_or(0), 1U);
  EXPECT_EQ(receive(*receiver).error().code, Errc::closed);
}

}  // namespace
}  // namespace ipcmark
