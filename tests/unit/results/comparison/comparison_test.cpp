#include "results/comparison/comparison.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

const ComparedFigure* find(const Comparison& comparison, const std::string& backend,
                           const std::string& name, double quantile = -1) {
  for (const ComparedFigure& figure : comparison.figures) {
    if (figure.key.find("/" + backend + "/") != std::string::npos && figure.name == name &&
        figure.quantile == quantile) {
      return &figure;
    }
  }
  return nullptr;
}

Comparison sample(const ComparisonOptions& options = {}) {
  return compare_results(sample_base(), sample_candidate(), {}, options);
}

TEST(Comparison, EveryVerdictOfTheSample) {
  const Comparison comparison = sample();
  const auto verdict = [&](const char* backend, const char* name, double q) {
    const ComparedFigure* figure = find(comparison, backend, name, q);
    return figure == nullptr || !figure->gated ? "none" : to_string(figure->judgement.verdict);
  };
  EXPECT_STREQ(verdict("pipe", "round_trip", 0.5), "REGRESSION");
  EXPECT_STREQ(verdict("pipe", "round_trip", 0.99), "REGRESSION");
  EXPECT_STREQ(verdict("pipe", "round_trip", 0.9), "none");
  EXPECT_STREQ(verdict("pipe", "cpu_per_message", -1), "REGRESSION");
  EXPECT_STREQ(verdict("pipe", "rate", -1), "REGRESSION");  // lower is worse here
  EXPECT_STREQ(verdict("fifo", "round_trip", 0.5), "NO REGRESSION");
  EXPECT_STREQ(verdict("unix_stream", "round_trip", 0.5), "IMPROVED");
  EXPECT_STREQ(verdict("tcp", "round_trip", 0.5), "INCONCLUSIVE");
  EXPECT_STREQ(verdict("shm_ring", "round_trip", 0.5), "INCONCLUSIVE");
  EXPECT_STREQ(verdict("null", "round_trip", 0.5), "none");
  const ComparedFigure& rate = *find(comparison, "pipe", "rate");
  EXPECT_NEAR(rate.ratio.ratio, 640.0 / 772, 0.01);
  EXPECT_LT(rate.ratio.interval.high, 1 / 1.05);
  const ComparedFigure& noisy = *find(comparison, "tcp", "round_trip", 0.5);
  EXPECT_TRUE(noisy.more_rounds);
  EXPECT_NE(noisy.note.find("too noisy, about"), std::string::npos) << noisy.note;
}

TEST(Comparison, AnotherStateOfTheMachineIsNotCompared) {
  const Comparison comparison = sample();
  const ComparedFigure& ring = *find(comparison, "shm_ring", "round_trip", 0.5);
  EXPECT_TRUE(ring.base_values.empty());
  EXPECT_NE(ring.note.find("different states"), std::string::npos) << ring.note;
}

TEST(Comparison, PairsOfBothStatesCount) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0);
  Cell candidate = sample_latency("pipe", 1300, 0.02, 0);
  for (std::size_t i = 0; i < 8; ++i) {
    base.trials[i].canary = candidate.trials[i].canary = {550, 560, 1, 1, false};
  }
  ComparisonOptions options;
  options.rounds = true;
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
  const ComparedFigure& figure = comparison.figures.front();
  EXPECT_EQ(figure.base_values.size(), 20U);
  EXPECT_NEAR(figure.ratio.ratio, 1.3, 0.01);
  EXPECT_TRUE(figure.is(Verdict::regression));
}

TEST(Comparison, TooFewRoundsSayHowManyMore) {
  const Cell base = sample_latency("pipe", 1000, 0.02, 0, 4);
  const Cell candidate = sample_latency("pipe", 1300, 0.02, 0, 4);
  ComparisonOptions options;
  options.rounds = true;
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
  const ComparedFigure& figure = comparison.figures.front();
  EXPECT_TRUE(figure.is(Verdict::inconclusive));
  ASSERT_TRUE(figure.more_rounds);
  EXPECT_GE(*figure.more_rounds, 3U);
  EXPECT_LE(*figure.more_rounds, 16U);
  EXPECT_FALSE(comparison.notes.empty());  // so few rounds cannot reject anything
}

TEST(Comparison, WhatIsGatedDoesNotVanish) {
  const Cell base = sample_throughput("pipe", 1000, 0.02, 0);
  Cell candidate = sample_throughput("pipe", 1000, 0.02, 0);
  candidate.trials[7].metrics.clear();
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), {});
  ASSERT_EQ(comparison.figures.size(), 1U);
  EXPECT_TRUE(comparison.figures[0].is(Verdict::inconclusive));
  EXPECT_NE(comparison.figures[0].note.find("not measured"), std::string::npos);
}

TEST(Comparison, ATailThatVanishesIsNoGoodNews) {
  const Cell base = sample_latency("pipe", 6'000, 0.02, 1);
  Cell candidate = sample_latency("pipe", 6'000, 0.02, 2);
  // As many trips as fit into the same time when every fiftieth takes a millisecond.
  Histogram slow;
  slow.record(6'000, 2'400);
  slow.record(1'000'000, 50);
  candidate.trials[3].histograms["round_trip"] = slow;
  for (const bool rounds : {false, true}) {
    ComparisonOptions options;
    options.rounds = rounds;
    const Comparison comparison =
        compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
    const auto tail = std::find_if(comparison.figures.begin(), comparison.figures.end(),
                                   [](const ComparedFigure& each) {
                                     return each.name == "round_trip" && each.quantile == 0.99;
                                   });
    ASSERT_NE(tail, comparison.figures.end());
    EXPECT_TRUE(tail->is(Verdict::inconclusive));
    EXPECT_NE(tail->note.find(
                  fmt::format("in {} of {} trials", base.trials.size() - 1, base.trials.size())),
              std::string::npos)
        << tail->note;
  }
}

TEST(Comparison, MoreProcessesThanCpusAreShownAndNotGated) {
  const Cell base = sample_latency("pipe", 1000, 0.02, 0);
  const Cell candidate = sample_latency("pipe", 1300, 0.02, 0);
  ComparisonOptions options;
  options.cpus = 1;
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
  EXPECT_EQ(comparison.gated(), 0U);
  EXPECT_NE(comparison.figures[0].note.find("more processes than CPUs"), std::string::npos);
}

TEST(Comparison, AThresholdMovesEveryLimit) {
  ComparisonOptions options;
  options.threshold = 0.3;
  const Comparison comparison = sample(options);
  EXPECT_EQ(comparison.count(Verdict::regression), 0U);
  EXPECT_NEAR(find(comparison, "pipe", "round_trip", 0.5)->limit, 1.3, 1e-12);
  EXPECT_NEAR(find(comparison, "pipe", "round_trip", 0.99)->limit, 1.6, 1e-12);
}

TEST(Comparison, RepeatsWidenTheIntervals) {
  std::vector<ResultDocument> repeats(3, sample_base());
  const double factors[] = {0.8, 1.0, 1.25};
  for (std::size_t i = 0; i < 3; ++i) {
    repeats[i].cells = {sample_latency("pipe", 14'600 * factors[i], 0.03, 0)};
  }
  const Comparison plain = sample();
  const Comparison widened = compare_results(sample_base(), sample_candidate(), repeats, {});
  const Interval before = find(plain, "pipe", "round_trip", 0.5)->ratio.interval;
  const ComparedFigure& after = *find(widened, "pipe", "round_trip", 0.5);
  EXPECT_LT(after.ratio.interval.low, before.low);
  EXPECT_GT(after.ratio.interval.high, before.high);
  EXPECT_TRUE(after.is(Verdict::inconclusive));
  EXPECT_EQ(after.more_rounds, std::nullopt);  // more trials do not make runs alike
  // The others are in none of the repeats, which is said.
  EXPECT_EQ(find(widened, "fifo", "round_trip", 0.5)->ratio.interval.high,
            find(plain, "fifo", "round_trip", 0.5)->ratio.interval.high);
  EXPECT_TRUE(std::any_of(widened.notes.begin(), widened.notes.end(), [](const std::string& note) {
    return note.find("not widened") != std::string::npos;
  }));
}

TEST(Comparison, WhatFailedIsNotCalledImproved) {
  ResultDocument candidate = sample_candidate();
  for (Cell& cell : candidate.cells) {
    if (cell.spec.backend != "unix_stream") continue;
    cell.trials.push_back(cell.trials.front());
    cell.trials.back().round = 99;
    cell.trials.back().state = State::failed;
    cell.trials.back().reason = "3 messages were lost";
  }
  const Comparison comparison = compare_results(sample_base(), candidate, {}, {});
  EXPECT_EQ(comparison.failed.size(), 2U);
  const ComparedFigure& figure = *find(comparison, "unix_stream", "round_trip", 0.5);
  EXPECT_TRUE(figure.is(Verdict::inconclusive));
  EXPECT_EQ(figure.note, "faster, but it did not pass in every trial");
}

TEST(Comparison, FailuresAndMissingCellsAreKept) {
  const Comparison comparison = sample();
  ASSERT_EQ(comparison.failed.size(), 1U);
  EXPECT_NE(comparison.failed[0].find("counter/pipe"), std::string::npos);
  ASSERT_EQ(comparison.missing_in_candidate.size(), 2U);
  EXPECT_NE(comparison.missing_in_candidate[0].find("latency/sysv_mq"), std::string::npos);
  EXPECT_NE(comparison.missing_in_candidate[1].find("skipped: depth 64"), std::string::npos);
  ASSERT_EQ(comparison.missing_in_base.size(), 1U);  // a cell skipped on both sides is on none
  EXPECT_NE(comparison.missing_in_base[0].find("latency/zeromq"), std::string::npos);
}

TEST(Comparison, CellsOfOneKeyThatRanWithOtherOptionsAreIncomparable) {
  const auto with = [](std::int64_t gap) {
    ResultDocument document;
    document.cells = {sample_latency("pipe", 15'000, 0.05, 2)};
    document.cells[0].spec.options = document.cells[0].spec.defaults = {{"gap_ns", gap}};
    return document;
  };
  ASSERT_EQ(with(0).cells[0].spec.key(), with(5).cells[0].spec.key()) << "each has its default";
  const Comparison apart = compare_results(with(0), with(5), {}, {});
  ASSERT_EQ(apart.missing_in_candidate.size(), 1U);
  EXPECT_EQ(apart.missing_in_candidate[0],
            "latency/pipe/64B/block/cross-cpu: it ran with gap_ns=5, in the base 0");
  EXPECT_EQ(find(apart, "pipe", "round_trip", 0.5), nullptr);
  EXPECT_TRUE(compare_results(with(5), with(5), {}, {}).missing_in_candidate.empty());
  // An older result does not say.
  ResultDocument old = with(5);
  old.cells[0].spec.options.clear();
  old.cells[0].spec.defaults.clear();
  EXPECT_TRUE(compare_results(old, with(5), {}, {}).missing_in_candidate.empty());
}

TEST(Comparison, AMappedFileIsHeldAgainstOneOnTheSameFileSystemOnly) {
  const auto on = [](const char* file_system) {
    ResultDocument document = empty_document();
    document.cells = {sample_latency("mmap_file", 300, 0.05, 1),
                      sample_latency("pipe", 15'000, 0.05, 2)};
    for (Trial& trial : document.cells[0].trials) trial.granted.file_system = file_system;
    return document;
  };
  const Comparison apart = compare_results(on("ext4"), on("tmpfs"), {}, {});
  ASSERT_EQ(apart.missing_in_candidate.size(), 1U);
  EXPECT_EQ(apart.missing_in_candidate[0],
            "latency/mmap_file/64B/block/cross-cpu: its file lies on tmpfs, in the base on ext4");
  EXPECT_EQ(find(apart, "mmap_file", "round_trip", 0.5), nullptr);
  EXPECT_NE(find(apart, "pipe", "round_trip", 0.5), nullptr);
  // Results of versions that did not say are taken as they are.
  for (const char* other : {"ext4", ""}) {
    const Comparison alike = compare_results(on("ext4"), on(other), {}, {});
    EXPECT_TRUE(alike.missing_in_candidate.empty()) << other;
    EXPECT_NE(find(alike, "mmap_file", "round_trip", 0.5), nullptr) << other;
  }
}

TEST(Comparison, AResultIsNoWorseThanItself) {
  const ResultDocument base = sample_base();
  const Comparison comparison = compare_results(base, base, {}, {});
  EXPECT_EQ(comparison.count(Verdict::regression), 0U);
  EXPECT_EQ(comparison.count(Verdict::improved), 0U);
  EXPECT_TRUE(comparison.missing_in_base.empty());
  for (const ComparedFigure& figure : comparison.figures) {
    EXPECT_EQ(figure.base, figure.candidate) << figure.key << figure.name;
    EXPECT_NEAR(figure.ratio.ratio, figure.base > 0 ? 1 : 0, 1e-12) << figure.key << figure.name;
  }
}

}  // namespace
}  // namespace ipcmark
