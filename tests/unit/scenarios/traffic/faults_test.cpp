// Every fault that a sender can have, and what the receiver's account makes of it.
#include "scenarios/traffic/faults.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/traffic/sequence_tracker.hpp"
#include "tests/unit/scenarios/traffic/stamped_messages.hpp"

namespace ipcmark {
namespace {

// Keeps what it is sent.
class Recorder : public Sender {
 public:
  explicit Recorder(std::vector<Message>& sent) : sent_(sent) {}
  Status send(std::span<const std::byte> message, Deadline) override {
    if (full) return fail(Errc::would_block, "full");
    sent_.emplace_back(message.begin(), message.end());
    return {};
  }
  Status close(Deadline) override { return {}; }
  bool full = false;

 private:
  std::vector<Message>& sent_;
};

Integrity through(const std::string& fault, std::uint64_t count = 10, std::size_t size = 64) {
  std::vector<Message> arrived;
  const auto sender = with_fault(std::make_unique<Recorder>(arrived), fault);
  for (std::uint64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(sender->send(message_of(i, 0, size), Deadline::never()).has_value());
  }
  EXPECT_TRUE(sender->close(Deadline::never()).has_value());
  SequenceTracker tracker(seed, Verify::full, 1);
  for (const Message& message : arrived) tracker.arrived(message, size);
  const std::uint64_t sent[] = {count};
  return tracker.settle(sent);
}

TEST(Faults, EachIsCaughtAsWhatItIs) {
  for (const std::size_t size : {8U, 16U, 24U, 64U, 5000U}) {
    EXPECT_TRUE(through("", 10, size).clean());
    EXPECT_TRUE(through("delay:1", 10, size).clean());
    EXPECT_EQ(through("drop:3", 10, size).lost, 1U) << size;
    EXPECT_EQ(through("duplicate:3", 10, size).duplicated, 1U) << size;
    EXPECT_EQ(through("swap:3", 10, size).reordered, 1U) << size;
    EXPECT_EQ(through("truncate:3", 10, size).wrong_length, 1U) << size;
    EXPECT_FALSE(through("flip:3", 10, size).clean()) << size;
    if (size > 8) {
      EXPECT_EQ(through("flip:3", 10, size).corrupted, 1U) << size;
    }
  }
}

TEST(Faults, OfTheLastMessageToo) {
  EXPECT_EQ(through("drop:10").lost, 1U);
  EXPECT_EQ(through("duplicate:10").duplicated, 1U);
  EXPECT_TRUE(through("swap:10").clean()) << "held back until close, with nothing to swap with";
}

TEST(Faults, AFaultBeyondTheLastMessageDoesNothing) { EXPECT_TRUE(through("drop:11").clean()); }

TEST(Faults, AMessageThatCouldNotBeSentIsStillTheNextOne) {
  std::vector<Message> arrived;
  auto recorder = std::make_unique<Recorder>(arrived);
  Recorder& inner = *recorder;
  const auto sender = with_fault(std::move(recorder), "flip:2");
  ASSERT_TRUE(sender->send(message_of(0), Deadline::immediate()).has_value());
  inner.full = true;
  EXPECT_EQ(sender->send(message_of(1), Deadline::immediate()).error().code, Errc::would_block);
  inner.full = false;
  ASSERT_TRUE(sender->send(message_of(1), Deadline::immediate()).has_value());
  ASSERT_EQ(arrived.size(), 2U);
  EXPECT_EQ(examine_message(arrived[1], 64, seed, Verify::full).finding, Finding::corrupted);
}

class Source final : public Receiver {
 public:
  Result<std::size_t> receive(std::span<std::byte>, Deadline) override { return 3; }
  bool ready() override { return true; }
  int descriptor() const override { return 17; }
};

std::uint64_t own_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

TEST(Faults, SlowOnesOfEveryThirdMessageLeaveTheOthersAlone) {
  constexpr std::uint64_t ns = 50'000'000;
  std::vector<Message> arrived;
  const auto sender = with_fault(std::make_unique<Recorder>(arrived), "slow:50000000/3");
  const auto receiver = with_fault(std::make_unique<Source>(), "slow:50000000/3");
  std::byte buffer[8];
  for (std::uint64_t i = 1; i <= 6; ++i) {
    const std::uint64_t cpu = own_cpu_ns();
    const std::uint64_t begin = now_ns();
    ASSERT_TRUE(sender->send(message_of(i), Deadline::never()).has_value());
    const std::uint64_t sent = now_ns();
    EXPECT_EQ(*receiver->receive(buffer, Deadline::never()), 3U);
    if (i % 3 == 0) {
      EXPECT_GE(sent - begin, ns) << i;
      EXPECT_GE(now_ns() - sent, ns) << i;
    } else {
      EXPECT_LT(own_cpu_ns() - cpu, ns) << i;  // of what others run meanwhile it knows nothing
    }
  }
}

TEST(Faults, SlowOnesSlowBothSides) {
  constexpr std::uint64_t ns = 2'000'000;
  std::vector<Message> arrived;
  const auto sender = with_fault(std::make_unique<Recorder>(arrived), "slow:2000000");
  std::uint64_t begin = now_ns();
  ASSERT_TRUE(sender->send(message_of(0), Deadline::never()).has_value());
  EXPECT_GE(now_ns() - begin, ns);
  const auto receiver = with_fault(std::make_unique<Source>(), "slow:2000000");
  std::byte buffer[8];
  begin = now_ns();
  EXPECT_EQ(*receiver->receive(buffer, Deadline::never()), 3U);
  EXPECT_GE(now_ns() - begin, ns);
  EXPECT_EQ(receiver->descriptor(), 17);
  auto plain = std::make_unique<Source>();
  const Receiver* as_it_was = plain.get();
  EXPECT_EQ(with_fault(std::move(plain), "drop:3").get(), as_it_was);
}

// Notes each call that it gets.
class Noting final : public Receiver {
 public:
  explicit Noting(std::vector<std::string>& calls) : calls_(calls) {}
  Result<std::size_t> receive(std::span<std::byte>, Deadline) override {
    return note("receive", 3U);
  }
  Result<std::span<const std::byte>> borrow(Deadline) override {
    return note("borrow", std::span<const std::byte>());
  }
  void release() override { note("release", 0); }
  Status subscribe(std::uint8_t topic) override {
    note("subscribe " + std::to_string(topic), 0);
    return {};
  }
  bool ready() override { return note("ready", true); }
  int descriptor() const override { return note("descriptor", 17); }
  std::atomic<std::uint32_t>* futex_word() override { return note("futex_word", &word_); }
  void announce_wait(bool waiting) override {
    note(waiting ? "announce_wait" : "announce no wait", 0);
  }

 private:
  template <class T>
  T note(std::string call, T answer) const {
    calls_.push_back(std::move(call));
    return answer;
  }
  std::vector<std::string>& calls_;
  std::atomic<std::uint32_t> word_{0};
};

TEST(Faults, ASlowReceiverPassesEveryCallOn) {
  std::vector<std::string> calls;
  const auto receiver = with_fault(std::make_unique<Noting>(calls), "slow:1");
  EXPECT_TRUE(receiver->subscribe(5).has_value());
  std::byte buffer[8];
  EXPECT_EQ(receiver->receive(buffer, Deadline::never()), 3U);
  EXPECT_TRUE(receiver->borrow(Deadline::never()).has_value());
  receiver->release();
  EXPECT_TRUE(receiver->ready());
  EXPECT_EQ(receiver->descriptor(), 17);
  EXPECT_NE(receiver->futex_word(), nullptr);
  receiver->announce_wait(true);
  receiver->announce_wait(false);
  const std::vector<std::string> all{"subscribe 5", "receive",       "borrow",
                                     "release",     "ready",         "descriptor",
                                     "futex_word",  "announce_wait", "announce no wait"};
  EXPECT_EQ(calls, all);
}

TEST(Faults, WhatDamagesASendRefusesALoan) {
  class Lending final : public Sender {
   public:
    Status send(std::span<const std::byte>, Deadline) override { return {}; }
    Result<std::span<std::byte>> loan(std::size_t, Deadline) override {
      return std::span<std::byte>();
    }
    Status publish(std::size_t) override { return {}; }
    Status close(Deadline) override { return {}; }
  };
  const auto damaging = with_fault(std::make_unique<Lending>(), "drop:2");
  EXPECT_EQ(damaging->loan(8, Deadline::never()).error().code, Errc::unsupported);
  EXPECT_EQ(damaging->publish(8).error().code, Errc::unsupported);
  const auto slow = with_fault(std::make_unique<Lending>(), "slow:1");
  EXPECT_TRUE(slow->loan(8, Deadline::never()).has_value());
  EXPECT_TRUE(slow->publish(8).has_value());
}

bool happens(const std::string& fault, std::uint64_t messages) {
  std::vector<Message> arrived;
  std::atomic<std::uint32_t> happened{0};
  const auto sender = with_fault(std::make_unique<Recorder>(arrived), fault, &happened);
  for (std::uint64_t i = 0; i < messages; ++i) {
    EXPECT_TRUE(sender->send(message_of(i), Deadline::never()).has_value());
  }
  EXPECT_TRUE(sender->close(Deadline::never()).has_value());
  return happened != 0;
}

TEST(Faults, SayWhetherTheyHappened) {
  for (const char* kind : {"drop", "duplicate", "flip", "truncate", "stall"}) {
    EXPECT_TRUE(happens(std::string(kind) + ":2", 2)) << kind;
    EXPECT_FALSE(happens(std::string(kind) + ":3", 2)) << kind;
  }
  EXPECT_FALSE(happens("swap:2", 2)) << "nothing has overtaken it";
  EXPECT_TRUE(happens("swap:2", 3));
  EXPECT_TRUE(happens("slow:1", 1));
  EXPECT_FALSE(happens("slow:1", 0));
  EXPECT_NE(never_happened("drop:7").find("fewer than 7 messages"), std::string::npos);
  EXPECT_NE(never_happened("swap:7").find("fewer than 8 messages"), std::string::npos);
}

TEST(Faults, MisspeltOnesAreNamedInOneSentence) {
  EXPECT_EQ(fault_error(""), "");
  EXPECT_EQ(fault_error("drop:7"), "");
  EXPECT_EQ(fault_error("slow:500/50"), "");
  for (const char* bad : {"slow:500/0", "slow:500/", "slow:/50", "slow:5/5/5", "drop:3/2"}) {
    EXPECT_NE(fault_error(bad), "") << bad;
  }
  EXPECT_NE(fault_error("drpo:7").find("did you mean 'drop:'"), std::string::npos);
  for (const char* bad :
       {"drop", "drop:", "drop:0", "drop:x", "drop:-1", "drop:7x", "nonsense:1"}) {
    EXPECT_NE(fault_error(bad), "") << bad;
  }
}

}  // namespace
}  // namespace ipcmark
