// A sender that comes while the one before it is still sending: it takes over behind the last
// message of that one, whenever that one goes.
#include <functional>
#include <utility>

#include "backends/cells/broadcast_ends.hpp"
#include "backends/cells/lossy_ring.hpp"
#include "tests/unit/backends/cells/dying.hpp"

namespace ipcmark {
namespace {
using namespace dying;

// Lets something happen at a step to come.
struct LaterSteps {
  static constexpr bool watched = true;
  static inline std::function<void()> what;
  static inline int left = 0;
  static void at() {
    if (what && left-- == 0) std::exchange(what, nullptr)();
  }
};

// Of an heir's joining, at each step of which the sender before it sends its last message and goes.
// There are dead receivers, so that the heir has more steps to take.
template <class Source, class Heir, class Sink>
void expect_to_take_over(std::uint64_t (*bytes_for)(const ChannelSpec&)) {
  bool happened = true;
  int heirs = 0;
  for (int k = 0; happened && !testing::Test::HasFailure(); ++k) {
    SCOPED_TRACE(k);
    World world(1, 1, bytes_for);
    auto sink = world.open<Sink>();
    auto source = world.open<Source>();
    EXPECT_TRUE(dies_at(-1, [&] {
      auto first = world.open<Sink>();
      auto second = world.open<Sink>();
      ::_exit(died);
    }));
    ASSERT_TRUE(send(*source, 1));
    happened = false;
    LaterSteps::left = k;
    LaterSteps::what = [&] {
      happened = true;
      EXPECT_TRUE(send(*source, 2));
      EXPECT_TRUE(source->close(Deadline::never()));
    };
    auto successor = world.try_open<Heir>();
    LaterSteps::what = nullptr;
    if (successor) {
      ++heirs;
      EXPECT_TRUE(send(**successor, 3));
    } else {
      EXPECT_EQ(successor.error().code, Errc::invalid);
    }
    std::vector<std::uint64_t> sent{1}, received;
    if (happened) sent.push_back(2);
    if (successor) sent.push_back(3);
    for (auto key = receive(*sink); key; key = receive(*sink)) received.push_back(*key);
    EXPECT_EQ(received, sent);
  }
  EXPECT_GT(heirs, 3);
}

TEST(Heir, OfABroadcastBeginsBehindTheLastMessage) {
  expect_to_take_over<ring::BroadcastSender<>, ring::BroadcastSender<LaterSteps>,
                      ring::BroadcastReceiver<>>(ring::broadcast_object_bytes);
}

TEST(Heir, OfALossyRingBeginsBehindTheLastMessage) {
  expect_to_take_over<ring::LossySender<>, ring::LossySender<LaterSteps>, ring::LossyReceiver<>>(
      ring::lossy_object_bytes);
}

}  // namespace
}  // namespace ipcmark
