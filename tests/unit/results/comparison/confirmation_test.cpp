#include "results/comparison/confirmation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

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

TEST(Confirmation, TheVoidRoundsOfFreshOnesAreCountedWithTheOthers) {
  const auto with_voids = [](std::size_t count) {
    Comparison comparison = rounds_of(20000, 24000);
    comparison.voids.assign(count, VoidRound{"KEY", 1, VoidReason::steal, "stolen", AbSide::b});
    for (const std::string& note : void_notes(comparison.voids)) comparison.notes.push_back(note);
    return comparison;
  };
  for (const std::size_t before : {0U, 2U}) {
    Comparison first = with_voids(before);
    confirm(first, with_voids(12));
    EXPECT_EQ(first.voids.size(), before + 12);
    const auto notes = void_notes(first.voids);
    EXPECT_EQ(notes.size(), 2U) << "more than chance explains";
    for (const std::string& note : notes) {
      EXPECT_EQ(std::count(first.notes.begin(), first.notes.end(), note), 1) << note;
    }
    EXPECT_EQ(std::count_if(first.notes.begin(), first.notes.end(),
                            [](const std::string& note) { return note.starts_with("Void,"); }),
              1);
  }
}

TEST(Confirmation, AnImprovementThatIsAnAlarmIsConfirmedToo) {
  Comparison first = rounds_of(24000, 20000);
  EXPECT_TRUE(flagged_cells(first).empty());
  EXPECT_EQ(flagged_cells(first, true).size(), 1U);
  confirm(first, rounds_of(24000, 23900), true);
  EXPECT_EQ(first.count(Verdict::improved), 0U);
}

}  // namespace
}  // namespace ipcmark
