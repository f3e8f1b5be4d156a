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
  EXPECT_STREQ(verdict("shm_ring", "round_trip", 0.5), "TOO FEW ROUNDS");
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
  EXPECT_TRUE(figure.is(Verdict::too_few_rounds));
  ASSERT_TRUE(figure.more_rounds);
  EXPECT_GE(*figure.more_rounds, 3U);
  EXPECT_LE(*figure.more_rounds, 16U);
  EXPECT_NE(figure.note.find("4 rounds cannot show a regression among 3 tests"), std::string::npos)
      << figure.note;
}

TEST(Comparison, WhatIsGatedDoesNotVanish) {
  const Cell base = sample_throughput("pipe", 1000, 0.02, 0);
  Cell candidate = sample_throughput("pipe", 1000, 0.02, 0);
  candidate.trials[7].metrics.clear();
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), {});
  ASSERT_EQ(comparison.figures.size(), 1U);
  EXPECT_TRUE(comparison.figures[0].is(Verdict::inconclusive));
  EXPECT_NE(comparison.figures[0].note.find("not measured in every trial: the candidate's in 19 "),
            std::string::npos)
      << comparison.figures[0].note;
  EXPECT_TRUE(comparison.missing_in_candidate.empty());
}

TEST(Comparison, WhatOneSideMeasuredInNoTrialIsMissingThere) {
  const Cell whole = sample_throughput("pipe", 1000, 0.02, 0);
  Cell without = sample_throughput("pipe", 1000, 0.02, 0);
  for (Trial& trial : without.trials) trial.metrics.clear();
  for (const bool rounds : {false, true}) {
    ComparisonOptions options;
    options.rounds = rounds;
    const Comparison lost =
        compare_cells({{"KEY", &whole, &without, {}}}, built_in_catalogue(), options);
    EXPECT_EQ(lost.missing_in_candidate, (std::vector<std::string>{"KEY: rate: measured in no "
                                                                   "trial"}));
    ASSERT_EQ(lost.figures.size(), 1U);  // and its row is there
    EXPECT_TRUE(lost.figures[0].is(Verdict::inconclusive));
    const Comparison gained =
        compare_cells({{"KEY", &without, &whole, {}}}, built_in_catalogue(), options);
    EXPECT_EQ(gained.missing_in_base.size(), 1U);
    EXPECT_EQ(gained.missing_in_candidate.size(), 0U);
  }
}

TEST(Comparison, UnsteadyTrialsAreJudgedAndAnExcessIsSaid) {
  // Twelve of twenty trials of the candidate are twice as slow and reach no steady state.
  const Cell base = sample_latency("pipe", 6'000, 0.02, 1);
  Cell candidate = sample_latency("pipe", 6'000, 0.02, 2);
  const Cell slow = sample_latency("pipe", 12'000, 0.02, 2);
  for (std::size_t i = 0; i < 20; ++i) {
    if (i % 5 > 2) continue;
    candidate.trials[i] = slow.trials[i];
    candidate.trials[i].steady = false;
  }
  for (const bool rounds : {false, true}) {
    ComparisonOptions options;
    options.rounds = rounds;
    const Comparison comparison =
        compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
    EXPECT_EQ(comparison.count(Verdict::no_regression), 0U);
    EXPECT_EQ(comparison.figures[0].candidate_values.size(), 20U);
    ASSERT_EQ(comparison.trials.size(), 1U);
    EXPECT_EQ(comparison.trials[0].base.not_steady, 0U);
    EXPECT_EQ(comparison.trials[0].candidate.not_steady, 12U);
    EXPECT_LT(comparison.trials[0].p_not_steady, 0.01);
    EXPECT_TRUE(
        std::any_of(comparison.notes.begin(), comparison.notes.end(), [](const std::string& note) {
          return note.find("the candidate is more often not steady") != std::string::npos;
        }));
  }
}

TEST(Comparison, AMedianThatTheClockIsTooCoarseForIsJudgedByTheMeansOfBatches) {
  Cell base = sample_latency("shm_ring", 171, 0, 0, 30);
  Cell candidate = sample_latency("shm_ring", 181, 0, 0, 30);
  ComparisonOptions options;
  options.rounds = true;
  options.clock_step_ns = 10;
  const auto compared = [&] {
    return compare_cells({{"/shm_ring/", &base, &candidate, {}}}, built_in_catalogue(), options);
  };
  // One step in every round. Without means of batches: the step is in the interval.
  const Comparison stepped = compared();
  const ComparedFigure& median = *find(stepped, "shm_ring", "round_trip", 0.5);
  EXPECT_EQ(median.step_ns, 10);
  EXPECT_FALSE(median.is(Verdict::regression)) << median.ratio.interval.low;
  EXPECT_LE(median.ratio.interval.low, 1);
  EXPECT_GE(median.ratio.interval.high, 1.1);
  // With them, which say that nothing changed.
  for (Cell* cell : {&base, &candidate}) {
    for (Trial& trial : cell->trials) trial.histograms["batch_mean"].record(176, 1'000);
  }
  const Comparison finer = compared();
  EXPECT_FALSE(find(finer, "shm_ring", "round_trip", 0.5)->gated);
  EXPECT_NE(find(finer, "shm_ring", "round_trip", 0.5)->note.find("steps of 10 ns"),
            std::string::npos);
  const ComparedFigure& means = *find(finer, "shm_ring", "batch_mean", 0.5);
  EXPECT_EQ(means.in_place_of, "round_trip");
  EXPECT_TRUE(means.is(Verdict::no_regression));
  // Where the clock is fine enough, its own median is judged.
  options.clock_step_ns = 0.5;
  const Comparison fine = compared();
  EXPECT_TRUE(find(fine, "shm_ring", "round_trip", 0.5)->is(Verdict::regression));
  EXPECT_FALSE(find(fine, "shm_ring", "batch_mean", 0.5)->gated);
}

TEST(Comparison, TheClocksStepIsTheEnvironments) {
  ResultDocument base = empty_document();
  base.cells = {sample_latency("shm_ring", 171, 0, 0)};
  ResultDocument candidate = base;
  candidate.cells = {sample_latency("shm_ring", 181, 0, 0)};
  EXPECT_EQ(compare_results(base, candidate, {}, {}).count(Verdict::regression), 2U);
  base.environment.facts["clock"]["step_ns"] = "10";
  const Comparison comparison = compare_results(base, candidate, {}, {});
  EXPECT_FALSE(find(comparison, "shm_ring", "round_trip", 0.5)->is(Verdict::regression));
}

TEST(Comparison, SaysWhichLengthsDiffer) {
  Cell base = sample_latency("pipe", 6'000, 0.02, 1);
  const Cell candidate = sample_latency("pipe", 6'000, 0.02, 2);
  const auto notes = [&] {
    return compare_cells({{"A", &base, &candidate, {}}, {"B", &candidate, &candidate, {}}},
                         built_in_catalogue(), {})
        .notes;
  };
  const auto holds = [](const std::vector<std::string>& texts, const char* text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  };
  EXPECT_TRUE(notes().empty());
  base.spec.warmup_ns += 1'000'000;
  EXPECT_TRUE(holds(notes(),
                    "Trials are not of the same length on both sides: --warm-up in 1 "
                    "cell."));
  base.spec.duration_ns += 1'000'000;
  EXPECT_TRUE(holds(notes(),
                    "Trials are not of the same length on both sides: --duration in 1 "
                    "cell, --warm-up in 1 cell."));
}

TEST(Comparison, AnotherBuildsKillIsItsFailureAndTheOthersRoundsCount) {
  const Cell base = sample_latency("pipe", 6'000, 0.02, 1, 30);
  Cell candidate = sample_latency("pipe", 6'000, 0.02, 2, 30);
  candidate.trials[4].state = State::failed;
  candidate.trials[4].cause = Cause::killed;
  candidate.trials[4].reason = "echo 1 killed by SIGKILL";
  ComparisonOptions options;
  options.rounds = true;
  const Comparison comparison =
      compare_cells({{"KEY", &base, &candidate, {}}}, built_in_catalogue(), options);
  ASSERT_EQ(comparison.failed.size(), 1U);
  EXPECT_NE(comparison.failed[0].find("SIGKILL"), std::string::npos);
  EXPECT_EQ(comparison.figures[0].base_values.size(), 29U);
  EXPECT_EQ(comparison.trials[0].candidate.failed, 1U);
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
    EXPECT_NE(tail->note.find(fmt::format("the candidate's in {} of {} trials",
                                          base.trials.size() - 1, base.trials.size())),
              std::string::npos)
        << tail->note;
    // In no trial: too few samples everywhere is no measurement that is missing.
    Cell thin = candidate;
    for (Trial& trial : thin.trials) trial.histograms["round_trip"] = slow;
    const Comparison none =
        compare_cells({{"KEY", &base, &thin, {}}}, built_in_catalogue(), options);
    EXPECT_TRUE(none.missing_in_candidate.empty());
    EXPECT_EQ(none.count(Verdict::inconclusive), 1U);
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
  ASSERT_FALSE(comparison.notes.empty());  // which a table of judged figures does not show
  EXPECT_EQ(comparison.notes.front(),
            "Not judged, and shown with --all: 1 cell (more processes than CPUs).");
}

TEST(Comparison, AThresholdMovesEveryLimit) {
  ComparisonOptions options;
  options.thresholds = *thresholds_from("30%");
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

TEST(Comparison, AMappedFileIsComparedWithOneOnTheSameFileSystemOnly) {
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
