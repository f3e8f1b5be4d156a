// A broadcast whose receivers come and go while it runs, all of them in one process: each gets
// every message from its first one on.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "backends/transport.hpp"
#include "tests/threads/test_names.hpp"

namespace ipcmark {

BackendEntry broadcast_ring_entry();

namespace {

class Broadcast : public testing::TestWithParam<Wait> {
 protected:
  // Messages are numbers, each repeated over a length that differs.
  static std::size_t length_of(std::uint64_t number) { return 8 + number % 5 * 8; }

  void open(std::uint32_t receivers) {
    context.peer_died = &peer_died;
    channel =
        entry
            .create({.largest_message = 40, .depth = 8, .receivers = receivers, .wait = GetParam()},
                    1, names)
            .value();
  }
  void send_numbers(std::uint64_t count) {
    auto sender = entry.open_sender(channel->address(), context).value();
    for (std::uint64_t i = 0; i < count || staying.load() > 0; ++i) {
      std::uint64_t words[5] = {i, i, i, i, i};
      ASSERT_TRUE(
          sender->send(std::as_bytes(std::span(words)).first(length_of(i)), Deadline::never()));
    }
    ASSERT_TRUE(sender->close(Deadline::never()));
  }
  // Reads up to `max` messages that follow each other; how many there were, and the first.
  std::pair<std::uint64_t, std::uint64_t> read_on(Receiver& receiver, std::uint64_t max) const {
    std::uint64_t first = 0, read = 0;
    std::uint64_t words[5] = {};
    for (; read < max; ++read) {
      const auto size =
          receiver.receive(std::as_writable_bytes(std::span(words)), Deadline::never());
      if (!size) {
        EXPECT_EQ(size.error().code, Errc::closed);
        break;
      }
      if (read == 0) first = words[0];
      EXPECT_EQ(words[0], first + read);
      EXPECT_EQ(*size, length_of(words[0]));
      EXPECT_EQ(words[*size / 8 - 1], words[0]);
      if (HasFailure()) break;
    }
    return {read, first};
  }

  BackendEntry entry = broadcast_ring_entry();
  TestNames names;
  std::atomic<std::uint32_t> peer_died{0};
  std::atomic<int> staying{0};  // the sender goes on while somebody does
  OpenContext context;
  std::unique_ptr<Channel> channel;
};

TEST_P(Broadcast, ReachesEveryReceiver) {
  constexpr std::uint64_t count = 1'000;
  open(3);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      auto receiver = entry.open_receiver(channel->address(), context).value();
      const auto [read, first] = read_on(*receiver, 2 * count);
      EXPECT_EQ(read, count);
      EXPECT_EQ(first, 0U);
    });
  }
  send_numbers(count);
  for (std::thread& thread : threads) thread.join();
}

TEST_P(Broadcast, GoesOnWhileReceiversComeAndGo) {
  open(1);
  staying = 2;
  std::vector<std::thread> threads;
  // There before the sender begins, and until it ends.
  auto receiver = entry.open_receiver(channel->address(), context).value();
  threads.emplace_back([&] {
    const auto [read, first] = read_on(*receiver, ~std::uint64_t{0});
    EXPECT_EQ(first, 0U);
  });
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      // Who spins where there are more threads than CPUs gets on by the scheduler alone.
      const int visits = GetParam() == Wait::spin ? 15 : 60;
      for (int visit = 0; visit < visits && !HasFailure(); ++visit) {
        auto visitor = entry.open_receiver(channel->address(), context).value();
        EXPECT_EQ(read_on(*visitor, 10).first, 10U);
      }
      --staying;
    });
  }
  send_numbers(0);
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(All, Broadcast, testing::Values(Wait::block, Wait::spin, Wait::hybrid),
                         [](const testing::TestParamInfo<Wait>& row) {
                           return to_string(row.param);
                         });

}  // namespace
}  // namespace ipcmark
