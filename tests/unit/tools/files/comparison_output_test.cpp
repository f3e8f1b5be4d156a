// What a gate's program ends with.
#include "tools/files/comparison_output.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"
#include "tools/terminal/exit_code.hpp"

namespace ipcmark {
namespace {

ResultDocument streams(State first, State second) {
  ResultDocument document = empty_document();
  for (const auto& [backend, state] : {std::pair{"pipe", first}, std::pair{"fifo", second}}) {
    Cell& cell = document.cells.emplace_back(sample_throughput(backend, 1000, 0.02, 1, 20));
    for (Trial& trial : cell.trials) {
      trial.state = state;
      if (state == State::interrupted) trial.cause = Cause::void_round;
    }
  }
  return document;
}

int code_of(State first, State second) {
  const ResultDocument both = streams(first, second);
  return verdict_code(compare_rounds(both, both, {}, {}), {});
}

TEST(VerdictCode, OfACellWhoseRoundsAreAllVoidIsTooFewOfThem) {
  EXPECT_EQ(code_of(State::passed, State::passed), exit_code::success);
  EXPECT_EQ(code_of(State::passed, State::interrupted), exit_code::inconclusive);
  EXPECT_EQ(code_of(State::interrupted, State::interrupted), exit_code::inconclusive);
}

TEST(VerdictCode, OfWhatNeitherSideCanMeasureIsNothingToCompare) {
  EXPECT_EQ(code_of(State::skipped, State::skipped), exit_code::nothing_ran);
  EXPECT_EQ(code_of(State::passed, State::skipped), exit_code::success);
  EXPECT_EQ(verdict_code(Comparison{}, {}), exit_code::nothing_ran);
}

TEST(VerdictCode, OfACandidateThatFailedIsThatThoughTheBaseHasNoSuchCell) {
  ResultDocument base = streams(State::passed, State::passed);
  const ResultDocument candidate = streams(State::passed, State::failed);
  base.cells.pop_back();
  EXPECT_EQ(verdict_code(compare_results(base, candidate, {}, {}), {}), exit_code::correctness);
}

}  // namespace
}  // namespace ipcmark
