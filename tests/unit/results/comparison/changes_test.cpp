// A run beside a stored one: the change of each cell, or why none is shown.
#include "results/comparison/changes.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/comparison/sample_rounds.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

constexpr const char* key = "throughput/pipe/64B/block/cross-cpu";

Cell broken(Cell cell) {
  cell.trials[3].state = State::failed;
  cell.trials[3].reason = "3 messages were lost";
  return cell;
}

std::string change(const Cell& base, const Cell& now) {
  const auto changes = changes_since(document_of({base}), document_of({now}));
  const auto found = changes.find(key);
  return found == changes.end() ? "nothing" : found->second;
}

TEST(Changes, AreOfCellsThatPassedOnBothSides) {
  const Cell slow = sample_throughput("pipe", 1000, 0.02, 1);
  const Cell fast = sample_throughput("pipe", 2000, 0.02, 2);
  EXPECT_TRUE(change(slow, fast).starts_with("+")) << change(slow, fast);
  EXPECT_EQ(change(slow, slow), "=");
  // Who loses messages may well be faster by that.
  EXPECT_EQ(change(slow, broken(fast)), "failed");
  EXPECT_EQ(change(broken(slow), fast), "failed then");
}

TEST(Changes, SayWhyThereIsNone) {
  const Cell cell = sample_throughput("pipe", 1000, 0.02, 1);
  EXPECT_EQ(change(sample_throughput("fifo", 1000, 0.02, 1), cell), "new");
  Cell elsewhere = cell;
  for (Trial& trial : elsewhere.trials) trial.canary = {548, 551, 1000, 1000, false};
  EXPECT_EQ(change(elsewhere, cell), "incomparable");
  Cell skipped = sample_throughput("pipe", 1000, 0.02, 1, 1);
  skipped.trials[0].state = State::skipped;
  EXPECT_EQ(change(skipped, cell), "skipped then");
  EXPECT_EQ(change(cell, skipped), "nothing");  // the row itself says that it was skipped
}

}  // namespace
}  // namespace ipcmark
