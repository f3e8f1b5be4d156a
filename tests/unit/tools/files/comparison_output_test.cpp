// What a gate's program ends with.
#include "tools/files/comparison_output.hpp"

#include <gtest/gtest.h>

#include "tools/terminal/exit_code.hpp"

namespace ipcmark {
namespace {

TEST(VerdictCode, OfRoundsThatAreAllVoidIsTooFewOfThem) {
  Comparison comparison;
  EXPECT_EQ(verdict_code(comparison, {}), exit_code::nothing_ran);
  comparison.voids.push_back({"cell", 0, VoidReason::throttled, "the quota", AbSide::b});
  EXPECT_EQ(verdict_code(comparison, {}), exit_code::inconclusive);
}

}  // namespace
}  // namespace ipcmark
