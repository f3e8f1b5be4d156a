// What the checks of the instrument conclude from figures: each passes on good ones, fails when its
// subject is broken, and says so when nothing can be told.
#include "tools/selfcheck/selfcheck_judges.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

std::vector<double> around(double middle, double spread, std::size_t many = 20) {
  std::vector<double> values;
  for (std::size_t i = 0; i < many; ++i) {
    const auto place = static_cast<double>(7 * i % many) / static_cast<double>(many - 1) - 0.5;
    values.push_back(middle * (1 + spread * place));
  }
  return values;
}

TEST(JudgeDelay, SeesWhatWasAskedForAndNothingElse) {
  DelayFigures figures{around(150, 0.2), around(20'180, 0.002), 10'000, 30};
  EXPECT_EQ(judge_delay(figures).state, CheckState::passed) << judge_delay(figures).finding;
  figures.with = figures.without;
  EXPECT_EQ(judge_delay(figures).state, CheckState::failed);
  figures.with = around(20'800, 0.002);  // 300 ns a message too many
  EXPECT_EQ(judge_delay(figures).state, CheckState::failed);
  figures.with = around(20'180, 1.0);
  EXPECT_EQ(judge_delay(figures).state, CheckState::inconclusive);
  EXPECT_EQ(judge_delay({{150}, {20'150}, 10'000, 30}).state, CheckState::inconclusive);
}

TEST(JudgeControl, MustAgreeWithinFivePercent) {
  EXPECT_EQ(judge_control(around(15'300, 0.02), around(15'000, 0.02)).state, CheckState::passed);
  EXPECT_EQ(judge_control(around(15'000, 0.02), around(16'500, 0.02)).state, CheckState::failed);
  EXPECT_EQ(judge_control(around(16'500, 0.02), around(15'000, 0.02)).state, CheckState::failed);
  EXPECT_EQ(judge_control(around(15'000, 0.8), std::vector<double>(20, 15'000)).state,
            CheckState::inconclusive);
}

TEST(JudgeStall, NeedsFourFifthsOfWhatFellDueInIt) {
  StallFigures figures{10'000, 1e8, 0, 900, 1, false};
  EXPECT_EQ(judge_stall(figures).state, CheckState::passed);
  figures.stalled = 790;
  EXPECT_EQ(judge_stall(figures).state, CheckState::failed);
  figures.stalled = 900;
  figures.broken = true;
  EXPECT_EQ(judge_stall(figures).state, CheckState::failed);
  figures.quiet = 600;
  EXPECT_EQ(judge_stall(figures).state, CheckState::inconclusive);
}

TEST(JudgeStall, BlamesNotTheInstrumentForStallsOfTheMachine) {
  StallFigures figures{10'000, 1e8, 206, 999, 2, false};
  EXPECT_EQ(judge_stall(figures).state, CheckState::inconclusive);
  figures.stalled = 790;  // too few, even if none of them were the machine's
  EXPECT_EQ(judge_stall(figures).state, CheckState::failed);
}

TEST(JudgeIntegrity, MissesNoneAndInventsNone) {
  IntegrityFigures figures;
  EXPECT_EQ(judge_integrity(figures).state, CheckState::inconclusive);
  figures.backends = {"pipe"};
  figures.injected = 5;
  EXPECT_EQ(judge_integrity(figures).state, CheckState::passed);
  figures.missed = {"swap over pipe"};
  EXPECT_EQ(judge_integrity(figures).state, CheckState::failed);
  EXPECT_NE(judge_integrity(figures).finding.find("4 of 5"), std::string::npos);
  figures.missed.clear();
  figures.false_alarms = {"fifo: messages: 1 lost"};
  EXPECT_EQ(judge_integrity(figures).state, CheckState::failed);
}

Comparison compared(Verdict verdict, std::size_t pairs) {
  Comparison comparison;
  ComparedFigure figure;
  figure.key = "latency/pipe";
  figure.name = "round_trip";
  figure.gated = true;
  figure.judgement.verdict = verdict;
  figure.base_values = figure.candidate_values = around(100, 0.1, pairs);
  comparison.figures = {figure};
  return comparison;
}

TEST(JudgeSameBuild, MustNotBeFlaggedEitherWay) {
  EXPECT_EQ(judge_same_build(compared(Verdict::no_regression, 20)).state, CheckState::passed);
  EXPECT_EQ(judge_same_build(compared(Verdict::inconclusive, 20)).state, CheckState::passed);
  EXPECT_EQ(judge_same_build(compared(Verdict::regression, 20)).state, CheckState::failed);
  EXPECT_EQ(judge_same_build(compared(Verdict::improved, 20)).state, CheckState::failed);
  EXPECT_EQ(judge_same_build(compared(Verdict::inconclusive, 3)).state, CheckState::inconclusive);
  EXPECT_EQ(judge_same_build({}).state, CheckState::inconclusive);
}

TEST(JudgeOneWay, BothWaysMakeTheTripAndNothingArrivesEarly) {
  OneWayFigures figures{around(8'000, 0.02), around(6'900, 0.02), around(15'000, 0.02), 0};
  EXPECT_EQ(judge_one_way(figures).state, CheckState::passed) << judge_one_way(figures).finding;
  figures.negative = 1;
  EXPECT_EQ(judge_one_way(figures).state, CheckState::failed);
  figures.negative = 0;
  figures.there = around(1'008'000, 0.02);
  EXPECT_EQ(judge_one_way(figures).state, CheckState::failed);
  figures.there = figures.back = std::vector<double>(20, 0);  // all were negative
  EXPECT_EQ(judge_one_way(figures).state, CheckState::failed);
}

}  // namespace
}  // namespace ipcmark
