// A trial that goes as it should, and one that cannot begin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;

TEST(Trial, RunsToItsEndAndBringsEverythingBack) {
  RunSpec spec = spec_of("stream");
  spec.messages = 5000;
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("received"), 5000);
  EXPECT_EQ(trial.histograms.at("value").count(), 5000U);
  EXPECT_EQ(trial.histograms.at("value").max(), 5000U);
  for (const char* part : {"create_ns", "spawn_ns", "open_ns"}) {
    ASSERT_NE(trial.metric(part), nullptr) << part;
    EXPECT_GT(trial.metric(part)->value, 0) << part;
  }
  ASSERT_EQ(trial.costs.size(), 2U);
  EXPECT_EQ(trial.costs[0].role, "sender");
  EXPECT_EQ(trial.costs[1].role, "receiver");
  for (const ProcessCost& cost : trial.costs) {
    EXPECT_GT(cost.pid, 0);
    EXPECT_GT(cost.wall_ns, 0U);
    EXPECT_GT(cost.peak_bytes, 1'000'000U);
    EXPECT_EQ(cost.cpu, -1);
  }
  EXPECT_FALSE(has_children());
}

TEST(Trial, PinsWorkersInOrder) {
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  unsigned cpu = 0;
  while (!CPU_ISSET(cpu, &allowed)) ++cpu;
  RunSpec spec = spec_of("stream");
  spec.messages = 10;
  TrialSetting setting;
  setting.cpus = {static_cast<int>(cpu)};
  const Trial trial = run(spec, setting);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.costs.at(1).cpu, static_cast<int>(cpu));
}

TEST(Trial, MapsSharedMemoryAndLinesUpAsOftenAsAsked) {
  RunSpec spec = spec_of("memory", "");
  spec.options["processes"] = 7;
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("seen"), 7);
}

// What its entry does not declare, or declares with another unit, nobody could read.
TEST(Trial, RefusesFiguresThatNobodyDeclared) {
  for (const char* scenario : {"undeclared", "other_unit"}) {
    RunSpec spec = spec_of(scenario);
    spec.messages = 10;
    const Trial trial = run(spec);
    EXPECT_EQ(trial.state, State::failed) << scenario;
    EXPECT_THAT(trial.reason, HasSubstr("declare 'mood' in its entry's figures")) << scenario;
    EXPECT_EQ(trial.metric("mood"), nullptr) << scenario;
  }
}

TEST(Trial, OpensASenderByIdAndStillEnds) {
  RunSpec spec = spec_of("by_id");
  spec.messages = 3;
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("received"), 3);
}

TEST(Trial, LetsWorkersInheritNothing) {
  sigset_t mask;
  sigset_t before;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &mask, &before);
  const int leaked = ::dup(2);  // without close-on-exec, as a careless embedder's
  const Trial trial = run(spec_of("look", ""));
  ::close(leaked);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("descriptors"), 5);  // 0, 1, 2, the control link, the start page
  EXPECT_EQ(trial.counts.at("usr1_blocked"), 0);
}

TEST(Trial, LeavesNoDescriptorBehind) {
  RunSpec spec = spec_of("stream");
  spec.messages = 10;
  const auto lowest_free = [] {
    const int fd = ::dup(2);
    ::close(fd);
    return fd;
  };
  const int before = lowest_free();
  ASSERT_EQ(run(spec).state, State::passed);
  spec.options["act"] = receiver_crashes;
  ASSERT_EQ(run(spec).state, State::failed);
  EXPECT_EQ(lowest_free(), before);
}

TEST(Trial, RefusesWhatDoesNotFit) {
  EXPECT_EQ(run(spec_of("no_such_scenario")).state, State::failed);
  EXPECT_THAT(run(spec_of("stream", "no_such_backend")).reason, HasSubstr("no_such_backend"));
  RunSpec lending = spec_of("stream");
  lending.zero_copy = true;
  const Trial trial = run(lending);
  EXPECT_EQ(trial.state, State::skipped);
  EXPECT_THAT(trial.reason, HasSubstr("pipe: needs zero_copy"));
  EXPECT_EQ(trial.cause, Cause::unsupported);
}

}  // namespace
}  // namespace ipcmark::toy
