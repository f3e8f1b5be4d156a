#include "scenarios/machine/canary.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "backends/deadline.hpp"
#include "scenarios/machine/placement.hpp"

namespace ipcmark {
namespace {

TEST(Canary, TwoCpusHaveARoundTripAndTheAffinityComesBack) {
  const auto cpus = allowed_cpus();
  if (cpus.size() < 2) GTEST_SKIP() << "one CPU";
  // On a loaded machine a try may be in vain (0, "not taken"); among many one must succeed.
  CanaryReading reading;
  for (int i = 0; i < 50 && reading.core_to_core_ns == 0; ++i) reading = take_canary(cpus);
  EXPECT_GT(reading.core_to_core_ns, 5);
  EXPECT_LT(reading.core_to_core_ns, 1e6);
  EXPECT_GT(reading.spin_ns, 500);
  EXPECT_EQ(allowed_cpus(), cpus);
}

TEST(Canary, OneCpuHasNoRoundTrip) {
  const auto cpus = allowed_cpus();
  const auto reading = take_canary({cpus.front(), cpus.front()});
  EXPECT_EQ(reading.core_to_core_ns, 0);
  EXPECT_GT(reading.spin_ns, 0);
  EXPECT_EQ(take_canary({}).spin_ns, 0);
  EXPECT_EQ(allowed_cpus(), cpus);
}

TEST(Canary, ACpuThatIsNotThereIsNotWaitedFor) {
  const auto cpus = allowed_cpus();
  const auto begin = now_ns();
  EXPECT_EQ(take_canary({cpus.front(), 1000}).core_to_core_ns, 0);
  EXPECT_LT(now_ns() - begin, 5'000'000'000U);
}

TEST(Canary, NamesThePairItWasTakenOn) {
  const auto cpus = allowed_cpus();
  if (cpus.size() < 2) GTEST_SKIP() << "one CPU";
  EXPECT_EQ(take_canary({cpus[1], cpus[0]}).cpus, (std::vector<int>{cpus[0], cpus[1]}));
  EXPECT_EQ(take_canary({cpus[0]}).cpus, (std::vector<int>{cpus[0]}));
  EXPECT_EQ(take_canary({cpus[0], 1000}).cpus, (std::vector<int>{cpus[0]}));
  EXPECT_TRUE(take_canary({1000}).cpus.empty());
}

CanaryReading reading(double trip, std::vector<int> cpus) { return {trip, 1000, std::move(cpus)}; }

// It fails in the busiest moments: a trial beside one is not a quiet trial.
TEST(Canary, WhatCouldNotBeTakenIsNotQuiet) {
  const std::vector<int> pair{0, 1};
  EXPECT_FALSE(canary_between(reading(150, pair), reading(152, pair)).unsteady);
  EXPECT_EQ(canary_between(reading(150, pair), reading(152, pair)).cpus, pair);
  EXPECT_TRUE(canary_between(reading(150, pair), reading(201, pair)).unsteady);
  EXPECT_TRUE(canary_between(reading(0, pair), reading(152, pair)).unsteady);
  EXPECT_TRUE(canary_between(reading(150, pair), reading(0, pair)).unsteady);
  EXPECT_TRUE(canary_between(reading(0, pair), reading(0, pair)).unsteady);
  EXPECT_TRUE(canary_between(reading(150, pair), reading(0, {0})).unsteady);
  // With one CPU there is none to take, and without a canary nothing to say.
  EXPECT_FALSE(canary_between(reading(0, {0}), reading(0, {0})).unsteady);
  EXPECT_FALSE(canary_between({}, {}).unsteady);
}

TEST(Canary, EndsOnALoadedMachine) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> burners;
  for (int i = 0; i < 4; ++i)
    burners.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  const auto begin = now_ns();
  (void)take_canary(allowed_cpus());
  const auto took = now_ns() - begin;
  stop = true;
  for (auto& burner : burners) burner.join();
  EXPECT_LT(took, 10'000'000'000U);
}

}  // namespace
}  // namespace ipcmark
