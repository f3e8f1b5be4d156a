#include "scenarios/launch/trial_timeout.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

TEST(TrialTimeout, IsNeverShorterThanTheTrial) {
  for (const std::uint64_t duration :
       {std::uint64_t{1}, longest_time_ns, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    RunSpec spec;
    spec.duration_ns = spec.warmup_ns = duration;
    spec.options = {{"gap_ns", INT64_MAX}, {"a_ns", INT64_MAX}, {"b_ns", INT64_MAX}};
    EXPECT_GE(trial_timeout_ns(spec, 0), duration);
    spec.options.clear();
    EXPECT_GE(trial_timeout_ns(spec, 0), duration);
    spec.size = ~std::uint64_t{0};
    EXPECT_GE(trial_timeout_ns(spec, 0), duration);
    spec.messages = std::uint64_t{1} << 48U;
    EXPECT_GE(trial_timeout_ns(spec, 0), duration);
  }
}

TEST(TrialTimeout, IsTwentyTimesThePlanAndAtLeastAMinute) {
  RunSpec spec;
  spec.duration_ns = 1'000'000;
  EXPECT_EQ(trial_timeout_ns(spec, 0), 60 * second);
  spec.duration_ns = 100 * second;
  EXPECT_GE(trial_timeout_ns(spec, 0), 2000 * second);
  EXPECT_LT(trial_timeout_ns(spec, 0), 2100 * second);
}

TEST(TrialTimeout, ManySparseMessagesHaveTheirTime) {
  RunSpec spec;
  spec.messages = 1000;
  spec.options["gap_ns"] = second;
  EXPECT_GE(trial_timeout_ns(spec, 0), 20'000 * second);
}

TEST(TrialTimeout, AskedForItIsThat) {
  RunSpec spec;
  spec.duration_ns = 100 * second;
  EXPECT_EQ(trial_timeout_ns(spec, 5), 5U);
}

}  // namespace
}  // namespace ipcmark
