#include "results/figures/summary.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

Cell cell_with(const std::vector<double>& rates) {
  Cell cell;
  cell.spec.scenario = "throughput";
  for (const double rate : rates) {
    Trial& trial = cell.trials.emplace_back();
    trial.metrics = {{"rate", rate, Unit::messages_per_second, 10}};
  }
  return cell;
}

// Of a machine that nobody looked at.
Summary summarize(const Cell& cell) { return summarize(cell, MachineView(), built_in_catalogue()); }

// Trials of `samples` trips each, the i-th trial's all taking base + i.
Cell cell_with_trips(unsigned trials, std::uint64_t samples, std::uint64_t base = 1000) {
  Cell cell;
  for (unsigned i = 0; i < trials; ++i) {
    cell.trials.emplace_back().histograms["round_trip"].record(base + i, samples);
  }
  return cell;
}

TEST(Summary, AMetricIsTheMedianOfItsTrials) {
  const Summary summary = summarize(cell_with({5, 3, 6, 1, 2, 4}));
  const Figure* rate = summary.figure("rate");
  ASSERT_NE(rate, nullptr);
  EXPECT_EQ(rate->median, 3.5);
  EXPECT_EQ(rate->low, 1);
  EXPECT_EQ(rate->high, 6);
  EXPECT_NEAR(rate->coverage, 0.96875, 1e-12);
  EXPECT_EQ(rate->unit, Unit::messages_per_second);
  EXPECT_EQ(rate->trials, 6U);
  EXPECT_EQ(rate->samples, 60U);
  EXPECT_EQ(rate->needs, 0U);
  EXPECT_EQ(summary.figure("rate", 0.5), nullptr);
  EXPECT_EQ(summary.figure("no such"), nullptr);
}

TEST(Summary, AVoidTrialIsNoOutcomeOfACellThatHasOthers) {
  Cell cell = cell_with({5, 3, 6, 1, 2, 4, 9});
  const auto make_void = [](Trial& trial) {
    trial.state = State::interrupted;
    trial.cause = Cause::void_round;
    trial.reason = "void round: the machine was suspended";
  };
  make_void(cell.trials.back());
  const Summary summary = summarize(cell);
  EXPECT_EQ(summary.state, State::passed);
  EXPECT_EQ(summary.reason, "");
  EXPECT_EQ(summary.voided, 1U);
  EXPECT_EQ(summary.not_passed, 0U);
  EXPECT_EQ(summary.published, 6U);
  for (Trial& trial : cell.trials) make_void(trial);
  EXPECT_EQ(summarize(cell).state, State::interrupted) << "nothing was measured";
}

TEST(Summary, TooFewTrialsGiveARangeWithoutCoverage) {
  const Summary summary = summarize(cell_with({7, 9}));
  EXPECT_EQ(summary.figure("rate")->coverage, 0);
  EXPECT_EQ(summary.figure("rate")->low, 7);
  EXPECT_EQ(summary.figure("rate")->high, 9);
}

TEST(Summary, QuantilesAreMediansOfTheTrialsOwnNotOfThePool) {
  // Five fast trials and one slow with far more trips: a pooled median would be the slow one's.
  Cell cell = cell_with_trips(5, 1000, 100);
  cell.trials.emplace_back().histograms["round_trip"].record(2000, 100'000);
  const Summary summary = summarize(cell);
  EXPECT_EQ(summary.figure("round_trip", 0.5)->median, 102.5);
  EXPECT_EQ(summary.figure("round_trip", 0.5)->samples, 105'000U);
}

TEST(Summary, AQuantileNeedsAHundredSamplesBeyondInEveryTrial) {
  Cell cell = cell_with_trips(6, 1000);
  EXPECT_EQ(summarize(cell).figure("round_trip", 0.9)->needs, 0U);
  cell.trials[3].histograms["round_trip"].clear();
  cell.trials[3].histograms["round_trip"].record(1000, 999);
  const Summary summary = summarize(cell);
  const Figure* p90 = summary.figure("round_trip", 0.9);
  ASSERT_NE(p90, nullptr);
  EXPECT_EQ(p90->needs, 1000U);
  EXPECT_EQ(p90->median, 0);
  EXPECT_EQ(summary.figure("round_trip", 0.5)->needs, 0U);
}

TEST(Summary, TailsNeedTwentyTrials) {
  EXPECT_EQ(summarize(cell_with_trips(19, 1'000'000)).figure("round_trip", 0.99), nullptr);
  const Summary summary = summarize(cell_with_trips(20, 10'000));
  ASSERT_NE(summary.figure("round_trip", 0.99), nullptr);
  EXPECT_EQ(summary.figure("round_trip", 0.99)->needs, 0U);
  EXPECT_EQ(summary.figure("round_trip", 0.999)->needs, 100'000U);
}

TEST(Summary, ExtremesAreThoseOfAllTrials) {
  const Summary summary = summarize(cell_with_trips(6, 500, 1000));
  EXPECT_EQ(summary.figure("round_trip_min")->median, 1000);
  EXPECT_EQ(summary.figure("round_trip_min")->high, 1005);
  EXPECT_EQ(summary.figure("round_trip_max")->median, 1005);
  EXPECT_EQ(summary.figure("round_trip_max")->low, 1000);
}

TEST(Summary, OfBatchMeansOnlyTheMedianIsPublished) {
  Cell cell;
  cell.spec.scenario = "latency";
  for (int i = 0; i < 20; ++i) {
    cell.trials.emplace_back().histograms["batch_mean"].record(150, 100'000);
  }
  const Summary summary = summarize(cell);
  ASSERT_EQ(summary.figures.size(), 1U);
  EXPECT_EQ(summary.figures[0].quantile, 0.5);
  EXPECT_EQ(summary.figures[0].median, 150);
}

TEST(Summary, CostsAreThoseOfAllProcessesPerMessage) {
  Cell cell;
  Trial& trial = cell.trials.emplace_back();
  trial.counts["messages_total"] = 1000;
  trial.costs.resize(2);
  trial.costs[0].user_ns = 300'000;
  trial.costs[0].system_ns = 200'000;
  trial.costs[0].voluntary_switches = 1500;
  trial.costs[0].wall_ns = 400'000;
  trial.costs[1].system_ns = 100'000;
  trial.costs[1].involuntary_switches = 500;
  trial.costs[1].wall_ns = 390'000;
  const Summary summary = summarize(cell);
  EXPECT_EQ(summary.figure("cpu_per_message")->median, 600);
  EXPECT_EQ(summary.figure("switches_per_message")->median, 2);
  EXPECT_EQ(summary.figure("cpus_busy")->median, 1.5);
  cell.trials[0].counts.clear();
  EXPECT_EQ(summarize(cell).figure("cpu_per_message"), nullptr);
}

TEST(Summary, CostsAreWithoutTheHarnesssOwnWaits) {
  Cell cell;
  Trial& trial = cell.trials.emplace_back();
  trial.counts["messages_total"] = 1000;
  ProcessCost& cost = trial.costs.emplace_back();
  cost.user_ns = 300'000;
  cost.system_ns = 200'000;
  cost.voluntary_switches = 1500;
  cost.wall_ns = 400'000;
  cost.harness_user_ns = 250'000;
  cost.harness_system_ns = 50'000;
  cost.harness_switches = 500;
  Summary summary = summarize(cell);
  EXPECT_EQ(summary.figure("cpu_per_message")->median, 200);
  EXPECT_EQ(summary.figure("user_per_message")->median, 50);
  EXPECT_EQ(summary.figure("system_per_message")->median, 150);
  EXPECT_EQ(summary.figure("switches_per_message")->median, 1);
  EXPECT_EQ(summary.figure("cpus_busy")->median, 0.5);
  // The kernel tells user from system by samples: it may find less than was polled.
  trial.costs[0].user_ns = 240'000;
  trial.costs[0].system_ns = 260'000;
  summary = summarize(cell);
  EXPECT_EQ(summary.figure("user_per_message")->median, 0);
  EXPECT_EQ(summary.figure("system_per_message")->median, 200);
}

TEST(Summary, TheWorstTrialDecidesTheState) {
  Cell cell = cell_with({1, 2, 3});
  EXPECT_EQ(summarize(cell).state, State::passed);
  cell.trials[1].state = State::skipped;
  cell.trials[1].reason = "no";
  EXPECT_EQ(summarize(cell).state, State::skipped);
  cell.trials[2].state = State::failed;
  cell.trials[2].reason = "lost 3 messages";
  const Summary summary = summarize(cell);
  EXPECT_EQ(summary.state, State::failed);
  EXPECT_EQ(summary.reason, "lost 3 messages");
  EXPECT_EQ(summary.figure("rate")->trials, 1U);  // only what passed is published
  EXPECT_EQ(summary.published, 1U);
  EXPECT_EQ(summarize(Cell{}).state, State::interrupted);
}

TEST(Summary, OutliersAreCountedAndKept) {
  const Summary summary = summarize(cell_with({100, 101, 102, 103, 104, 107, 150}));
  const Figure* rate = summary.figure("rate");
  EXPECT_EQ(rate->severe_outliers, 1U);
  EXPECT_EQ(rate->mild_outliers, 0U);
  EXPECT_EQ(rate->farthest, 150);
  EXPECT_EQ(rate->trials, 7U);
  EXPECT_EQ(summarize(cell_with({100, 101, 102, 103, 104, 110})).figure("rate")->mild_outliers, 1U);
}

TEST(Summary, TwoGroupsOfTrialsAreTwo) {
  const Summary summary = summarize(cell_with({100, 101, 102, 103, 160, 161, 162, 163, 164, 165}));
  const Figure* rate = summary.figure("rate");
  ASSERT_EQ(rate->groups.size(), 2U);
  EXPECT_EQ(rate->groups[0].median, 101.5);
  EXPECT_EQ(rate->groups[0].trials, 4U);
  EXPECT_EQ(rate->groups[1].median, 162.5);
  EXPECT_EQ(rate->groups[1].trials, 6U);
  // However many rounds are added, the two stay apart.
  EXPECT_EQ(more_trials_for(*rate, 0.03), 0U);
}

TEST(Summary, GroupsThatLieTogetherAreOne) {
  // A step of the clock, say.
  const Summary near = summarize(cell_with({100, 100, 100, 100, 100, 104, 104, 104, 104, 104}));
  EXPECT_TRUE(near.figure("rate")->groups.empty());
  const Summary few = summarize(cell_with({100, 101, 102, 160, 161, 162}));
  EXPECT_TRUE(few.figure("rate")->groups.empty());
  EXPECT_GT(more_trials_for(*few.figure("rate"), 0.03), 0U);
}

TEST(MoreTrials, FallsWithTheRootOfTheirNumber) {
  Figure figure;
  figure.trials = 10;
  figure.median = 100;
  figure.low = 90;
  figure.high = 110;
  EXPECT_DOUBLE_EQ(half_width(figure), 0.1);
  EXPECT_EQ(more_trials_for(figure, 0.1), 0U);
  EXPECT_EQ(more_trials_for(figure, 0.05), 30U);
  figure.trials = 4;  // no interval yet
  EXPECT_EQ(more_trials_for(figure, 0.5), 2U);
}

}  // namespace
}  // namespace ipcmark
