// A peer that stores anything into the shared memory, at any time, while the other end works: the
// answer is a message of a possible length or an error, never an access outside the memory or the
// caller's buffer. As threads over one mapping, so that AddressSanitizer sees the accesses and
// ThreadSanitizer whatever is read without being atomic.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <thread>
#include <vector>

#include "backends/kernel/shared_page.hpp"
#include "backends/notifier.hpp"
#include "backends/shared_memory/locked_queue.hpp"
#include "backends/shared_memory/ring_layout.hpp"
#include "backends/shared_memory/ring_memory.hpp"
#include "backends/transport.hpp"
#include "scenarios/shared_state/frontier.hpp"
#include "tests/threads/hostile_peer.hpp"
#include "tests/threads/test_names.hpp"

namespace ipcmark {

BackendEntry shm_ring_entry();
BackendEntry shm_mutex_entry();
NotifierEntry futex_notifier_entry();

namespace {

class HostileRing : public testing::TestWithParam<Wait> {
 protected:
  void open(std::uint64_t largest) {
    spec.largest_message = largest;
    spec.wait = GetParam();
    const BackendEntry entry = shm_ring_entry();
    channel = entry.create(spec, 1, names).value();
    peer = ring::map_memory(channel->address()).value();
    context.peer_died = &peer_died;
    sender = entry.open_sender(channel->address(), context).value();
    receiver = entry.open_receiver(channel->address(), context).value();
  }
  ring::Control& control() const { return *peer.view.control; }
  // Where the receiver looks for the header of its next message.
  std::atomic_ref<std::uint64_t> next_header() const {
    const std::uint64_t tail = control().tail.load(std::memory_order_acquire);
    return ring::header_at(peer.view.data, tail % peer.view.capacity);
  }
  // Until there was of everything what the test is about.
  void receive_beside(const HostilePeer& hostile, std::uint64_t largest, unsigned min_received,
                      unsigned min_refused) {
    GuardedBuffer buffer(largest);
    while (!hostile.has_tried() || received < min_received || refused < min_refused) {
      const auto size = receiver->receive(buffer.span(), Deadline::after(moment_ns));
      if (size) {
        ASSERT_LE(*size, largest);
        ++received;
      } else {
        ASSERT_TRUE(one_of(size.error().code, {Errc::corrupt, Errc::timeout, Errc::would_block,
                                               Errc::closed, Errc::peer_died}))
            << explain(size.error());
        refused += size.error().code == Errc::corrupt ? 1U : 0U;
      }
      ASSERT_TRUE(buffer.whole());
    }
  }

  TestNames names;
  ChannelSpec spec;
  std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
  std::unique_ptr<Channel> channel;
  ring::Memory peer;
  std::unique_ptr<Sender> sender;
  std::unique_ptr<Receiver> receiver;
  unsigned received = 0, refused = 0;
};

TEST_P(HostileRing, AFillMarkThatJumpsBackAndForth) {
  constexpr std::uint64_t length = std::uint64_t{1} << 20U;
  open(length);
  const HostilePeer hostile([&](RandomNumbers& random) {
    const std::uint64_t tail = control().tail.load(std::memory_order_acquire);
    const std::uint64_t place = tail % peer.view.capacity;
    const std::uint64_t begin = tail + ring::payload_offset(place, true);
    // Now and then there is no message, so that the next one is copied as it comes.
    const bool there = random.next() % 64 != 0;
    next_header().store(there ? ring::present | ring::streamed | ring::line_aligned | length : 0);
    for (unsigned i = 0; i < 64; ++i) {
      const std::uint64_t pieces = random.next() % 9 * ring::stream_piece;
      control().filled.store(random.one_of({0, begin - 1, begin, begin + pieces, begin + pieces,
                                            begin + pieces, begin + length, anything}));
    }
  });
  receive_beside(hostile, length, 30, 0);
}

TEST_P(HostileRing, AFillMarkThatDropsUnderAMessageInPlace) {
  constexpr std::uint64_t length = std::uint64_t{1} << 20U;
  open(length);
  const HostilePeer hostile([&](RandomNumbers& random) {
    const std::uint64_t tail = control().tail.load(std::memory_order_acquire);
    next_header().store(ring::present | ring::streamed | ring::line_aligned | length);
    control().filled.store(random.one_of({0, tail, tail + 4 * length, anything}));
  });
  while (!hostile.has_tried() || received < 30) {
    const auto message = receiver->borrow(Deadline::after(moment_ns));
    if (!message) {
      ASSERT_EQ(message.error().code, Errc::timeout) << explain(message.error());
      continue;
    }
    ASSERT_EQ(message->size(), length);
    ++received;
    receiver->release();
  }
}

// Flags and lengths of every kind, right ones among them.
std::uint64_t some_header(RandomNumbers& random, std::uint64_t largest) {
  const std::uint64_t length = random.one_of({0, 1, 8, largest / 2, largest, largest + 1,
                                              ring::length_mask, random.next() % (2 * largest)});
  const std::uint64_t flags =
      random.one_of({0, ring::present, ring::present, ring::present | ring::streamed,
                     ring::present | ring::line_aligned,
                     ring::present | ring::streamed | ring::line_aligned, random.next() << 32U});
  return flags | length;
}

TEST_P(HostileRing, HeadersAndLengthsThatCannotBe) {
  constexpr std::uint64_t largest = 100'000;
  open(largest);
  const HostilePeer hostile([&](RandomNumbers& random) {
    control().filled.store(random.one_of({0, anything, random.next()}));
    next_header().store(some_header(random, largest));
  });
  receive_beside(hostile, largest, 30, 30);
}

TEST_P(HostileRing, LengthsOfASlotThatCannotBe) {
  constexpr std::uint64_t largest = 200;
  open(largest);
  ASSERT_NE(peer.view.slot, 0U);
  const HostilePeer hostile(
      [&](RandomNumbers& random) { next_header().store(some_header(random, largest)); });
  receive_beside(hostile, largest, 30, 30);
}

TEST_P(HostileRing, TailsThatCannotBe) {
  for (const std::uint64_t largest : {std::uint64_t{200}, std::uint64_t{100'000}}) {
    open(largest);
    const std::vector<std::byte> message(largest, std::byte{7});
    const HostilePeer hostile([&](RandomNumbers& random) {
      const std::uint64_t tail = random.one_of({0, 1, 8, random.next(), random.next() % 10'000'000,
                                                random.next() % 100'000 * 8, anything});
      control().tail.store(tail);
      control().coarse_tail.store(random.one_of({tail, random.next(), 0}));
      control().producer_wants.store(random.next());
    });
    RandomNumbers random;
    for (unsigned i = 0; i < 5'000 || !hostile.has_tried(); ++i) {
      const auto part = std::span(message).first(random.next() % (largest + 1));
      const Status sent = sender->send(part, Deadline::immediate());
      ASSERT_TRUE(sent || one_of(sent.error().code, {Errc::would_block, Errc::corrupt}))
          << explain(sent.error());
    }
  }
}

TEST_P(HostileRing, EndsThatComeAndGo) {
  open(64);
  const HostilePeer hostile([&](RandomNumbers& random) {
    control().sender_state.store(
        static_cast<std::uint32_t>(random.one_of({0, 1, 2, 77, anything})));
    control().consumer_waits.store(static_cast<std::uint32_t>(random.next()));
    control().data_word.store(static_cast<std::uint32_t>(random.next()));
  });
  receive_beside(hostile, 64, 0, 0);
  EXPECT_EQ(received, 0U);
}

INSTANTIATE_TEST_SUITE_P(All, HostileRing, testing::Values(Wait::block, Wait::spin, Wait::hybrid),
                         [](const testing::TestParamInfo<Wait>& wait) {
                           return std::string(to_string(wait.param));
                         });

// Over one mapping, unlike endpoints of a channel: ThreadSanitizer goes by addresses.
TEST(HostileQueue, IndicesAndLengthsThatCannotBe) {
  constexpr std::uint64_t largest = 10'000;
  const std::uint64_t capacity = 4 * page_bytes();
  const Fd memory = create_anonymous_memory(page_bytes() + capacity).value();
  const Mapping mapping = map_mirrored(memory.get(), page_bytes(), capacity).value();
  auto& control = *reinterpret_cast<ring::QueueControl*>(mapping.data());
  std::byte* const data = mapping.data() + page_bytes();
  ASSERT_TRUE(ring::LockedQueue::initialise(control));
  ring::LockedQueue queue(control, data, capacity, largest);
  const HostilePeer hostile([&](RandomNumbers& random) {
    control.tail.store(random.one_of({0, 0, 0, 4, capacity, random.next()}));
    // At the begin of the data alone, where no payload lies.
    std::atomic_ref(*reinterpret_cast<std::uint64_t*>(data))
        .store(
            random.one_of({0, 8, largest, largest + 1, anything, random.next() % (2 * largest)}));
    control.head.store(
        random.one_of({0, 4, 16, largest + 8, capacity, capacity + 8, random.next()}));
  });
  GuardedBuffer buffer(largest);
  const std::vector<std::byte> message(largest, std::byte{7});
  unsigned received = 0;
  unsigned refused = 0;
  for (unsigned i = 0; !hostile.has_tried() || received < 1'000 || refused < 1'000; ++i) {
    const auto size = queue.pop(buffer.span(), Deadline::immediate());
    if (size) {
      ASSERT_LE(*size, largest);
      ++received;
    } else {
      ASSERT_TRUE(one_of(size.error().code, {Errc::corrupt, Errc::would_block}))
          << explain(size.error());
      refused += size.error().code == Errc::corrupt ? 1U : 0U;
    }
    ASSERT_TRUE(buffer.whole());
    const Status sent = queue.push(std::span(message).first(i % 100), Deadline::immediate());
    ASSERT_TRUE(sent || one_of(sent.error().code, {Errc::corrupt, Errc::would_block}))
        << explain(sent.error());
  }
}

TEST(HostileQueue, EndsAndCountsThatCannotBe) {
  TestNames names;
  std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
  context.peer_died = &peer_died;
  const BackendEntry entry = shm_mutex_entry();
  const auto channel = entry.create({}, 1, names).value();
  const auto sender = entry.open_sender(channel->address(), context).value();
  const auto receiver = entry.open_receiver(channel->address(), context).value();
  const auto capacity = static_cast<std::uint64_t>(channel->granted().values.at("buffer_bytes"));
  const Mapping peer = map_mirrored(channel->address().descriptors[0].get(),
                                    round_up_to_page(sizeof(ring::QueueControl)), capacity)
                           .value();
  auto& control = *reinterpret_cast<ring::QueueControl*>(peer.data());
  const HostilePeer hostile([&](RandomNumbers& random) {
    const auto word = [&random] {
      return static_cast<std::uint32_t>(random.one_of({0, 1, anything}));
    };
    control.head.store(random.next());
    control.closed_senders.store(word());
    control.abandoned_senders.store(word());
    control.data_waiters.store(word());
    control.space_waiters.store(word());
  });
  GuardedBuffer buffer(64);
  for (unsigned i = 0; i < 100 || !hostile.has_tried(); ++i) {
    const auto size = receiver->receive(buffer.span(), Deadline::after(moment_ns));
    ASSERT_TRUE(size || one_of(size.error().code,
                               {Errc::corrupt, Errc::timeout, Errc::closed, Errc::peer_died}))
        << explain(size.error());
    const Status sent = sender->send(buffer.span(), Deadline::after(moment_ns));
    ASSERT_TRUE(sent || one_of(sent.error().code, {Errc::corrupt, Errc::timeout}))
        << explain(sent.error());
  }
  EXPECT_TRUE(buffer.whole());
}

TEST(HostileFrontier, CountsThatCannotBe) {
  constexpr std::uint32_t pages = 1000;
  constexpr std::uint64_t untouched = 0x5A5A5A5A5A5A5A5AU;
  const std::size_t words = Frontier::bytes(pages) / 8 + 1;
  std::vector<std::uint64_t> memory(words + 64, 0);
  std::fill(memory.begin() + static_cast<std::ptrdiff_t>(words), memory.end(), untouched);
  const auto bytes = std::as_writable_bytes(std::span(memory).first(words));
  Frontier frontier(bytes, pages);
  const HostilePeer hostile([&](RandomNumbers& random) {
    // How many were added, how many taken, and how many are busy.
    for (std::size_t word = 0; word < 3; ++word) {
      std::atomic_ref(memory[word])
          .store(random.one_of({0, 1, pages - 1, pages, pages + 1, random.next(), anything}));
    }
  });
  std::array<std::uint32_t, 64> taken{};
  std::uint64_t max = 0;
  for (std::uint32_t i = 0; i < 10'000 || !hostile.has_tried(); ++i) {
    frontier.add(i % pages);
    max = std::max<std::uint64_t>(max, frontier.take(taken));
    ASSERT_LE(frontier.waiting(), pages);
    ASSERT_LE(frontier.taken(), pages);
    frontier.done();
  }
  EXPECT_LE(max, taken.size());
  EXPECT_TRUE(std::all_of(memory.begin() + static_cast<std::ptrdiff_t>(words), memory.end(),
                          [](std::uint64_t word) { return word == untouched; }));
}

struct FutexEvent {
  FutexEvent() {
    context.peer_died = &peer_died;
    const NotifierEntry entry = futex_notifier_entry();
    object = entry.create(names).value();
    page = map_shared_page(object->address()).value();
    notifier = entry.open(object->address(), context).value();
  }
  std::atomic<std::uint32_t>& word() const {
    return *reinterpret_cast<std::atomic<std::uint32_t>*>(page.data());
  }
  TestNames names;
  std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
  std::unique_ptr<NotifierObject> object;
  Mapping page;
  std::unique_ptr<Notifier> notifier;
};

// It would else be tried again without a pause and without an end.
TEST(HostileFutexEvent, AWordThatNobodyStoresIsAnError) {
  FutexEvent event;
  for (const std::uint32_t word : {3U, 77U, ~0U}) {
    event.word() = word;
    const Status waited = event.notifier->wait(Deadline::never());
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, Errc::corrupt);
  }
  ASSERT_TRUE(event.notifier->signal());
  EXPECT_TRUE(event.notifier->wait(Deadline::never())) << "a signal puts it right";
}

// 'S' while it sleeps in the kernel; 0: there is no such thread.
char state_of(pid_t thread) {
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t name_ends = text.rfind(')');
  return name_ends == std::string::npos || name_ends + 2 >= text.size() ? '\0'
                                                                        : text[name_ends + 2];
}

// Two sleep; a signal wakes one of them and is taken by a third, who found nobody asleep. When the
// woken one finds its deadline passed, the next signal must still wake the other.
TEST(FutexEventWord, AWaiterThatGivesUpLeavesTheOthersToBeWoken) {
  constexpr std::uint32_t none = 0;
  constexpr std::uint32_t awaited = 2;
  for (bool asleep = false; !asleep;) {
    FutexEvent event;
    std::atomic<pid_t> id{0};
    Status waited;
    std::thread waiter([&] {
      id = static_cast<pid_t>(::gettid());
      waited = event.notifier->wait(Deadline::after(80'000'000));
    });
    while (event.word() != awaited) sched_yield();
    const bool before = state_of(id) == 'S';
    event.word() = none;  // as the third leaves it
    // Only then is it sure that it has not looked for the last time.
    asleep = before && state_of(id) == 'S';
    waiter.join();
    if (!asleep) continue;
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, Errc::timeout);
    EXPECT_EQ(event.word(), awaited);
  }
}

}  // namespace
}  // namespace ipcmark
