// A sender that overtakes its receivers, all in one process: nothing torn, nothing out of order,
// and what was lost is counted.
#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "backends/cells/cell_channel.hpp"
#include "backends/cells/lossy_ring.hpp"
#include "tests/threads/test_names.hpp"

namespace ipcmark {

BackendEntry lossy_ring_entry();

namespace {

using Source = ring::LossySender<>;
using Sink = ring::LossyReceiver<>;

constexpr std::uint64_t messages = 20'000;
constexpr std::size_t largest = 1000;

// Of every length, and all of its bytes from its number.
std::vector<std::byte> message_of(std::uint64_t number) {
  std::vector<std::byte> message(sizeof number + number % (largest - sizeof number),
                                 static_cast<std::byte>(number * 31));
  std::memcpy(message.data(), &number, sizeof number);
  return message;
}

class LossyThreads : public testing::TestWithParam<Wait> {
 protected:
  LossyThreads() {
    spec.largest_message = largest;
    spec.depth = 4;
    spec.receivers = 3;
    spec.wait = GetParam();
    channel = lossy_ring_entry().create(spec, 7, names).value();
    context.peer_died = &peer_died;
  }
  template <class End>
  std::unique_ptr<End> open() {
    return ring::open_cell_end<End>("lossy_ring", channel->address(),
                                    ring::lossy_object_bytes(spec), context)
        .value();
  }

  TestNames names;
  ChannelSpec spec;
  std::unique_ptr<Channel> channel;
  std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
};

// Until the end; how many came.
std::uint64_t read_all(Sink& sink) {
  std::vector<std::byte> buffer(largest);
  std::uint64_t came = 0, next = 0;
  for (;;) {
    const auto size = sink.receive(buffer, Deadline::never());
    if (!size) {
      EXPECT_EQ(size.error().code, Errc::closed);
      return came;
    }
    std::uint64_t number = 0;
    std::memcpy(&number, buffer.data(), sizeof number);
    const auto expected = message_of(number);
    EXPECT_EQ(*size, expected.size());
    EXPECT_EQ(std::memcmp(buffer.data(), expected.data(), *size), 0) << "a torn message";
    EXPECT_GE(number, next);
    if (testing::Test::HasFailure()) return came;
    next = number + 1;
    ++came;
  }
}

TEST_P(LossyThreads, EachReceiverGetsWholeMessagesInOrderAndCountsTheOthers) {
  auto sender = open<Source>();
  std::vector<std::unique_ptr<Sink>> sinks;
  for (int i = 0; i < 3; ++i) sinks.push_back(open<Sink>());
  std::vector<std::thread> readers;
  std::vector<std::uint64_t> came(sinks.size());
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    readers.emplace_back([&, i] { came[i] = read_all(*sinks[i]); });
  }
  for (std::uint64_t number = 0; number < messages; ++number) {
    ASSERT_TRUE(sender->send(message_of(number), Deadline::immediate()));
  }
  ASSERT_TRUE(sender->close(Deadline::never()));
  for (std::thread& reader : readers) reader.join();
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    EXPECT_GT(came[i], 0U);
    EXPECT_EQ(came[i] + sinks[i]->lost(), messages) << "receiver " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Waits, LossyThreads,
                         testing::Values(Wait::block, Wait::spin, Wait::hybrid),
                         [](const auto& wait) { return std::string(to_string(wait.param)); });

}  // namespace
}  // namespace ipcmark
