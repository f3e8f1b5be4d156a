// Minutes pass here in no time: the clock, the workers and the machine are made up.
#include "scenarios/launch/watchdog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ipcmark {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1'000 * ms;
constexpr std::uint64_t tick = 200 * ms;

class MadeUpGroup : public WatchedGroup {
 public:
  unsigned size() const override { return static_cast<unsigned>(lines.size()); }
  WorkerSample line(unsigned worker) const override { return lines[worker]; }
  ProcessState process(unsigned worker) const override {
    ProcessState process = states[worker];
    if (process.state == 'R') process.ran_ns = *clock / 100 * share_of_cpu;
    return process;
  }
  bool retransmits() const override { return retransmitting; }
  std::uint32_t released() const override { return barriers; }

  std::vector<WorkerSample> lines;
  std::vector<ProcessState> states;
  bool retransmitting = false;
  const std::uint64_t* clock = nullptr;
  std::uint64_t share_of_cpu = 100;  // in percent, of those who are runnable
  std::uint32_t barriers = 1;
};

ChannelUse channel(std::vector<unsigned> senders, std::vector<unsigned> receivers) {
  ChannelUse use{{}, std::move(senders), std::move(receivers)};
  use.spec.senders = static_cast<std::uint32_t>(use.senders.size());
  use.spec.receivers = static_cast<std::uint32_t>(use.receivers.size());
  return use;
}

WorkerSample in(Operation operation, std::uint32_t place = 0, Stage stage = Stage::run) {
  WorkerSample sample;
  sample.up = true;
  sample.stage = stage;
  sample.operation = operation;
  sample.place = place;
  return sample;
}

ProcessState state(char letter) {
  ProcessState process;
  process.state = letter;
  return process;
}

class WatchdogTest : public testing::Test {
 protected:
  WatchdogTest() {
    layout_.roles = {"sender", "receiver"};
    layout_.channels = {channel({0}, {1}), channel({1}, {0})};
    group_.clock = &clock_;
    spec_.backend = "tcp";
    spec_.duration_ns = second;
    set(in(Operation::send, 0), in(Operation::receive, 0));
  }
  void set(const WorkerSample& first, const WorkerSample& second_one, char letter = 'S') {
    group_.lines = {first, second_one};
    group_.states = {state(letter), state(letter)};
  }
  // Looks every 200 ms for that long; the first verdict.
  std::optional<TrialEnd> watch(std::uint64_t for_ns) {
    if (!watchdog_) {
      time_.emplace(MachineProbe{[this] { return clock_; }, [this] { return load_; }});
      watchdog_.emplace(spec_, layout_, limits_, group_, *time_);
    }
    for (std::uint64_t passed = 0; passed < for_ns; passed += tick) {
      clock_ += tick;
      if (moving_) ++group_.lines[0].done;
      if (auto end = watchdog_->check()) return end;
    }
    return std::nullopt;
  }
  void pause(std::uint64_t for_ns) { clock_ += for_ns; }

  RunSpec spec_;
  Layout layout_;
  TrialLimits limits_;
  MadeUpGroup group_;
  std::uint64_t clock_ = 1000 * second;
  double load_ = 1;
  bool moving_ = false;
  std::optional<WatchedTime> time_;
  std::optional<Watchdog> watchdog_;
};

TEST_F(WatchdogTest, TwoWhoWaitForEachOtherAreADeadlockAtOnce) {
  set(in(Operation::send, 0), in(Operation::send, 1));
  const auto end = watch(3 * second);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, State::deadlock);
}

TEST_F(WatchdogTest, AStallWithinAChannelIsOneAndNoDeadlock) {
  EXPECT_FALSE(watch(25 * second));
  const auto end = watch(20 * second);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, State::timeout);
  EXPECT_EQ(end->cause, Cause::stall);
  EXPECT_THAT(end->reason, HasSubstr("stalled within channel 0: nothing has moved for 3"));
}

TEST_F(WatchdogTest, AChannelThatMovesAgainInTimeHasNotStalled) {
  EXPECT_FALSE(watch(25 * second));
  ++group_.lines[1].done;
  EXPECT_FALSE(watch(25 * second));
}

TEST_F(WatchdogTest, CallsThatCannotBeInterruptedAreSlowAndNoDeadlock) {
  set(in(Operation::send, 0), in(Operation::send, 1), 'D');
  EXPECT_FALSE(watch(25 * second));
  const auto end = watch(20 * second);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->cause, Cause::stall);
  EXPECT_THAT(end->reason, HasSubstr("stalled: nothing has moved"));
}

// Of a lost message over shared memory.
TEST_F(WatchdogTest, SpinnersWhoWaitForEachOtherAreCalledWithinTenSeconds) {
  set(in(Operation::receive, 1), in(Operation::receive, 0), 'R');
  load_ = 20;  // whatever else runs
  EXPECT_FALSE(watch(7 * second));
  const auto end = watch(2 * second + 800 * ms);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, State::deadlock);
  EXPECT_THAT(end->reason, HasSubstr("receiver 1 in receive on channel 0 (tcp, empty)"));
}

TEST_F(WatchdogTest, OneWhoSpinsAndOneWhoSleepsAreCalledToo) {
  set(in(Operation::receive, 1), in(Operation::receive, 0), 'R');
  group_.states[1] = state('S');
  EXPECT_FALSE(watch(7 * second));
  EXPECT_TRUE(watch(3 * second));
}

// Verifying a gigabyte takes a second of its own, and twenty beside others.
TEST_F(WatchdogTest, SpinnersThatGetLittleCpuAreCalledLater) {
  set(in(Operation::receive, 1), in(Operation::receive, 0), 'R');
  group_.share_of_cpu = 10;
  EXPECT_FALSE(watch(19 * second));
  EXPECT_TRUE(watch(5 * second));
}

TEST_F(WatchdogTest, ASpinnerThatGetsNoCpuProvesNothing) {
  set(in(Operation::receive, 1), in(Operation::receive, 0), 'R');
  group_.share_of_cpu = 0;
  EXPECT_FALSE(watch(29 * second));
}

// A gigabyte from one to the other, both busy with it.
TEST_F(WatchdogTest, OneLongMessageIsNotTakenForSpinning) {
  set(in(Operation::send, 0), in(Operation::receive, 0), 'R');
  EXPECT_FALSE(watch(29 * second));
}

TEST_F(WatchdogTest, SpinningSendersAreCalledToo) {
  set(in(Operation::send, 0), in(Operation::send, 1), 'R');
  EXPECT_FALSE(watch(7 * second));
  const auto end = watch(3 * second);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, State::deadlock);
}

TEST_F(WatchdogTest, BothInReceiveWhileBytesAreOnTheirWayIsNoDeadlock) {
  set(in(Operation::receive, 1), in(Operation::receive, 0));
  group_.retransmitting = true;
  EXPECT_FALSE(watch(25 * second));
  group_.retransmitting = false;
  const auto end = watch(3 * second);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, State::deadlock);
}

TEST_F(WatchdogTest, OnlyTheTrialsTimeoutEndsWhatMoves) {
  moving_ = true;
  EXPECT_FALSE(watch(59 * second));
  const auto end = watch(2 * second);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, State::timeout);
  EXPECT_EQ(end->cause, Cause::stage_limit);
  EXPECT_THAT(end->reason,
              HasSubstr("did not end within 60.2 s (--trial-timeout): sender 0 in send"));
}

TEST_F(WatchdogTest, TheTrialsTimeoutIsWhatIsAskedFor) {
  moving_ = true;
  limits_.trial_ns = 600 * second;
  EXPECT_FALSE(watch(599 * second));
  EXPECT_TRUE(watch(2 * second));
}

TEST_F(WatchdogTest, MinutesInWhichTheCoordinatorDidNotRunCountForNothing) {
  limits_.trial_ns = 100 * second;
  for (const Stage stage : {Stage::open, Stage::drain}) {
    set(in(Operation::none, 0, stage), in(Operation::none, 0, stage));
    group_.barriers = stage == Stage::open ? 0 : 1;
    EXPECT_FALSE(watch(4 * second));
    pause(600 * second);
    EXPECT_FALSE(watch(4 * second));
    pause(60 * second);
    EXPECT_FALSE(watch(4 * second));
  }
}

TEST_F(WatchdogTest, WhatWasSeenBeforeAPauseProvesNothingAfterIt) {
  set(in(Operation::send, 0), in(Operation::send, 1));
  EXPECT_FALSE(watch(1200 * ms));  // the first sample has been taken
  pause(60 * second);
  EXPECT_FALSE(watch(200 * ms));
  EXPECT_TRUE(watch(3 * second));
}

TEST_F(WatchdogTest, AnOpeningThatStandsStillNamesWhoIsNotReady) {
  set(in(Operation::none, 0, Stage::open), in(Operation::none, 0, Stage::open));
  group_.barriers = 0;
  group_.lines[0].arrived = true;
  const auto end = watch(6 * second);
  ASSERT_TRUE(end);
  EXPECT_THAT(end->reason, HasSubstr("in stage open nothing has moved for 5."));
  EXPECT_THAT(end->reason, HasSubstr("not ready: receiver 1"));
}

TEST_F(WatchdogTest, OneAfterAnotherMayOpenForMinutes) {
  set(in(Operation::none, 0, Stage::open), in(Operation::none, 0, Stage::open));
  group_.barriers = 0;
  EXPECT_FALSE(watch(4 * second));
  group_.lines[0].arrived = true;
  EXPECT_FALSE(watch(4 * second));
}

TEST_F(WatchdogTest, LimitsGrowWithTheProcessesAndWithLoad) {
  for (unsigned i = 2; i < 250; ++i) layout_.roles.emplace_back("more");
  group_.lines.assign(250, in(Operation::none, 0, Stage::open));
  group_.states.assign(250, state('R'));
  group_.barriers = 0;
  EXPECT_FALSE(watch(29 * second));
  load_ = 20;
  limits_.trial_ns = 0;
  EXPECT_FALSE(watch(25 * second));
  load_ = 1;
  EXPECT_TRUE(watch(2 * second));
}

TEST_F(WatchdogTest, WhoIsStoppedIsNotLate) {
  set(in(Operation::none, 0, Stage::open), in(Operation::none, 0, Stage::open), 'T');
  group_.barriers = 0;
  EXPECT_FALSE(watch(50 * second));
}

TEST_F(WatchdogTest, WhoHasReportedIsNeverLate) {
  set(in(Operation::none, 0, Stage::drain), in(Operation::none, 0, Stage::drain));
  group_.lines[0].finished = group_.lines[1].finished = true;
  EXPECT_FALSE(watch(50 * second));
  group_.lines[1].finished = false;
  const auto end = watch(8 * second);
  ASSERT_TRUE(end);
  EXPECT_THAT(end->reason, HasSubstr("in stage drain nothing has moved"));
}

TEST(WatchedTime, LeavesOutWhatLiesBetweenTwoLooksTooFarApart) {
  std::uint64_t clock = 5;
  WatchedTime time({[&clock] { return clock; }, [] { return 1.0; }});
  EXPECT_EQ(time.now_ns(), 0U);
  clock += tick;
  EXPECT_EQ(time.now_ns(), tick);
  clock += 3600 * second;
  EXPECT_EQ(time.now_ns(), tick + WatchedTime::longest_gap_ns);
  EXPECT_EQ(time.missed_ns(), 3600 * second - WatchedTime::longest_gap_ns);
}

TEST(WatchedTime, SeesTheRealMachine) {
  WatchedTime time(real_machine_probe());
  EXPECT_LT(time.now_ns(), 60 * second);
  EXPECT_GE(time.tasks_per_cpu(), 1.0);
}

}  // namespace
}  // namespace ipcmark
