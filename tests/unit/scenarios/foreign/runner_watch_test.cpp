// A container that is frozen stops a runner together with ipcmark: nobody is seen stopped. The
// clock is made up; the runner works all the while.
#include "scenarios/foreign/runner_watch.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>

namespace ipcmark {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t tick = 200 * ms;
constexpr std::uint64_t minute = 60'000 * ms;

class RunnerWatchTest : public testing::Test {
 protected:
  // Whether a runner counts as paused, of which a look in the middle came that late.
  bool paused_with(std::uint64_t gap_ns) {
    std::uint64_t clock = minute;
    unsigned looks = 0;
    std::atomic<int> stop{0};
    TrialSetting setting;
    setting.stop_signal = &stop;
    setting.machine_probe.now_ns = [&] {
      ++looks;
      if (looks == 16) stop = SIGTERM;
      return clock += looks == 12 ? gap_ns : tick;
    };
    setting.machine_probe.tasks_per_cpu = [] { return 1.0; };
    auto runner = RunnerProcess::start("busy", "sh", {"-c", "while :; do :; done"}, "");
    EXPECT_TRUE(runner) << explain(runner.error());
    WatchedTime time(setting.machine_probe);
    WatchRules rules;
    rules.trial_ns = 10 * minute;
    rules.no_progress_ns = minute;
    RunnerWatch watch(*runner, setting, rules, time);
    const auto verdict = watch.run();
    EXPECT_TRUE(verdict && verdict->state == State::interrupted);
    return watch.paused();
  }
};

TEST_F(RunnerWatchTest, WhoStoodStillWithTheCoordinatorWasPaused) {
  EXPECT_TRUE(paused_with(minute));
}

TEST_F(RunnerWatchTest, WhoWentOnAllTheTimeWasNot) { EXPECT_FALSE(paused_with(tick)); }

}  // namespace
}  // namespace ipcmark
