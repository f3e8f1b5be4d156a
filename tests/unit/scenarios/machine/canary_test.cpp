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
  for (int i = 0; i < 50 && reading.core_to_core_ns == 0; ++i)
    reading = take_canary(first_two(cpus));
  EXPECT_GT(reading.core_to_core_ns, 5);
  EXPECT_LT(reading.core_to_core_ns, 1e6);
  EXPECT_GT(reading.spin_ns, 500);
  EXPECT_EQ(allowed_cpus(), cpus);
}

TEST(Canary, OneCpuHasNoRoundTrip) {
  const auto cpus = allowed_cpus();
  const auto reading = take_canary(first_two({cpus.front(), cpus.front()}));
  EXPECT_EQ(reading.core_to_core_ns, 0);
  EXPECT_GT(reading.spin_ns, 0);
  EXPECT_EQ(take_canary({}).spin_ns, 0);
  EXPECT_EQ(allowed_cpus(), cpus);
}

TEST(Canary, ACpuThatIsNotThereIsNotWaitedFor) {
  const auto cpus = allowed_cpus();
  const auto begin = now_ns();
  EXPECT_EQ(take_canary(first_two({cpus.front(), 1000})).core_to_core_ns, 0);
  EXPECT_LT(now_ns() - begin, 5'000'000'000U);
}

TEST(Canary, NamesThePairItWasTakenOn) {
  const auto cpus = allowed_cpus();
  if (cpus.size() < 2) GTEST_SKIP() << "one CPU";
  const auto of = [](std::vector<int> cpus) { return take_canary(first_two(cpus)); };
  EXPECT_EQ(of({cpus[1], cpus[0]}).cpus, (std::vector<int>{cpus[0], cpus[1]}));
  EXPECT_EQ(of({cpus[0]}).cpus, (std::vector<int>{cpus[0]}));
}

// The trial ran there: that the canary could not is no sign that all was quiet.
TEST(Canary, WhatCannotBePinnedToIsNamedAndMissing) {
  const auto cpus = allowed_cpus();
  for (const std::vector<int>& missing : {std::vector<int>{cpus[0], 1000}, {1000}, {}}) {
    const CanaryReading reading = take_canary(first_two(missing));
    EXPECT_EQ(reading.cpus, missing);
    EXPECT_TRUE(canary_between(reading, reading).unsteady);
  }
}

TEST(Canary, EachPairIsWatched) {
  const auto cpus = allowed_cpus();
  if (cpus.size() < 2) GTEST_SKIP() << "one CPU";
  const CanaryCpus watched{cpus[0], {{cpus[0], cpus[1]}, {cpus[1], 1000}}};
  CanaryReading reading;
  for (int i = 0; i < 50 && reading.core_to_core_ns == 0; ++i) reading = take_canary(watched);
  EXPECT_GT(reading.core_to_core_ns, 5);
  ASSERT_EQ(reading.others.size(), 1U);
  EXPECT_EQ(reading.others[0].cpus, (std::vector<int>{cpus[1], 1000}));
  EXPECT_EQ(reading.others[0].core_to_core_ns, 0);
  EXPECT_TRUE(canary_between(reading, reading).unsteady);
  EXPECT_EQ(allowed_cpus(), cpus);
}

Layout of_channels(unsigned workers, std::vector<std::pair<unsigned, unsigned>> channels) {
  Layout layout;
  layout.roles.resize(workers);
  for (const auto& [sender, receiver] : channels) {
    layout.channels.push_back({{}, {sender}, {receiver}});
  }
  return layout;
}
using Pairs = std::vector<std::pair<int, int>>;

TEST(Canary, WatchesTheCpusThatTheWorkersUse) {
  const std::vector<int> cpus{4, 2, 6, 0};
  const auto pairs = [](const Layout& layout, const std::vector<int>& of) {
    return connected_cpus(layout, of).pairs;
  };
  EXPECT_EQ(pairs(of_channels(2, {{0, 1}, {1, 0}}), cpus), (Pairs{{2, 4}}));
  // Two that send and one that receives.
  EXPECT_EQ(pairs(of_channels(3, {{0, 2}, {1, 2}}), cpus), (Pairs{{4, 6}, {2, 6}}));
  // The pair of the first two comes first, wherever it is used.
  EXPECT_EQ(pairs(of_channels(3, {{2, 0}, {0, 1}}), cpus), (Pairs{{2, 4}, {4, 6}}));
  // More workers than CPUs.
  EXPECT_EQ(pairs(of_channels(4, {{0, 1}, {0, 2}, {0, 3}}), {7, 8}), (Pairs{{7, 8}}));
  EXPECT_EQ(pairs(of_channels(2, {{0, 1}}), {7}), Pairs{});
  EXPECT_EQ(pairs(of_channels(1, {}), cpus), (Pairs{{2, 4}})) << "as ever, where none is connected";
  EXPECT_EQ(connected_cpus(of_channels(2, {{0, 1}}), cpus).spin, 4);
}

TEST(Canary, OfManyPairsThoseThatBringAnotherCpuAreWatched) {
  Layout together;
  together.roles.resize(32);
  together.locks = {"futex"};
  std::vector<int> cpus(64);
  for (int i = 0; i < 64; ++i) cpus[static_cast<std::size_t>(i)] = i;
  EXPECT_EQ(connected_cpus(together, cpus).pairs, (Pairs{{0, 1}, {0, 2}, {0, 3}, {0, 4}}));
  together.roles.resize(3);
  EXPECT_EQ(connected_cpus(together, cpus).pairs, (Pairs{{0, 1}, {0, 2}, {1, 2}}));
  EXPECT_EQ(connected_cpus(of_channels(4, {{0, 1}, {1, 0}, {2, 3}}), cpus).pairs,
            (Pairs{{0, 1}, {2, 3}}));
}

TEST(Canary, TheCellsLayoutSaysWhichCpusAreConnected) {
  const Program program{built_in_registry(), built_in_scenarios()};
  RunSpec spec;
  spec.scenario = "fan_in";
  spec.backend = "unix_dgram";
  spec.options = {{"senders", 3}};
  spec.cpus = {0, 1, 2, 3};
  // Whatever this machine has.
  const CanaryCpus watched = cpus_for_canary(program, spec, {0, 1, 2, 3});
  EXPECT_EQ(watched.pairs.size(), 3U);
  spec.backend = "of another build";
  EXPECT_EQ(cpus_for_canary(program, spec, {0, 1, 2, 3}).pairs.size(), 1U);
  spec.backend.clear();  // its layout would take one for granted
  EXPECT_EQ(cpus_for_canary(program, spec, {0, 1, 2, 3}).pairs.size(), 1U);
  spec.scenario = "of another build";
  EXPECT_EQ(cpus_for_canary(program, spec, {0, 1, 2, 3}).pairs.size(), 1U);
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
  // With one CPU there is none to take.
  EXPECT_FALSE(canary_between(reading(0, {0}), reading(0, {0})).unsteady);
  EXPECT_TRUE(canary_between({}, {}).unsteady) << "nothing could be looked at";
}

TEST(Canary, WhatChangedBetweenAnyTwoCpusIsUnsteady) {
  CanaryReading before = reading(150, {0, 1});
  before.others = {{200, {0, 2}}, {300, {0, 3}}};
  CanaryReading after = before;
  const Canary quiet = canary_between(before, after);
  EXPECT_FALSE(quiet.unsteady);
  ASSERT_EQ(quiet.others.size(), 2U);
  EXPECT_EQ(quiet.others[1].cpus, (std::vector<int>{0, 3}));
  EXPECT_EQ(quiet.others[1].after_ns, 300);
  after.others[1].core_to_core_ns = 900;
  EXPECT_TRUE(canary_between(before, after).unsteady);
  after.others[1].core_to_core_ns = 0;
  EXPECT_TRUE(canary_between(before, after).unsteady);
  after.others.pop_back();
  EXPECT_TRUE(canary_between(before, after).unsteady);
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
  (void)take_canary(first_two(allowed_cpus()));
  const auto took = now_ns() - begin;
  stop = true;
  for (auto& burner : burners) burner.join();
  EXPECT_LT(took, 10'000'000'000U);
}

}  // namespace
}  // namespace ipcmark
