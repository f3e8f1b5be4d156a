#include "scenarios/launch/watchdog.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

TEST(RunAllowance, IsNeverShorterThanTheRun) {
  for (const std::uint64_t duration :
       {std::uint64_t{1}, longest_time_ns, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    RunSpec spec;
    spec.duration_ns = spec.warmup_ns = duration;
    spec.options = {{"gap_ns", INT64_MAX}, {"a_ns", INT64_MAX}, {"b_ns", INT64_MAX}};
    EXPECT_GE(run_allowance_ns(spec, {}), duration);
    spec.options.clear();
    EXPECT_GE(run_allowance_ns(spec, {}), duration);
    spec.size = ~std::uint64_t{0};
    EXPECT_GE(run_allowance_ns(spec, {}), duration);
  }
}

}  // namespace
}  // namespace ipcmark
