// The byte ring and the locked queue as pure data structures: two threads over one mapping, so that
// ThreadSanitizer sees both ends.
#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <cstring>
#include <thread>
#include <vector>

#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/shared_memory/locked_queue.hpp"

namespace ipcmark {
namespace {

// A mirrored mapping with `front` bytes of control before it.
struct Memory {
  explicit Memory(std::uint64_t capacity)
      : fd(create_anonymous_memory(page_bytes() + capacity).value()),
        mapping(map_mirrored(fd.get(), page_bytes(), capacity).value()),
        capacity(capacity) {}
  std::byte* data() const { return mapping.data() + page_bytes(); }
  ring::View view() const {
    return {reinterpret_cast<ring::Control*>(mapping.data()), data(), capacity};
  }
  // A ring of as many slots as fit; the rest of the bytes stays unused.
  ring::View slots(std::uint64_t largest) const {
    const std::uint64_t slot = ring::slot_bytes(largest);
    return {view().control, data(), capacity / slot * slot, slot};
  }
  Fd fd;
  Mapping mapping;
  std::uint64_t capacity;
};

// Lengths that meet the wrap at every offset: 0, 1, around a line, above aligned_from.
std::uint64_t length_of(std::uint64_t i) { return i % 7 == 0 ? i % 3000 : i * 31 % 97; }
std::byte byte_of(std::uint64_t message, std::uint64_t position) {
  return static_cast<std::byte>(message * 7 + position);
}
void fill(std::byte* to, std::uint64_t message) {
  for (std::uint64_t k = 0; k < length_of(message); ++k) to[k] = byte_of(message, k);
}
bool intact(const std::byte* from, std::uint64_t length, std::uint64_t message) {
  if (length != length_of(message)) return false;
  for (std::uint64_t k = 0; k < length; ++k) {
    if (from[k] != byte_of(message, k)) return false;
  }
  return true;
}

constexpr std::uint64_t largest = 4096;

void produce(ring::Producer& producer, std::uint64_t messages, std::uint32_t batch) {
  std::array<std::byte, largest> outside{};
  for (std::uint64_t i = 0; i < messages; ++i) {
    const std::uint64_t length = length_of(i);
    while (!producer.has_room(length)) {
      if (producer.staged() != 0) producer.publish(std::memory_order_release);
      ASSERT_TRUE(i % 2 == 0 ? producer.look() : producer.look_coarse() && producer.look());
      sched_yield();
    }
    if (length >= 2048 && producer.staged() == 0) {
      std::byte* place = producer.begin_stream(length);
      fill(place, i);
      producer.filled(length / 2, std::memory_order_release);
      producer.filled(length, std::memory_order_release);
      continue;
    }
    if (i % 2 == 0) {
      fill(outside.data(), i);
      producer.stage_copy(outside.data(), length);
    } else {
      fill(producer.payload(length), i);
      producer.stage(length, length);
    }
    if (producer.staged() >= batch) producer.publish(std::memory_order_release);
  }
  if (producer.staged() != 0) producer.publish(std::memory_order_release);
}

void run_two_threads(std::uint64_t capacity, std::uint32_t batch) {
  constexpr std::uint64_t messages = 30'000;
  Memory memory(capacity);
  std::thread sender([&] {
    ring::Producer producer(memory.view());
    produce(producer, messages, batch);
  });
  ring::Consumer consumer(memory.view(), largest);
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < messages; ++i) {
    ring::Record record;
    ring::Look look;
    while ((look = consumer.look(record)) == ring::Look::empty) sched_yield();
    if (look != ring::Look::found) {
      ++wrong;
      break;
    }
    while (record.is_streamed && consumer.filled(record) < record.length) sched_yield();
    if (!intact(record.payload, record.length, i)) ++wrong;
    consumer.take(record, std::memory_order_release);
  }
  sender.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(consumer.empty());
}

constexpr std::uint64_t largest_in_slot = ring::slots_up_to;
std::uint64_t short_length_of(std::uint64_t i) {
  return i % 5 == 0 ? largest_in_slot - i % 3 : i * 31 % 101;
}

// Puts and takes in the two ways of each end, in an order that mixes them. Each length comes in
// both: none is left to the longer way alone.
void produce_slots(ring::Producer& producer, std::uint64_t messages) {
  std::array<std::byte, largest_in_slot> outside{};
  for (std::uint64_t i = 0; i < messages; ++i) {
    const std::uint64_t length = short_length_of(i);
    for (std::uint64_t k = 0; k < length; ++k) outside[k] = byte_of(i, k);
    while (!producer.has_room(length)) {
      ASSERT_TRUE(producer.look());
      sched_yield();
    }
    if (i % 3 == 0) {
      ASSERT_TRUE(producer.put_copy(outside.data(), length, std::memory_order_release));
    } else {
      producer.stage_copy(outside.data(), length);
      producer.publish(std::memory_order_release);
    }
  }
}

void run_two_threads_over_slots(std::uint64_t count) {
  constexpr std::uint64_t messages = 30'000;
  Memory memory(round_up_to_page(count * ring::slot_bytes(largest_in_slot)));
  ring::View view = memory.slots(largest_in_slot);
  view.capacity = count * view.slot;
  std::thread sender([&] {
    ring::Producer producer(view);
    produce_slots(producer, messages);
  });
  ring::Consumer consumer(view, largest_in_slot);
  std::array<std::byte, largest_in_slot> inside{};
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < messages; ++i) {
    std::size_t length = 0;
    ring::Record record;
    if (i % 2 == 0) {
      while (!consumer.take_copy(inside, length, std::memory_order_release)) sched_yield();
    } else {
      while (consumer.look(record) == ring::Look::empty) sched_yield();
      length = record.length;
      std::memcpy(inside.data(), record.payload, length);
      consumer.take(record, std::memory_order_release);
    }
    if (length != short_length_of(i)) ++wrong;
    for (std::uint64_t k = 0; k < length; ++k) {
      if (inside[k] != byte_of(i, k)) ++wrong;
    }
  }
  sender.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_TRUE(consumer.empty());
}

TEST(ByteRing, SlotsCarryEveryMessageBetweenTwoThreads) { run_two_threads_over_slots(61); }
TEST(ByteRing, ASingleSlotCarriesEveryMessage) { run_two_threads_over_slots(1); }

TEST(ByteRing, FullSlotsRefuseUntilOneIsTaken) {
  Memory memory(4096);
  const ring::View view = memory.slots(64);
  ring::Producer producer(view);
  ring::Consumer consumer(view, 64);
  const std::array<std::byte, 64> message{};
  std::array<std::byte, 64> buffer{};
  const auto put = [&] { return producer.put_copy(message.data(), 64, std::memory_order_release); };
  std::size_t length = 0;
  // More than two laps, so that headers of both senses lie in the ring.
  for (int lap = 0; lap < 3; ++lap) {
    unsigned held = 0;
    ASSERT_TRUE(producer.look());
    while (put()) ++held;
    EXPECT_EQ(held, view.capacity / view.slot);
    ASSERT_TRUE(producer.look());
    EXPECT_FALSE(producer.has_room(64));
    ASSERT_TRUE(consumer.take_copy(buffer, length, std::memory_order_release));
    ASSERT_TRUE(producer.look());
    EXPECT_TRUE(put());
    EXPECT_FALSE(put());
    for (unsigned i = 0; i < held; ++i) {
      ASSERT_TRUE(consumer.take_copy(buffer, length, std::memory_order_release));
    }
    EXPECT_FALSE(consumer.take_copy(buffer, length, std::memory_order_release));
    EXPECT_TRUE(consumer.empty());
  }
}

TEST(ByteRing, ASlotIsNotTakenIntoTooSmallABuffer) {
  Memory memory(4096);
  ring::Producer producer(memory.slots(64));
  ring::Consumer consumer(memory.slots(64), 64);
  const std::array<std::byte, 64> message{};
  std::array<std::byte, 63> buffer{};
  std::size_t length = 0;
  ASSERT_TRUE(producer.put_copy(message.data(), 64, std::memory_order_release));
  EXPECT_FALSE(consumer.take_copy(buffer, length, std::memory_order_release));
  ring::Record record;
  ASSERT_EQ(consumer.look(record), ring::Look::found);
  EXPECT_EQ(record.length, 64U);
}

TEST(ByteRing, ACorruptHeaderInASlotIsRefused) {
  using ring::present;
  for (const std::uint64_t header :
       {present | 65, present | ring::length_mask, present | std::uint64_t{1} << 40U | 8,
        present | ring::streamed | ring::line_aligned | 8}) {
    Memory memory(4096);
    ring::Consumer consumer(memory.slots(64), 64);
    ring::header_at(memory.data(), 0).store(header);
    std::array<std::byte, 64> buffer{};
    std::size_t length = 0;
    EXPECT_FALSE(consumer.take_copy(buffer, length, std::memory_order_release));
    ring::Record record;
    EXPECT_EQ(consumer.look(record), ring::Look::corrupt) << std::hex << header;
  }
}

TEST(ByteRing, CarriesEveryMessageBetweenTwoThreads) { run_two_threads(64 * 1024, 1); }
TEST(ByteRing, CarriesEveryMessageThroughTheSmallestRing) { run_two_threads(8192, 1); }
TEST(ByteRing, CarriesEveryMessageInBatches) { run_two_threads(16 * 1024, 16); }

TEST(ByteRing, HoldsTheDepthItWasSizedFor) {
  for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{64},
                                     std::uint64_t{1023}, std::uint64_t{1024}, largest}) {
    constexpr std::uint64_t depth = 50;
    const std::uint64_t capacity = round_up_to_page(ring::min_capacity(length, depth));
    ASSERT_GE(ring::depth_of(capacity, length), depth);
    Memory memory(capacity);
    ring::Producer producer(memory.view());
    ring::Consumer consumer(memory.view(), largest);
    // From several starting places, since the gap before a payload depends on where it begins.
    for (int turn = 0; turn < 9; ++turn) {
      for (std::uint64_t i = 0; i < depth; ++i) {
        ASSERT_TRUE(producer.look());
        ASSERT_TRUE(producer.has_room(length)) << length << " B, message " << i;
        producer.stage(length, length);
        producer.publish(std::memory_order_release);
      }
      ring::Record record;
      for (std::uint64_t i = 0; i < depth; ++i) {
        ASSERT_EQ(consumer.look(record), ring::Look::found);
        consumer.take(record, std::memory_order_release);
      }
      ASSERT_EQ(consumer.look(record), ring::Look::empty);
      ASSERT_TRUE(producer.look());
      producer.stage(8, 8);
      producer.publish(std::memory_order_release);
      ASSERT_EQ(consumer.look(record), ring::Look::found);
      consumer.take(record, std::memory_order_release);
    }
  }
}

TEST(ByteRing, FullRingRefusesUntilOneIsTaken) {
  Memory memory(8192);
  ring::Producer producer(memory.view());
  ring::Consumer consumer(memory.view(), largest);
  unsigned held = 0;
  while (producer.has_room(64)) {
    producer.stage(64, 64);
    producer.publish(std::memory_order_release);
    ++held;
  }
  EXPECT_EQ(held, (8192U - 8) / 72);
  ASSERT_TRUE(producer.look());
  EXPECT_FALSE(producer.has_room(64));
  ring::Record record;
  ASSERT_EQ(consumer.look(record), ring::Look::found);
  consumer.take(record, std::memory_order_release);
  ASSERT_TRUE(producer.look());
  EXPECT_TRUE(producer.has_room(64));
}

TEST(ByteRing, StagedMessagesAreInvisibleUntilPublished) {
  Memory memory(8192);
  ring::Producer producer(memory.view());
  ring::Consumer consumer(memory.view(), largest);
  for (int i = 0; i < 3; ++i) producer.stage(10, 10);
  EXPECT_TRUE(consumer.empty());
  producer.publish(std::memory_order_release);
  ring::Record record;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(consumer.look(record), ring::Look::found);
    consumer.take(record, std::memory_order_release);
  }
  EXPECT_TRUE(consumer.empty());
}

TEST(ByteRing, AMessageMayEndUpSmallerThanItsLoan) {
  Memory memory(8192);
  ring::Producer producer(memory.view());
  ring::Consumer consumer(memory.view(), largest);
  std::byte* place = producer.payload(2000);
  std::memset(place, 0x5a, 2000);
  producer.stage(3, 2000);
  producer.publish(std::memory_order_release);
  ring::Record record;
  ASSERT_EQ(consumer.look(record), ring::Look::found);
  EXPECT_EQ(record.length, 3U);
  EXPECT_EQ(record.payload, place);
  consumer.take(record, std::memory_order_release);
  EXPECT_TRUE(consumer.empty());  // what the loan left behind is not taken for a header
}

// Places are as far apart as they were reserved, whatever is made of them; the last one is cut.
TEST(ByteRing, SeveralPlacesAreCompletedInTheirOrder) {
  for (const bool in_slots : {false, true}) {
    Memory memory(8192);
    const ring::View view = in_slots ? memory.slots(1000) : memory.view();
    ring::Producer producer(view);
    ring::Consumer consumer(view, 1000);
    for (std::uint64_t lap = 0; lap < 100; ++lap) {
      ASSERT_TRUE(producer.look());
      std::byte* places[3];
      for (std::byte*& place : places) {
        ASSERT_TRUE(producer.has_room(1000));
        place = producer.reserve(1000);
      }
      for (std::uint64_t i = 3; i-- > 0;)
        std::memset(places[i], static_cast<int>(i + lap % 50), 1000);
      const std::uint64_t lengths[] = {3 + lap % 5, 1000, 17};
      for (const std::uint64_t length : lengths) producer.stage(length, 1000);
      producer.publish(std::memory_order_release);
      for (std::uint64_t i = 0; i < 3; ++i) {
        ring::Record record;
        ASSERT_EQ(consumer.look(record), ring::Look::found) << in_slots << " lap " << lap;
        EXPECT_EQ(record.payload, places[i]);
        ASSERT_EQ(record.length, lengths[i]);
        EXPECT_EQ(record.payload[record.length - 1], static_cast<std::byte>(i + lap % 50));
        consumer.take(record, std::memory_order_release);
      }
      EXPECT_TRUE(consumer.empty());
    }
  }
}

TEST(ByteRing, PlacesGivenBackAreFree) {
  Memory memory(8192);
  ring::Producer producer(memory.view());
  while (producer.has_room(1000)) producer.reserve(1000);
  producer.unreserve();
  ring::Consumer consumer(memory.view(), largest);
  EXPECT_TRUE(consumer.empty());
  EXPECT_TRUE(producer.has_room(7000));
}

TEST(ByteRing, WhatAConsumerHoldsIsNotFree) {
  for (const bool in_slots : {false, true}) {
    Memory memory(8192);
    const ring::View view = in_slots ? memory.slots(64) : memory.view();
    ring::Producer producer(view);
    ring::Consumer consumer(view, 64);
    while (producer.has_room(64)) {
      producer.stage(64, 64);
      producer.publish(std::memory_order_release);
    }
    ring::Record first;
    ring::Record next;
    ASSERT_EQ(consumer.look(first), ring::Look::found);
    consumer.hold(first);
    ASSERT_EQ(consumer.look(next), ring::Look::found);
    EXPECT_NE(first.payload, next.payload);
    consumer.hold(next);
    ASSERT_TRUE(producer.look());
    EXPECT_FALSE(producer.has_room(64));
    consumer.give_back(first, std::memory_order_release);
    ASSERT_TRUE(producer.look());
    EXPECT_TRUE(producer.has_room(64));
    EXPECT_LT(consumer.tail(), 2 * first.bytes);
    consumer.give_back(next, std::memory_order_release);
    EXPECT_EQ(consumer.tail(), first.bytes + next.bytes);
  }
}

TEST(ByteRing, ACorruptHeaderIsRefused) {
  using ring::present;
  const std::uint64_t bad[] = {
      1,                                                       // not present
      present | (largest + 1),                                 // longer than any message
      present | ring::length_mask,                             // far longer than the ring
      present | std::uint64_t{1023} << ring::spare_shift | 8,  // a place longer than the ring
      present | ring::spare_mask << ring::spare_shift,
      ring::streamed | ring::line_aligned | 4096,  // flags without presence
  };
  for (const std::uint64_t header : bad) {
    Memory memory(8192);
    ring::Consumer consumer(memory.view(), largest);
    ring::header_at(memory.data(), 0).store(header);
    ring::Record record;
    EXPECT_EQ(consumer.look(record), ring::Look::corrupt) << std::hex << header;
  }
}

TEST(ByteRing, ATailThatCannotBeIsRefused) {
  Memory memory(8192);
  ring::Producer producer(memory.view());
  producer.stage(64, 64);
  producer.publish(std::memory_order_release);
  memory.view().control->tail.store(100'000);
  EXPECT_FALSE(producer.look());
  memory.view().control->coarse_tail.store(100'000);
  EXPECT_FALSE(producer.look_coarse());
}

struct QueueMemory : Memory {
  explicit QueueMemory(std::uint64_t capacity)
      : Memory(capacity), control(*reinterpret_cast<ring::QueueControl*>(mapping.data())) {
    EXPECT_TRUE(ring::LockedQueue::initialise(control));
  }
  ring::LockedQueue queue() const { return {control, data(), capacity, largest}; }
  ring::QueueControl& control;
};

TEST(LockedQueue, ManyThreadsLoseAndDuplicateNothing) {
  constexpr std::uint64_t each = 3'000;
  constexpr unsigned threads = 3;
  QueueMemory memory(8192);
  std::atomic<std::uint64_t> sum{0};
  std::atomic<std::uint64_t> received{0};
  std::vector<std::thread> all;
  for (unsigned t = 0; t < threads; ++t) {
    all.emplace_back([&, t] {
      auto queue = memory.queue();
      for (std::uint64_t i = 0; i < each; ++i) {
        std::byte message[200] = {};
        const std::uint64_t value = t * each + i;
        std::memcpy(message, &value, sizeof value);
        const std::span<const std::byte> whole(message, 8 + value % 190);
        while (!queue.push(whole, Deadline::never())) sched_yield();
      }
    });
    all.emplace_back([&] {
      auto queue = memory.queue();
      std::byte buffer[largest];
      while (received.load() < each * threads) {
        auto size = queue.pop(buffer, Deadline::never());
        if (!size) {
          sched_yield();
          continue;
        }
        std::uint64_t value = 0;
        std::memcpy(&value, buffer, sizeof value);
        EXPECT_EQ(*size, 8 + value % 190);
        sum += value;
        ++received;
      }
    });
  }
  for (auto& thread : all) thread.join();
  constexpr std::uint64_t total = each * threads;
  EXPECT_EQ(received.load(), total);
  EXPECT_EQ(sum.load(), total * (total - 1) / 2);
}

TEST(LockedQueue, AnOwnerThatDiesLeavesItUsable) {
  QueueMemory memory(8192);
  auto queue = memory.queue();
  const std::byte message[5] = {};
  ASSERT_TRUE(queue.push(message, Deadline::never()));
  // A thread that ends while it owns a robust mutex is what a killed process is to its peers.
  std::thread([&] { pthread_mutex_lock(&memory.control.mutex); }).join();
  std::byte buffer[largest];
  EXPECT_EQ(queue.pop(buffer, Deadline::after(2'000'000'000)).value_or(99), 5U);
  EXPECT_TRUE(queue.push(message, Deadline::immediate()));
  EXPECT_EQ(queue.pop(buffer, Deadline::immediate()).value_or(99), 5U);
}

TEST(LockedQueue, CorruptIndicesAndLengthsAreRefused) {
  QueueMemory memory(8192);
  auto queue = memory.queue();
  std::byte buffer[largest];
  memory.control.head.store(16);
  const std::uint64_t length = largest + 1;
  std::memcpy(memory.data(), &length, sizeof length);
  EXPECT_EQ(queue.pop(buffer, Deadline::never()).error().code, Errc::corrupt);
  memory.control.head.store(std::uint64_t{1} << 40U);
  EXPECT_EQ(queue.pop(buffer, Deadline::never()).error().code, Errc::corrupt);
  EXPECT_EQ(queue.push(std::span(buffer, 1), Deadline::never()).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace ipcmark
