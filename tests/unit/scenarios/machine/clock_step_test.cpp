#include "scenarios/machine/clock_step.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace ipcmark {
namespace {

// Differences of readings of a clock that moves by `step`, with 20 to 120 ns between two of them.
std::vector<std::uint64_t> differences(double step) {
  const auto shown = [step](double time) {
    return static_cast<std::uint64_t>(std::floor(std::floor(time / step) * step));
  };
  std::vector<std::uint64_t> found;
  double now = 1000;
  for (int i = 0; i < 4000; ++i) {
    const double length = 20 + std::fmod(i * 0.617, 100);
    found.push_back(shown(now + length) - shown(now));
    now += length + 3.21;
  }
  return found;
}

TEST(ClockStep, IsWhatDifferencesAreMultiplesOf) {
  for (const double step : {2.0, 10.0, 20.0}) {
    EXPECT_EQ(step_of_differences(differences(step)), static_cast<std::uint64_t>(step));
  }
}

TEST(ClockStep, RoundingToWholeNanosecondsMakesNoSmallerStep) {
  EXPECT_EQ(step_of_differences(differences(10.02)), 10U);
  EXPECT_EQ(step_of_differences(differences(19.73)), 20U);
}

TEST(ClockStep, AClockThatShowsEveryNanosecondMovesByOne) {
  EXPECT_EQ(step_of_differences(differences(1)), 1U);
  EXPECT_EQ(step_of_differences(differences(0.3)), 1U);
}

TEST(ClockStep, AClockThatStandsStillMovesByWhatItShowsLeast) {
  EXPECT_EQ(step_of_differences({0, 0, 4000, 0, 8000, 0}), 4000U);
}

TEST(ClockStep, TooFewValuesTellNothing) {
  EXPECT_EQ(step_of_differences({}), 1U);
  EXPECT_EQ(step_of_differences({80, 80, 90}), 1U);
}

TEST(ClockStep, AnInterruptionIsNoStep) {
  auto found = differences(10);
  for (const std::uint64_t late : {5'003, 90'017, 1'000'003}) found.push_back(late);
  EXPECT_EQ(step_of_differences(found), 10U);
}

TEST(ClockStep, OfThisMachineIsMeasured) { EXPECT_GE(clock_step_ns(), 1U); }

}  // namespace
}  // namespace ipcmark
