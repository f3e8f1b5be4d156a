#include "scenarios/machine/placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace ipcmark {
namespace {

RunSpec spec_of(Placement placement, std::vector<int> cpus = {}) {
  RunSpec spec;
  spec.placement = placement;
  spec.cpus = std::move(cpus);
  return spec;
}

TEST(Placement, CrossCpuTakesDifferentCpusAndAllOfThem) {
  const auto answer = place(spec_of(Placement::cross_cpu), {0, 1, 5});
  EXPECT_EQ(answer.unsupported_reason, "");
  auto cpus = answer.cpus;
  std::sort(cpus.begin(), cpus.end());
  EXPECT_EQ(cpus, (std::vector<int>{0, 1, 5}));
}

TEST(Placement, CrossCpuOnOneCpuIsRefusedWithAWayOut) {
  const auto answer = place(spec_of(Placement::cross_cpu), {3});
  EXPECT_TRUE(answer.cpus.empty());
  EXPECT_NE(answer.unsupported_reason.find("same-cpu"), std::string::npos);
  EXPECT_NE(place(spec_of(Placement::cross_cpu, {1, 1}), {0, 1}).unsupported_reason, "");
}

TEST(Placement, AskedCpusKeepTheirOrder) {
  EXPECT_EQ(place(spec_of(Placement::cross_cpu, {1, 0}), {0, 1}).cpus, (std::vector<int>{1, 0}));
  EXPECT_EQ(place(spec_of(Placement::same_cpu, {1, 0}), {0, 1}).cpus, std::vector<int>{1});
}

TEST(Placement, ACpuThatIsNotAllowedIsNamed) {
  const auto answer = place(spec_of(Placement::same_cpu, {7}), {0, 1});
  EXPECT_NE(answer.unsupported_reason.find("CPU 7"), std::string::npos);
}

TEST(Placement, UnpinnedIsFree) {
  const auto answer = place(spec_of(Placement::unpinned), {0, 1});
  EXPECT_TRUE(answer.cpus.empty());
  EXPECT_EQ(answer.unsupported_reason, "");
  EXPECT_NE(place(spec_of(Placement::unpinned, {0}), {0, 1}).unsupported_reason, "");
}

// Two packages of two cores with two hardware threads each, numbered as Linux does on x86.
std::vector<CpuPlace> two_packages() {
  return {{0, "0,4", "0", "0-1,4-5"}, {1, "1,5", "0", "0-1,4-5"}, {2, "2,6", "1", "2-3,6-7"},
          {3, "3,7", "1", "2-3,6-7"}, {4, "0,4", "0", "0-1,4-5"}, {5, "1,5", "0", "0-1,4-5"},
          {6, "2,6", "1", "2-3,6-7"}, {7, "3,7", "1", "2-3,6-7"}};
}
// Four cores of one thread in one package, with two last-level caches.
std::vector<CpuPlace> plain() {
  return {{0, "0", "0", "0,2"}, {1, "1", "0", "1,3"}, {2, "2", "0", "0,2"}, {3, "3", "0", "1,3"}};
}

using Cpus = std::vector<int>;

TEST(Placement, CrossCpuTakesCoresBeforeThreadsAndNearOnesFirst) {
  EXPECT_EQ(choose_cpus(spec_of(Placement::cross_cpu), two_packages()).cpus,
            (Cpus{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(choose_cpus(spec_of(Placement::cross_cpu), plain()).cpus, (Cpus{0, 2, 1, 3}));
}

TEST(Placement, SameCoreTakesTheThreadsOfOneCore) {
  EXPECT_EQ(choose_cpus(spec_of(Placement::same_core), two_packages()).cpus, (Cpus{0, 4}));
  auto few = two_packages();
  few.erase(few.begin());  // CPU 4 has no sibling any more that may be used
  EXPECT_EQ(choose_cpus(spec_of(Placement::same_core), few).cpus, (Cpus{1, 5}));
  EXPECT_EQ(choose_cpus(spec_of(Placement::same_core, {7, 3}), two_packages()).cpus, (Cpus{7, 3}));
  EXPECT_NE(choose_cpus(spec_of(Placement::same_core, {0, 1}), two_packages()).unsupported_reason,
            "");
  EXPECT_NE(choose_cpus(spec_of(Placement::same_core, {4, 4}), two_packages()).unsupported_reason,
            "");
}

TEST(Placement, CrossSocketLetsPackagesTakeTurns) {
  EXPECT_EQ(choose_cpus(spec_of(Placement::cross_socket), two_packages()).cpus,
            (Cpus{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(choose_cpus(spec_of(Placement::cross_socket, {5, 6}), two_packages()).cpus,
            (Cpus{5, 6}));
  EXPECT_NE(
      choose_cpus(spec_of(Placement::cross_socket, {0, 1}), two_packages()).unsupported_reason, "");
  // Of the second package one CPU alone may be used: there is one turn.
  const std::vector<CpuPlace> uneven{{0, "0", "0", ""}, {1, "1", "0", ""}, {2, "2", "1", ""}};
  EXPECT_EQ(choose_cpus(spec_of(Placement::cross_socket), uneven).cpus, (Cpus{0, 2}));
}

TEST(Placement, WhatTheMachineHasNotIsRefusedWithAWayOut) {
  for (const Placement placement : {Placement::same_core, Placement::cross_socket}) {
    const auto answer = choose_cpus(spec_of(placement), plain());
    EXPECT_TRUE(answer.cpus.empty());
    EXPECT_NE(answer.unsupported_reason.find("take --placement cross-cpu"), std::string::npos);
  }
}

TEST(Placement, ACpuTheKernelTellsNothingOfIsACoreOfItsOwn) {
  const auto places = places_of({1'000'000, 1'000'001});
  ASSERT_EQ(places.size(), 2U);
  EXPECT_NE(places[0].core, places[1].core);
}

TEST(Placement, AtLeastOneCpuIsAllowed) { EXPECT_FALSE(allowed_cpus().empty()); }

// As of isolated CPUs: outside the mask, and to be had by whoever asks.
TEST(Place, WhatIsAskedForIsTriedAndTheKernelDecides) {
  const auto all = allowed_cpus();
  if (all.size() < 2) GTEST_SKIP() << "needs two CPUs";
  RunSpec spec;
  spec.cpus = {all[0], all[1]};
  EXPECT_EQ(place(spec, {all[0]}).cpus, spec.cpus);
  spec.cpus = {all[0], 1 << 19};
  EXPECT_NE(place(spec, all).unsupported_reason, "");
  EXPECT_FALSE(may_run_on(1 << 19));
  EXPECT_EQ(allowed_cpus(), all) << "trying has pinned this thread";
}

TEST(Placement, ANumberThatNoCpuHasIsAnErrorWhateverItIs) {
  for (const int cpu : {1 << 20, 2'000'000'000, std::numeric_limits<int>::max(), -1}) {
    EXPECT_EQ(pin_this_thread(cpu), EINVAL) << cpu;
    EXPECT_FALSE(may_run_on(cpu)) << cpu;
  }
}

}  // namespace
}  // namespace ipcmark
