#include "scenarios/launch/placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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
  EXPECT_EQ(answer.refusal, "");
  auto cpus = answer.cpus;
  std::sort(cpus.begin(), cpus.end());
  EXPECT_EQ(cpus, (std::vector<int>{0, 1, 5}));
}

TEST(Placement, CrossCpuOnOneCpuIsRefusedWithAWayOut) {
  const auto answer = place(spec_of(Placement::cross_cpu), {3});
  EXPECT_TRUE(answer.cpus.empty());
  EXPECT_NE(answer.refusal.find("same-cpu"), std::string::npos);
  EXPECT_NE(place(spec_of(Placement::cross_cpu, {1, 1}), {0, 1}).refusal, "");
}

TEST(Placement, AskedCpusKeepTheirOrder) {
  EXPECT_EQ(place(spec_of(Placement::cross_cpu, {1, 0}), {0, 1}).cpus, (std::vector<int>{1, 0}));
  EXPECT_EQ(place(spec_of(Placement::same_cpu, {1, 0}), {0, 1}).cpus, std::vector<int>{1});
}

TEST(Placement, ACpuThatIsNotAllowedIsNamed) {
  const auto answer = place(spec_of(Placement::same_cpu, {7}), {0, 1});
  EXPECT_NE(answer.refusal.find("CPU 7"), std::string::npos);
}

TEST(Placement, UnpinnedIsFree) {
  const auto answer = place(spec_of(Placement::unpinned), {0, 1});
  EXPECT_TRUE(answer.cpus.empty());
  EXPECT_EQ(answer.refusal, "");
  EXPECT_NE(place(spec_of(Placement::unpinned, {0}), {0, 1}).refusal, "");
}

TEST(Placement, AtLeastOneCpuIsAllowed) { EXPECT_FALSE(allowed_cpus().empty()); }

}  // namespace
}  // namespace ipcmark
