// Whole groups that stand still for seconds: the clock and the workers are made up.
#include "scenarios/launch/pause.hpp"

#include <gtest/gtest.h>

#include "scenarios/launch/watched_time.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1'000 * ms;
constexpr std::uint64_t tick = 200 * ms;
constexpr std::uint64_t pace = 1'000;  // messages a tick

class PauseTest : public testing::Test {
 protected:
  void look(std::uint64_t after_ns, std::uint64_t done) {
    clock_ += after_ns;
    done_ += done;
    const std::uint64_t now = time_.now_ns();
    pause_.look(now, time_.missed_ns(), done_);
  }
  void run(unsigned ticks) {
    for (unsigned i = 0; i < ticks; ++i) look(tick, pace);
  }

  std::uint64_t clock_ = 1000 * second;
  std::uint64_t done_ = 0;
  WatchedTime time_{{[this] { return clock_; }, [] { return 1.0; }}};
  PauseWatch pause_;
};

TEST_F(PauseTest, WhoStandsStillWithTheCoordinatorWasPaused) {
  run(10);
  EXPECT_FALSE(pause_.seen());
  look(6 * second, pace);  // up to the pause, and after it
  EXPECT_TRUE(pause_.seen());
  run(10);
  EXPECT_TRUE(pause_.seen());
}

TEST_F(PauseTest, WhereTheCoordinatorAloneWasHeldUpNobodyWas) {
  run(10);
  look(6 * second, 30 * pace);
  EXPECT_FALSE(pause_.seen());
}

TEST_F(PauseTest, AShortGapIsThatOfABusyMachine) {
  run(10);
  look(2 * second, 0);
  look(2 * second, 0);
  look(2 * second, 0);
  EXPECT_FALSE(pause_.seen());
}

TEST_F(PauseTest, BeforeAnythingIsDoneAPauseIsOneToo) {
  look(tick, 0);
  look(6 * second, 0);
  EXPECT_TRUE(pause_.seen());
}

// What was done in the first tick must not make the pace look slow.
TEST_F(PauseTest, ALongOpeningIsNoPartOfThePace) {
  for (unsigned i = 0; i < 100; ++i) look(tick, 0);
  run(2);
  look(6 * second, pace);
  EXPECT_TRUE(pause_.seen());
}

}  // namespace
}  // namespace ipcmark
