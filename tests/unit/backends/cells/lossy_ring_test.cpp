// A sender that never waits: what its receivers get is whole and in order, and they count what was
// overwritten; also when it dies between any two stores that others can see.
#include "backends/cells/lossy_ring.hpp"
#include "tests/unit/backends/cells/dying.hpp"

namespace ipcmark {
namespace {
using namespace dying;

using Source = ring::LossySender<>;
using Sink = ring::LossyReceiver<>;
using DyingSource = ring::LossySender<Steps>;

constexpr auto at_once = Deadline::immediate();

Errc error_of(Sink& sink) { return receive(sink).error().code; }

TEST(LossyRing, HoldsAsManyAsItHasCellsAndLosesNothingThen) {
  World world(1, 1, ring::lossy_object_bytes);
  auto sender = world.open<Source>();
  auto sink = world.open<Sink>();
  EXPECT_EQ(error_of(*sink), Errc::would_block);
  EXPECT_FALSE(sink->ready());
  for (std::uint64_t key = 0; key < world.cells(); ++key) {
    ASSERT_TRUE(sender->send(message_of(key), at_once));
  }
  EXPECT_TRUE(sink->ready());
  for (std::uint64_t key = 0; key < world.cells(); ++key)
    EXPECT_EQ(receive(*sink).value_or(99), key);
  EXPECT_EQ(error_of(*sink), Errc::would_block);
  EXPECT_EQ(sink->lost(), 0U);
}

TEST(LossyRing, WhoWasOvertakenGoesOnWithTheNewestAndCountsTheOthers) {
  World world(1, 1, ring::lossy_object_bytes);
  auto sender = world.open<Source>();
  auto sink = world.open<Sink>();
  for (std::uint64_t key = 0; key <= world.cells(); ++key) {
    ASSERT_TRUE(sender->send(message_of(key), at_once));  // one more than there is room for
  }
  EXPECT_EQ(receive(*sink).value_or(99), world.cells());
  EXPECT_EQ(sink->lost(), world.cells());
  EXPECT_EQ(error_of(*sink), Errc::would_block);
  ASSERT_TRUE(sender->send(message_of(77), at_once));
  EXPECT_EQ(receive(*sink).value_or(99), 77U);
  ASSERT_TRUE(sender->close(Deadline::never()));
  EXPECT_EQ(error_of(*sink), Errc::closed);
  EXPECT_EQ(sink->lost(), world.cells());
}

TEST(LossyRing, OneThatComesLaterGetsWhatIsSentFromThenOn) {
  World world(1, 1, ring::lossy_object_bytes);
  auto sender = world.open<Source>();
  ASSERT_TRUE(sender->send(message_of(1), at_once));
  auto sink = world.open<Sink>();  // of the one that the spec counts
  auto late = world.open<Sink>();
  ASSERT_TRUE(sender->send(message_of(2), at_once));
  EXPECT_EQ(receive(*sink).value_or(99), 1U);
  EXPECT_EQ(receive(*sink).value_or(99), 2U);
  EXPECT_EQ(receive(*late).value_or(99), 2U);
  EXPECT_EQ(late->lost(), 0U);
}

TEST(LossyRing, AMessageThatDoesNotFitStays) {
  World world(1, 1, ring::lossy_object_bytes);
  auto sender = world.open<Source>();
  auto sink = world.open<Sink>();
  ASSERT_TRUE(sender->send(message_of(80), at_once));
  std::byte small[4];
  EXPECT_EQ(sink->receive(small, at_once).error().code, Errc::too_large);
  EXPECT_EQ(receive(*sink).value_or(99), 80U);
  const std::vector<std::byte> large(largest + 1);
  EXPECT_EQ(sender->send(large, at_once).error().code, Errc::too_large);
}

TEST(LossyRing, ASenderWithoutReceiversIsTold) {
  World world(1, 1, ring::lossy_object_bytes);
  auto sender = world.open<Source>();
  auto sink = world.open<Sink>();
  ASSERT_TRUE(sender->send(message_of(1), at_once));
  sink.reset();
  EXPECT_EQ(sender->send(message_of(2), at_once).error().code, Errc::peer_died);
}

TEST(LossyRing, TakesOneSender) {
  World world(1, 1, ring::lossy_object_bytes);
  auto sender = world.open<Source>();
  const auto second = world.try_open<Source>();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::invalid);
}

// Half a lap, so that the death is over old messages and over none. Whatever was sent whole is
// received, or overwritten by the heir; nothing torn, nothing twice, nothing out of order.
TEST(LossyRing, OfADeadSenderNothingTornIsRead) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 1, ring::lossy_object_bytes);
    auto sink = world.open<Sink>();
    const bool killed = dies_at(k, [&] {
      auto sender = world.try_open<DyingSource>();
      if (!sender) ::_exit(1);
      for (std::uint64_t key = 1; key <= 6; ++key) {
        if ((*sender)->send(message_of(key), at_once)) world.page().sent.fetch_add(1);
      }
    });
    const std::uint64_t sent = world.page().sent.load();
    std::uint64_t last = 0;
    for (auto key = receive(*sink); key; key = receive(*sink)) {
      EXPECT_GT(*key, last);
      last = *key;
    }
    EXPECT_TRUE(last == sent || last == sent + 1) << last << " of " << sent;
    auto successor = world.open<Source>();
    for (std::uint64_t key = 100; key < 103; ++key) {
      EXPECT_TRUE(successor->send(message_of(key), at_once));
      EXPECT_EQ(receive(*sink).value_or(99), key);
    }
    return killed;
  });
}

}  // namespace
}  // namespace ipcmark
