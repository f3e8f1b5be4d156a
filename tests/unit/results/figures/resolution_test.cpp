#include "results/figures/resolution.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

class ResolutionTest : public testing::Test {
 protected:
  Resolution of(const char* name, double quantile, double value, double step, double effect,
                bool means = true) const {
    const ScenarioFacts* latency = catalogue_.scenario("latency");
    return resolution_of(latency, catalogue_.figure("latency", name, Unit::nanoseconds), name,
                         quantile, value, step, effect,
                         [means](std::string_view) { return means; });
  }
  Catalogue catalogue_ = built_in_catalogue();
};

TEST_F(ResolutionTest, ACoarseClockHandsAMedianToTheMeansOfBatches) {
  const Resolution coarse = of("round_trip", 0.5, 171, 10, 0.05);
  EXPECT_EQ(coarse.name, "batch_mean");
  EXPECT_EQ(coarse.step_ns, 0);
}

TEST_F(ResolutionTest, WithoutMeansOrInATailTheIntervalIsWidened) {
  const Resolution single = of("round_trip", 0.5, 171, 10, 0.05, false);
  EXPECT_EQ(single.name, "round_trip");
  EXPECT_EQ(single.step_ns, 10);
  const Resolution tail = of("round_trip", 0.99, 300, 10, 0.10);
  EXPECT_EQ(tail.name, "round_trip");
  EXPECT_EQ(tail.step_ns, 10);
}

TEST_F(ResolutionTest, ATenthOfTheEffectIsFineEnough) {
  EXPECT_EQ(of("round_trip", 0.5, 2000, 10, 0.05).step_ns, 0);
  EXPECT_EQ(of("round_trip", 0.5, 2000, 10, 0.05).name, "round_trip");
  EXPECT_EQ(of("round_trip", 0.5, 1990, 10, 0.05).name, "batch_mean");
  EXPECT_EQ(of("round_trip", 0.5, 1990, 10, 0.10).name, "round_trip");
}

TEST_F(ResolutionTest, MeansRatesAndCostsAreNotOfSingleReadings) {
  EXPECT_EQ(of("batch_mean", 0.5, 171, 10, 0.05).step_ns, 0);
  EXPECT_EQ(of("cpu_per_message", -1, 171, 10, 0.05).step_ns, 0);
}

TEST_F(ResolutionTest, AnUnknownStepOrScenarioChangesNothing) {
  EXPECT_EQ(of("round_trip", 0.5, 171, 0, 0.05).name, "round_trip");
  EXPECT_EQ(of("round_trip", 0.5, 171, 0, 0.05).step_ns, 0);
  FigureEntry entry;
  entry.unit = Unit::nanoseconds;
  const Resolution unknown =
      resolution_of(nullptr, entry, "new", 0.5, 171, 10, 0.05, [](auto) { return true; });
  EXPECT_EQ(unknown.name, "new");
  EXPECT_EQ(unknown.step_ns, 10);
}

TEST_F(ResolutionTest, TheStepIsReadFromTheEnvironment) {
  Environment environment;
  EXPECT_EQ(clock_step_ns(environment), 0);
  environment.facts["clock"]["step_ns"] = "n/a";
  EXPECT_EQ(clock_step_ns(environment), 0);
  environment.facts["clock"]["step_ns"] = "10";
  EXPECT_EQ(clock_step_ns(environment), 10);
}

}  // namespace
}  // namespace ipcmark
