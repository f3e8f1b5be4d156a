// The receiver's account, fed directly and through every fault a sender can have.
#include "scenarios/traffic/ledger.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "scenarios/traffic/faults.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t seed = 42;
using Message = std::vector<std::byte>;

Message message_of(std::uint64_t sequence, std::uint32_t sender = 0, std::size_t size = 64) {
  Message message(size);
  stamp_message(message, {sender, sequence}, seed, Verify::full);
  return message;
}

Integrity account(const std::vector<std::uint64_t>& order, std::uint64_t sent) {
  Ledger ledger(seed, Verify::full, 1);
  for (const std::uint64_t sequence : order) ledger.arrived(message_of(sequence), 64);
  const std::uint64_t all[] = {sent};
  return ledger.settle(all);
}

TEST(Ledger, InOrderIsClean) {
  const Integrity integrity = account({0, 1, 2, 3}, 4);
  EXPECT_TRUE(integrity.clean());
  EXPECT_EQ(integrity.checked, 4U);
}

TEST(Ledger, ALostOneIsCountedWhereverItWas) {
  EXPECT_EQ(account({1, 2, 3}, 4).lost, 1U);
  EXPECT_EQ(account({0, 2, 3}, 4).lost, 1U);
  EXPECT_EQ(account({0, 1, 2}, 4).lost, 1U);
  EXPECT_EQ(account({}, 4).lost, 4U);
  EXPECT_EQ(account({0, 9}, 10).lost, 8U);
}

TEST(Ledger, ALateOneIsReorderedAndNotLost) {
  const Integrity integrity = account({0, 2, 4, 3, 1}, 5);
  EXPECT_EQ(integrity.reordered, 2U);
  EXPECT_EQ(integrity.lost, 0U);
  EXPECT_EQ(integrity.duplicated, 0U);
}

TEST(Ledger, ALateOneInsideAGapLeavesTheRestOfIt) {
  const Integrity integrity = account({0, 5, 3}, 6);
  EXPECT_EQ(integrity.reordered, 1U);
  EXPECT_EQ(integrity.lost, 3U);
}

TEST(Ledger, ASecondCopyIsADuplicateEvenOfALateOne) {
  EXPECT_EQ(account({0, 0, 1}, 2).duplicated, 1U);
  EXPECT_EQ(account({0, 2, 1, 1}, 3).duplicated, 1U);
}

TEST(Ledger, AMessageNobodySentIsCorrupt) {
  EXPECT_EQ(account({0, 1, 2}, 2).corrupted, 1U);
  Ledger ledger(seed, Verify::full, 1);
  ledger.arrived(message_of(0, 7), 64);
  const std::uint64_t none[] = {0};
  EXPECT_EQ(ledger.settle(none).corrupted, 1U);
}

TEST(Ledger, SendersAreAccountedForApart) {
  Ledger ledger(seed, Verify::full, 2);
  for (const std::uint64_t sequence : {0U, 1U, 2U}) ledger.arrived(message_of(sequence, 1), 64);
  ledger.arrived(message_of(0, 0), 64);
  const std::uint64_t sent[] = {2, 3};
  EXPECT_EQ(ledger.settle(sent).lost, 1U);
}

TEST(Ledger, MessagesTooSmallForAnIdentityAreCounted) {
  Ledger ledger(seed, Verify::full, 1);
  for (int i = 0; i < 3; ++i) ledger.arrived(Message(1), 1);
  const std::uint64_t more[] = {4};
  const std::uint64_t fewer[] = {2};
  EXPECT_EQ(ledger.settle(more).lost, 1U);
  EXPECT_EQ(ledger.settle(fewer).duplicated, 1U);
}

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
  Ledger ledger(seed, Verify::full, 1);
  for (const Message& message : arrived) ledger.arrived(message, size);
  const std::uint64_t sent[] = {count};
  return ledger.settle(sent);
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

TEST(Faults, MisspeltOnesAreNamedInOneSentence) {
  EXPECT_EQ(fault_error(""), "");
  EXPECT_EQ(fault_error("drop:7"), "");
  EXPECT_NE(fault_error("drpo:7").find("did you mean 'drop:'"), std::string::npos);
  for (const char* bad :
       {"drop", "drop:", "drop:0", "drop:x", "drop:-1", "drop:7x", "nonsense:1"}) {
    EXPECT_NE(fault_error(bad), "") << bad;
  }
}

}  // namespace
}  // namespace ipcmark
