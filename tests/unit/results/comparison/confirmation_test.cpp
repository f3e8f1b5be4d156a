#include "results/comparison/confirmation.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/comparison/sample_rounds.hpp"

namespace ipcmark {
namespace {

TEST(Confirmation, ARegressionStaysOnlyWhereFreshRoundsSaySo) {
  Comparison first = rounds_of(20000, 24000);
  EXPECT_EQ(flagged_cells(first).size(), 1U);
  confirm(first, rounds_of(20000, 24500));
  EXPECT_TRUE(median_trip(first).is(Verdict::regression));
  EXPECT_NE(median_trip(first).note.find("confirmed by 30 fresh rounds"), std::string::npos);

  Comparison alarm = rounds_of(20000, 24000);
  confirm(alarm, rounds_of(20000, 20100));
  EXPECT_TRUE(median_trip(alarm).is(Verdict::inconclusive));
  EXPECT_NE(median_trip(alarm).note.find("not confirmed"), std::string::npos);
  EXPECT_EQ(alarm.count(Verdict::regression), 0U);

  Comparison nothing = rounds_of(20000, 24000);
  confirm(nothing, Comparison{});
  EXPECT_EQ(nothing.count(Verdict::regression), 0U);
  EXPECT_TRUE(median_trip(nothing).is(Verdict::too_few_rounds)) << "no good news";
}

}  // namespace
}  // namespace ipcmark
