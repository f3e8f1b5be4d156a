#include "scenarios/launch/diagnosis.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

ChannelUse channel(std::vector<unsigned> senders, std::vector<unsigned> receivers) {
  ChannelUse use{{}, std::move(senders), std::move(receivers)};
  use.spec.senders = static_cast<std::uint32_t>(use.senders.size());
  use.spec.receivers = static_cast<std::uint32_t>(use.receivers.size());
  return use;
}

WorkerSample in(Operation operation, std::uint32_t place = 0) {
  WorkerSample sample;
  sample.stage = Stage::run;
  sample.operation = operation;
  sample.place = place;
  sample.process.state = 'S';
  sample.arrived = operation == Operation::barrier;
  return sample;
}

WorkerSample finished() {
  WorkerSample sample;
  sample.finished = true;
  return sample;
}

// Everyone who is in an operation has slept through both samples.
std::vector<bool> stuck_all(const std::vector<WorkerSample>& workers) {
  std::vector<bool> result;
  for (const auto& worker : workers) result.push_back(stuck(worker, worker, 500'000'000));
  return result;
}

std::optional<TrialEnd> find(const Layout& layout, const std::vector<WorkerSample>& workers) {
  return diagnose(layout, "pipe", workers, stuck_all(workers));
}

Layout two_ways() {
  Layout layout;
  layout.roles = {"sender", "receiver", "third"};
  layout.channels = {channel({2}, {2}), channel({0}, {1}), channel({1}, {0})};
  return layout;
}

TEST(Diagnosis, NamesBothSendersOfACycle) {
  const auto finding =
      find(two_ways(), {in(Operation::send, 1), in(Operation::send, 2), in(Operation::none)});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->state, State::deadlock);
  EXPECT_EQ(finding->reason,
            "sender 0 in send on channel 1 (pipe, full), "
            "receiver 1 in send on channel 2 (pipe, full)");
}

TEST(Diagnosis, WaitingForSomebodyWhoThinksIsNoDeadlock) {
  EXPECT_FALSE(
      find(two_ways(), {in(Operation::send, 1), in(Operation::none), in(Operation::none)}));
}

TEST(Diagnosis, ChannelBothFullAndEmptyIsNoDeadlockWhoeverWaitsBeside) {
  EXPECT_FALSE(
      find(two_ways(), {in(Operation::send, 1), in(Operation::receive, 1), in(Operation::none)}));
  EXPECT_FALSE(
      find(two_ways(), {in(Operation::send, 1), in(Operation::wait_set), in(Operation::none)}));
  EXPECT_FALSE(find(two_ways(),
                    {in(Operation::send, 1), in(Operation::receive, 1), in(Operation::barrier)}));
  const auto channel =
      stalled_channel(two_ways(), {in(Operation::send, 1), in(Operation::wait_set), finished()});
  ASSERT_TRUE(channel);
  EXPECT_EQ(*channel, 1U);
  EXPECT_FALSE(stalled_channel(two_ways(), {in(Operation::send, 1), finished(), finished()}));
}

TEST(Diagnosis, AReceiverToWhomBytesAreOnTheirWayIsNotStuck) {
  WorkerSample receiver = in(Operation::receive, 1);
  WorkerSample other = in(Operation::receive, 2);
  EXPECT_TRUE(find(two_ways(), {other, receiver, finished()}));
  receiver.in_flight = other.in_flight = true;
  EXPECT_FALSE(find(two_ways(), {other, receiver, finished()}));
  // Full is full, whatever is sent again.
  WorkerSample sender = in(Operation::send, 1);
  WorkerSample back = in(Operation::send, 2);
  sender.in_flight = back.in_flight = true;
  EXPECT_TRUE(find(two_ways(), {sender, back, finished()}));
}

TEST(Diagnosis, OneFreeSenderSavesTheReceiver) {
  Layout layout;
  layout.roles = {"a", "b", "c"};
  layout.channels = {channel({1, 2}, {0}), channel({0}, {1})};
  EXPECT_FALSE(
      find(layout, {in(Operation::receive, 0), in(Operation::receive, 1), in(Operation::none)}));
  const auto finding =
      find(layout, {in(Operation::receive, 0), in(Operation::receive, 1), finished()});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->state, State::deadlock);
}

TEST(Diagnosis, ABarrierIsStuckWithAnyOneThatIs) {
  Layout layout;
  layout.roles = {"a", "b", "c"};
  layout.channels = {channel({0}, {1})};
  const auto finding =
      find(layout, {in(Operation::barrier), in(Operation::receive, 0), in(Operation::none)});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->state, State::deadlock);
  EXPECT_NE(finding->reason.find("a 0 in barrier"), std::string::npos);
}

TEST(Diagnosis, ABarrierThatWaitsForAWorkingOneIsNotStuck) {
  Layout layout;
  layout.roles = {"a", "b"};
  EXPECT_FALSE(find(layout, {in(Operation::barrier), in(Operation::none)}));
}

TEST(Diagnosis, AReceiverWhoseSendersAreDoneIsForsakenNotDeadlocked) {
  Layout layout;
  layout.roles = {"a", "b"};
  layout.channels = {channel({0}, {1})};
  const auto finding = find(layout, {finished(), in(Operation::receive, 0)});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->state, State::timeout);
  EXPECT_NE(finding->reason.find("b 1 in receive on channel 0"), std::string::npos);
}

TEST(Diagnosis, AHolderThatIsStuckHoldsUpTheLockToo) {
  Layout layout;
  layout.roles = {"holder", "waiter"};
  layout.locks = {"futex"};
  layout.channels = {channel({1}, {0})};
  const auto finding = find(layout, {in(Operation::receive, 0), in(Operation::lock, 0)});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->state, State::deadlock);
  EXPECT_NE(finding->reason.find("waiter 1 in lock futex"), std::string::npos);
}

TEST(Diagnosis, AWaitSetIsHelpedByAnySenderOfItsReceivers) {
  Layout layout;
  layout.roles = {"server", "a", "b"};
  layout.channels = {channel({1}, {0}), channel({2}, {0}), channel({0}, {1}), channel({0}, {2})};
  EXPECT_FALSE(
      find(layout, {in(Operation::wait_set), in(Operation::receive, 2), in(Operation::none)}));
  EXPECT_TRUE(find(
      layout, {in(Operation::wait_set), in(Operation::receive, 2), in(Operation::receive, 3)}));
}

TEST(Diagnosis, StuckMeansAsleepInTheSameOperationWithoutProgress) {
  constexpr std::uint64_t between = 500'000'000;
  const WorkerSample before = in(Operation::send, 1);
  EXPECT_TRUE(stuck(before, before, between));
  WorkerSample after = before;
  after.done = 1;
  EXPECT_FALSE(stuck(before, after, between));
  after = before;
  after.place = 2;
  EXPECT_FALSE(stuck(before, after, between));
  for (const char state : {'D', 'R', 'T', 't', 'Z', '?'}) {
    after = before;
    after.process.state = state;
    EXPECT_FALSE(stuck(before, after, between)) << state;
  }
}

TEST(Diagnosis, SlicedWaitsAreSleepButManySwitchesAreNot) {
  constexpr std::uint64_t between = 500'000'000;
  const WorkerSample before = in(Operation::send, 1);
  WorkerSample after = before;
  after.process.switches = 6;  // a wake-up each 100 ms
  EXPECT_TRUE(stuck(before, after, between));
  after.process.switches = 100;
  EXPECT_FALSE(stuck(before, after, between));
}

TEST(Diagnosis, WhoRunsInOneOperationWithoutProgressSpins) {
  WorkerSample before = in(Operation::receive, 1);
  before.process.state = 'R';
  before.process.ran_ns = 1000;
  WorkerSample after = before;
  after.process.ran_ns += spinning_ns - 1;
  EXPECT_FALSE(spins(before, after)) << "it may be at work on a long message";
  after.process.ran_ns += 1;
  EXPECT_TRUE(spins(before, after));
  EXPECT_FALSE(stuck(before, after, 500'000'000));
  after.process.state = 'S';  // one that naps between its looks
  EXPECT_TRUE(spins(before, after));
  for (const char state : {'D', 'T', 't', 'Z', '?'}) {
    after.process.state = state;
    EXPECT_FALSE(spins(before, after)) << state;
  }
  after.process.state = 'R';
  after.in_flight = true;
  EXPECT_FALSE(spins(before, after));
  after.in_flight = false;
  after.done = 1;
  EXPECT_FALSE(spins(before, after));
}

// Over a mechanism without anything to sleep on it looks every millisecond.
TEST(Diagnosis, APolledWaitSetIsAsleepToo) {
  constexpr std::uint64_t between = 500'000'000;
  const WorkerSample before = in(Operation::wait_set);
  WorkerSample after = before;
  after.process.switches = 500;
  EXPECT_TRUE(stuck(before, after, between));
  after.process.switches = 2500;  // tries to send meanwhile, every 200 us
  EXPECT_FALSE(stuck(before, after, between));
}

TEST(Diagnosis, WhoWaitsForASharedWordIsHelpedByAnyOther) {
  const auto finding =
      find(two_ways(), {in(Operation::shared_word), in(Operation::receive, 1), finished()});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->state, State::deadlock);
  EXPECT_NE(finding->reason.find("sender 0 in wait for a shared word"), std::string::npos);
  EXPECT_FALSE(find(two_ways(), {in(Operation::shared_word), in(Operation::none), finished()}));
}

}  // namespace
}  // namespace ipcmark
