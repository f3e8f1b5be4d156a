// What lies in shared memory through the transport interface, all ends in one process.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

#include "backends/kernel/futex.hpp"
#include "backends/transport.hpp"
#include "tests/threads/test_names.hpp"

namespace ipcmark {

BackendEntry shm_ring_entry();
BackendEntry mmap_file_entry();
BackendEntry shm_mutex_entry();
BackendEntry mpmc_ring_entry();
BackendEntry broadcast_ring_entry();

namespace {

struct Row {
  BackendEntry (*entry)();
  Wait wait;
};

class SharedMemoryChannel : public testing::TestWithParam<Row> {
 protected:
  void open(ChannelSpec spec) {
    spec.wait = GetParam().wait;
    const BackendEntry entry = GetParam().entry();
    ASSERT_EQ(entry.probe(spec), "");
    channel = entry.create(spec, 7, names).value();
    context.peer_died = &peer_died;
    sender = entry.open_sender(channel->address(), context).value();
    receiver = entry.open_receiver(channel->address(), context).value();
    channel->seal();
  }
  Errc receive_error(Deadline deadline) {
    auto size = receiver->receive(buffer, deadline);
    EXPECT_FALSE(size);
    return size ? Errc::system : size.error().code;
  }

  TestNames names;
  std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
  std::unique_ptr<Channel> channel;
  std::unique_ptr<Sender> sender;
  std::unique_ptr<Receiver> receiver;
  std::vector<std::byte> buffer = std::vector<std::byte>(1 << 20);
};

constexpr std::uint64_t second = 1'000'000'000;

std::vector<std::byte> message_of(std::uint64_t size, std::uint64_t seed) {
  std::vector<std::byte> message(size);
  for (std::uint64_t k = 0; k < size; ++k)
    message[k] = static_cast<std::byte>(seed + k + (k >> 8U));
  return message;
}

TEST_P(SharedMemoryChannel, CarriesMessagesOfEverySizeWholeAndInOrder) {
  open({.largest_message = 300'000});
  const std::uint64_t sizes[] = {0, 1, 8, 64, 1023, 1024, 65'535, 65'536, 300'000, 5, 270'000};
  constexpr int rounds = 40;
  std::thread other([&] {
    for (int round = 0; round < rounds; ++round) {
      for (const std::uint64_t size : sizes) {
        ASSERT_TRUE(
            sender->send(message_of(size, size + static_cast<unsigned>(round)), Deadline::never()));
      }
    }
    ASSERT_TRUE(sender->close(Deadline::never()));
  });
  for (int round = 0; round < rounds; ++round) {
    for (const std::uint64_t size : sizes) {
      const auto got = receiver->receive(buffer, Deadline::never());
      ASSERT_TRUE(got);
      ASSERT_EQ(*got, size);
      const auto expected = message_of(size, size + static_cast<unsigned>(round));
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), buffer.begin()));
    }
  }
  EXPECT_EQ(receive_error(Deadline::never()), Errc::closed);
  other.join();
}

TEST_P(SharedMemoryChannel, PingPongLosesNoWakeUp) {
  const BackendEntry entry = GetParam().entry();
  open({});
  ChannelSpec spec;
  spec.wait = GetParam().wait;
  auto back_channel = entry.create(spec, 8, names).value();
  auto back_sender = entry.open_sender(back_channel->address(), context).value();
  auto back_receiver = entry.open_receiver(back_channel->address(), context).value();
  // Ends that spin over busy CPUs are let on by the scheduler alone: several milliseconds a trip.
  const bool spins = GetParam().wait == Wait::spin;
  const unsigned trips = spins ? 300 : 3'000;
  std::thread echo([&] {
    std::byte in[64];
    for (unsigned i = 0; i < trips; ++i) {
      ASSERT_TRUE(receiver->receive(in, Deadline::never()));
      ASSERT_TRUE(back_sender->send(in, Deadline::never()));
    }
  });
  const std::uint64_t begin = now_ns();
  std::byte out[64] = {};
  for (unsigned i = 0; i < trips; ++i) {
    std::memcpy(out, &i, sizeof i);
    ASSERT_TRUE(sender->send(out, Deadline::never()));
    ASSERT_EQ(back_receiver->receive(out, Deadline::never()).value_or(0), 64U);
    unsigned echoed = 0;
    std::memcpy(&echoed, out, sizeof echoed);
    ASSERT_EQ(echoed, i);
  }
  echo.join();
  // A lost wake-up costs a whole futex slice: 100 ms a trip. Who spins waits for none.
  if (!spins) {
    EXPECT_LT(now_ns() - begin, trips * peer_check_interval_ns / 10);
  }
}

TEST_P(SharedMemoryChannel, FullAndEmptyAnswerAsTheDeadlineSays) {
  open({.largest_message = 1000, .depth = 4});
  EXPECT_EQ(receive_error(Deadline::immediate()), Errc::would_block);
  std::uint64_t begin = now_ns();
  EXPECT_EQ(receive_error(Deadline::after(30'000'000)), Errc::timeout);
  EXPECT_GE(now_ns() - begin, 30'000'000U);
  EXPECT_LT(now_ns() - begin, 5 * second);

  const auto message = message_of(1000, 1);
  unsigned held = 0;
  Status status;
  while ((status = sender->send(message, Deadline::immediate()))) ++held;
  EXPECT_EQ(status.error().code, Errc::would_block);
  EXPECT_GE(held, 4U);
  begin = now_ns();
  status = sender->send(message, Deadline::after(30'000'000));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::timeout);
  EXPECT_GE(now_ns() - begin, 30'000'000U);
  EXPECT_LT(now_ns() - begin, 5 * second);

  EXPECT_TRUE(receiver->ready());
  ASSERT_TRUE(receiver->receive(buffer, Deadline::immediate()));
  EXPECT_TRUE(sender->send(message, Deadline::immediate()));
  for (unsigned i = 0; i < held; ++i) {
    ASSERT_TRUE(receiver->receive(buffer, Deadline::immediate())) << i;
  }
  EXPECT_FALSE(receiver->ready());
}

TEST_P(SharedMemoryChannel, ABlockedSenderGoesOnWhenThereIsRoom) {
  open({.largest_message = 1000, .depth = 2});
  const auto message = message_of(1000, 1);
  unsigned held = 0;
  while (sender->send(message, Deadline::immediate())) ++held;
  std::thread other([&] { EXPECT_TRUE(sender->send(message, Deadline::never())); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_TRUE(receiver->receive(buffer, Deadline::never()));
  other.join();
  for (unsigned i = 0; i < held; ++i) EXPECT_TRUE(receiver->receive(buffer, Deadline::immediate()));
}

TEST_P(SharedMemoryChannel, RefusesWhatIsTooLarge) {
  open({.largest_message = 100});
  const auto status = sender->send(message_of(101, 1), Deadline::never());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::too_large);
  ASSERT_TRUE(sender->send(message_of(100, 1), Deadline::never()));
  std::byte small[99];
  const auto size = receiver->receive(small, Deadline::never());
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::too_large);
  EXPECT_EQ(receiver->receive(buffer, Deadline::never()).value_or(0), 100U);
}

TEST_P(SharedMemoryChannel, APeersDeathEndsBothWaits) {
  open({.largest_message = 1000, .depth = 2});
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    peer_died = 1;
  });
  EXPECT_EQ(receive_error(Deadline::never()), Errc::peer_died);
  killer.join();
  const auto message = message_of(1000, 1);
  Status status;
  while ((status = sender->send(message, Deadline::never()))) {
  }
  EXPECT_EQ(status.error().code, Errc::peer_died);
}

TEST_P(SharedMemoryChannel, ASenderThatGoesWithoutClosingIsADeadPeer) {
  open({});
  ASSERT_TRUE(sender->send(message_of(10, 1), Deadline::never()));
  sender.reset();
  EXPECT_EQ(receiver->receive(buffer, Deadline::never()).value_or(0), 10U);
  EXPECT_EQ(receive_error(Deadline::never()), Errc::peer_died);
}

TEST_P(SharedMemoryChannel, BatchesAppearAtFlush) {
  open({.batch = 8});
  if (!GetParam().entry().capabilities({}).batches) GTEST_SKIP() << "does not gather";
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(sender->send(message_of(10, 1), Deadline::never()));
  EXPECT_FALSE(receiver->ready());
  ASSERT_TRUE(sender->flush(Deadline::never()));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(receiver->receive(buffer, Deadline::immediate()));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(sender->send(message_of(10, 1), Deadline::never()));
  ASSERT_TRUE(sender->close(Deadline::never()));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(receiver->receive(buffer, Deadline::immediate()));
  EXPECT_EQ(receive_error(Deadline::immediate()), Errc::closed);
}

TEST_P(SharedMemoryChannel, LoansAndBorrowsAreInPlace) {
  open({.largest_message = 300'000});
  if (!GetParam().entry().capabilities({}).zero_copy) {
    EXPECT_EQ(sender->loan(1, Deadline::never()).error().code, Errc::unsupported);
    EXPECT_EQ(receiver->borrow(Deadline::never()).error().code, Errc::unsupported);
    return;
  }
  for (int i = 0; i < 20; ++i) {
    auto loan = sender->loan(290'000, Deadline::never());
    ASSERT_TRUE(loan);
    const auto message = message_of(280'000, static_cast<unsigned>(i));
    std::memcpy(loan->data(), message.data(), message.size());
    if (i % 3 == 0) {
      sender->abandon();
      continue;
    }
    ASSERT_TRUE(sender->publish(message.size()));
    auto borrowed = receiver->borrow(Deadline::never());
    ASSERT_TRUE(borrowed);
    ASSERT_EQ(borrowed->size(), message.size());
    EXPECT_TRUE(std::equal(message.begin(), message.end(), borrowed->begin()));
    receiver->release();
  }
  EXPECT_FALSE(receiver->ready());
}

// Lends `loans` places at once, of which it fills the last first, and shrinks some.
void lend(Sender& sender, std::uint64_t loans, std::uint64_t messages) {
  for (std::uint64_t first = 0; first < messages; first += loans) {
    const std::uint64_t end = std::min(first + loans, messages);
    std::vector<std::span<std::byte>> places;
    for (std::uint64_t i = first; i < end; ++i) {
      places.push_back(sender.loan(i % 90 + i % 3, Deadline::never()).value());
    }
    for (std::uint64_t i = end; i-- > first;) {
      const auto message = message_of(i % 90, i);
      std::copy(message.begin(), message.end(), places[i - first].begin());
    }
    for (std::uint64_t i = first; i < end; ++i) ASSERT_TRUE(sender.publish(i % 90));
  }
  ASSERT_TRUE(sender.close(Deadline::never()));
}

TEST_P(SharedMemoryChannel, SeveralAreOnLoanAtBothEnds) {
  // In slots where the mechanism has them, and packed.
  for (const std::uint64_t largest : {100U, 2000U}) {
    const ChannelSpec spec{.largest_message = largest, .depth = 16};
    const Capabilities can = GetParam().entry().capabilities(spec);
    if (!can.zero_copy || can.borrows < 2) GTEST_SKIP() << "lends one message at a time";
    open(spec);
    constexpr std::uint64_t messages = 5'000;
    std::thread other([&] { lend(*sender, std::max(can.loans / 2, 1U), messages); });
    std::uint64_t wrong = 0;
    for (std::uint64_t next = 0; next < messages;) {
      std::vector<std::span<const std::byte>> held;
      const std::uint64_t some = std::min<std::uint64_t>(can.borrows / 2, messages - next);
      for (std::uint64_t i = 0; i < some; ++i) {
        held.push_back(receiver->borrow(Deadline::never()).value());
      }
      for (const auto& message : held) {
        const auto expected = message_of(next % 90, next);
        wrong +=
            std::equal(message.begin(), message.end(), expected.begin(), expected.end()) ? 0 : 1;
        ++next;
        receiver->release();
      }
    }
    other.join();
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(receive_error(Deadline::never()), Errc::closed);
    sender.reset();
    receiver.reset();
    channel.reset();
  }
}

std::string name_of(const Row& row) {
  const char* wait = row.wait == Wait::block ? "block" : row.wait == Wait::spin ? "spin" : "hybrid";
  return std::string(row.entry().name) + "_" + wait;
}

INSTANTIATE_TEST_SUITE_P(
    All, SharedMemoryChannel,
    testing::Values(Row{shm_ring_entry, Wait::block}, Row{shm_ring_entry, Wait::spin},
                    Row{shm_ring_entry, Wait::hybrid}, Row{mmap_file_entry, Wait::block},
                    Row{mmap_file_entry, Wait::spin}, Row{shm_mutex_entry, Wait::block},
                    Row{shm_mutex_entry, Wait::spin}, Row{shm_mutex_entry, Wait::hybrid},
                    Row{mpmc_ring_entry, Wait::block}, Row{mpmc_ring_entry, Wait::spin},
                    Row{mpmc_ring_entry, Wait::hybrid}, Row{broadcast_ring_entry, Wait::block},
                    Row{broadcast_ring_entry, Wait::spin}, Row{broadcast_ring_entry, Wait::hybrid}),
    [](const testing::TestParamInfo<Row>& row) { return name_of(row.param); });

class SharedMemoryQueue : public testing::TestWithParam<Row> {};

TEST_P(SharedMemoryQueue, ClosesOnlyWhenEverySenderHas) {
  TestNames names;
  std::atomic<std::uint32_t> peer_died{0};
  const OpenContext context{.peer_died = &peer_died};
  const BackendEntry entry = GetParam().entry();
  auto channel = entry.create({.senders = 2, .wait = GetParam().wait}, 1, names).value();
  auto first = entry.open_sender(channel->address(), context).value();
  auto second_sender = entry.open_sender(channel->address(), context).value();
  auto receiver = entry.open_receiver(channel->address(), context).value();
  std::byte buffer[64];
  ASSERT_TRUE(first->close(Deadline::never()));
  ASSERT_TRUE(first->close(Deadline::never()));
  EXPECT_EQ(receiver->receive(buffer, Deadline::immediate()).error().code, Errc::would_block);
  ASSERT_TRUE(second_sender->close(Deadline::never()));
  EXPECT_EQ(receiver->receive(buffer, Deadline::immediate()).error().code, Errc::closed);
}

// From here on: of whom a message is, and which of his.
struct Signed {
  std::uint64_t sender, number;
};

// Sends in turn by a copy and in place, now and then giving a place back; pads to sizes that
// differ.
void send_signed(Sender& sender, std::uint64_t index, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t size = sizeof(Signed) + (i * 31 + index) % 80;
    std::vector<std::byte> message(size, static_cast<std::byte>(i + index));
    const Signed mark{index, i};
    std::memcpy(message.data(), &mark, sizeof mark);
    if (i % 3 != 0 || !sender.loan(size, Deadline::never())) {
      ASSERT_TRUE(sender.send(message, Deadline::never()));
      continue;
    }
    sender.abandon();
    auto place = sender.loan(size, Deadline::never());
    ASSERT_TRUE(place);
    std::memcpy(place->data(), message.data(), size);
    ASSERT_TRUE(sender.publish(size));
  }
  ASSERT_TRUE(sender.close(Deadline::never()));
}

// Until the end; how many of each sender came. Each sender's come in order.
std::vector<std::uint64_t> receive_signed(Receiver& receiver, std::size_t senders) {
  std::vector<std::uint64_t> next(senders), got(senders);
  std::vector<std::byte> buffer(200);
  for (;;) {
    const auto size = receiver.receive(buffer, Deadline::never());
    if (!size) {
      EXPECT_EQ(size.error().code, Errc::closed);
      return got;
    }
    Signed mark{};
    std::memcpy(&mark, buffer.data(), sizeof mark);
    const bool whole = mark.sender < senders &&
                       *size == sizeof(Signed) + (mark.number * 31 + mark.sender) % 80 &&
                       (*size == sizeof(Signed) ||
                        buffer[*size - 1] == static_cast<std::byte>(mark.number + mark.sender));
    EXPECT_TRUE(whole);
    if (!whole) return got;
    EXPECT_GE(mark.number, next[mark.sender]);
    next[mark.sender] = mark.number + 1;
    ++got[mark.sender];
  }
}

void run_many(const Row& row, std::uint32_t senders, std::uint32_t receivers, std::uint32_t depth) {
  TestNames names;
  std::atomic<std::uint32_t> peer_died{0};
  const OpenContext context{.peer_died = &peer_died};
  const BackendEntry entry = row.entry();
  // Who spins where there are more threads than CPUs gets on by the scheduler alone.
  const std::uint64_t count = row.wait == Wait::spin ? 300 : 3'000;
  auto channel = entry
                     .create({.largest_message = 200,
                              .depth = depth,
                              .senders = senders,
                              .receivers = receivers,
                              .wait = row.wait},
                             1, names)
                     .value();
  std::vector<std::vector<std::uint64_t>> got(receivers);
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < receivers; ++i) {
    threads.emplace_back([&, i] {
      auto receiver = entry.open_receiver(channel->address(), context).value();
      got[i] = receive_signed(*receiver, senders);
    });
  }
  for (std::uint32_t i = 0; i < senders; ++i) {
    threads.emplace_back([&, i] {
      auto sender = entry.open_sender(channel->address(), context).value();
      send_signed(*sender, i, count);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::uint32_t i = 0; i < senders; ++i) {
    std::uint64_t sum = 0;
    for (const auto& each : got) sum += each[i];
    EXPECT_EQ(sum, count) << "of sender " << i;
  }
}

TEST_P(SharedMemoryQueue, ManyToManyDeliversEachOnceAndInOrder) { run_many(GetParam(), 3, 2, 0); }
// Where all of them meet in the same few places.
TEST_P(SharedMemoryQueue, ManyToManyThroughATinyQueue) { run_many(GetParam(), 2, 3, 2); }
TEST_P(SharedMemoryQueue, ManyToOne) { run_many(GetParam(), 4, 1, 16); }
TEST_P(SharedMemoryQueue, OneToMany) { run_many(GetParam(), 1, 4, 16); }

INSTANTIATE_TEST_SUITE_P(
    All, SharedMemoryQueue,
    testing::Values(Row{shm_mutex_entry, Wait::block}, Row{shm_mutex_entry, Wait::spin},
                    Row{shm_mutex_entry, Wait::hybrid}, Row{mpmc_ring_entry, Wait::block},
                    Row{mpmc_ring_entry, Wait::spin}, Row{mpmc_ring_entry, Wait::hybrid}),
    [](const testing::TestParamInfo<Row>& row) { return name_of(row.param); });

}  // namespace
}  // namespace ipcmark
