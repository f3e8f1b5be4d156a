// A trial that goes as it should, and one that cannot begin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>

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

// For who watches the workers from outside: all of them are there, and none has begun or ended.
TEST(Trial, TellsWhenAllHaveOpenedAndWhenAllAreDone) {
  RunSpec spec = spec_of("stream");
  spec.messages = 100;
  TrialSetting setting;
  setting.trace = true;
  std::vector<std::vector<int>> opened;
  std::uint64_t opened_ns = 0;
  std::uint64_t drained_ns = 0;
  std::vector<bool> alive_at_the_end;
  setting.opened = [&](const std::vector<int>& pids) {
    opened.push_back(pids);
    opened_ns = now_ns();
  };
  setting.drained = [&] {
    drained_ns = now_ns();
    for (const int pid : opened.at(0)) alive_at_the_end.push_back(alive(pid));
  };
  const Trial trial = run(spec, setting);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  ASSERT_EQ(opened.size(), 1U);
  ASSERT_EQ(trial.trace.size(), 2U);
  EXPECT_EQ(opened[0], (std::vector<int>{trial.trace[0].pid, trial.trace[1].pid}));
  EXPECT_EQ(alive_at_the_end, (std::vector<bool>{true, true}));
  std::size_t sent = 0;
  for (const TraceEvent& event : trial.trace[0].events) {
    if (event.name != "send channel 0") continue;
    ++sent;
    EXPECT_GT(event.start_ns, opened_ns);
    EXPECT_LT(event.start_ns + event.duration_ns, drained_ns);
  }
  EXPECT_EQ(sent, 100U);
}

TEST(Trial, LetsTheMeasuredLoopNoteEverySoManyThTrip) {
  RunSpec spec = spec_of("latency");
  spec.messages = 100;
  spec.warmup_ns = 1;
  TrialSetting setting;
  setting.trace = true;
  setting.trace_every = 32;
  const Trial trial = run(spec, setting);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  ASSERT_EQ(trial.trace.size(), 2U);
  const auto traced = [&](std::size_t worker, const char* name) {
    return std::count_if(
        trial.trace[worker].events.begin(), trial.trace[worker].events.end(),
        [name](const TraceEvent& event) { return event.name == name && event.outcome == "ok"; });
  };
  // Trips both ways, those of the warm-up among them.
  const std::int64_t trips = trial.counts.at("messages_total") / 2;
  constexpr std::int64_t stretch = 32 * std::int64_t{StampedTrips::stretch};
  const std::int64_t stamped = trips / (2 * stretch) * StampedTrips::stretch +
                               (std::min(trips % (2 * stretch), stretch) + 31) / 32;
  EXPECT_EQ(traced(0, "send channel 0"), stamped);
  EXPECT_EQ(traced(1, "receive channel 0"), stamped);
  EXPECT_EQ(traced(1, "send channel 1"), stamped);
  EXPECT_EQ(traced(0, "receive channel 1"), stamped);
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
