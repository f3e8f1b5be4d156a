#include "results/comparison/comparison.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "results/comparison/fingerprint.hpp"
#include "results/comparison/pairing.hpp"
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

TEST(Comparison, OfTwoStatesTheOneThatBothSawMostIsTaken) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0);
  Cell candidate = sample_latency("pipe", 1000, 0.02, 3);
  for (std::size_t i = 0; i < 12; ++i) base.trials[i].canary = {550, 560, 1, 1, false};
  for (std::size_t i = 0; i < 15; ++i) candidate.trials[i].canary = {540, 550, 1, 1, false};
  base.trials[12].canary = {150, 550, 1, 1, true};       // moved: no trial to compare
  candidate.trials[15].canary = {300, 310, 1, 1, true};  // a reading that would join both states
  const SharedState shared = shared_state(base, candidate, {});
  EXPECT_EQ(shared.base.size(), 12U);
  EXPECT_EQ(shared.candidate.size(), 15U);
  EXPECT_NEAR(shared.state_ns, 550, 10);
  EXPECT_EQ(shared.unusable, 2U);
  EXPECT_EQ(shared.elsewhere, 7U + 4U);
}

TEST(Comparison, RoundsArePairedByTheirNumberAndState) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0, 6);
  Cell candidate = sample_latency("pipe", 1200, 0.02, 0, 6);
  std::swap(candidate.trials[0], candidate.trials[5]);  // stored in another order
  base.trials[1].steady = false;
  base.trials[2].state = State::interrupted;
  candidate.trials[3].canary = {550, 550, 1, 1, false};
  candidate.trials.erase(candidate.trials.begin() + 4);
  const Rounds rounds = pair_rounds(base, candidate);
  EXPECT_EQ(rounds.unusable, 3U);
  EXPECT_EQ(rounds.apart, 1U);
  ASSERT_EQ(rounds.pairs.size(), 2U);
  for (const TrialPair& pair : rounds.pairs) EXPECT_EQ(pair.base->round, pair.candidate->round);
}

TEST(Comparison, PairsOfBothStatesCount) {
  Cell base = sample_latency("pipe", 1000, 0.02, 0);
  Cell candidate = sample_latency("pipe", 1300, 0.02, 0);
  for (std::size_t i = 0; i < 8; ++i) {
    base.trials[i].canary = candidate.trials[i].canary = {550, 560, 1, 1, false};
  }
  ComparisonOptions options;
  options.rounds = true;
  const Comparison comparison = compare_cells({{"KEY", &base, &candidate, {}}}, options);
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
  const Comparison comparison = compare_cells({{"KEY", &base, &candidate, {}}}, options);
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
  const Comparison comparison = compare_cells({{"KEY", &base, &candidate, {}}}, {});
  ASSERT_EQ(comparison.figures.size(), 1U);
  EXPECT_TRUE(comparison.figures[0].is(Verdict::inconclusive));
  EXPECT_NE(comparison.figures[0].note.find("not measured"), std::string::npos);
}

TEST(Comparison, MoreProcessesThanCpusAreShownAndNotGated) {
  const Cell base = sample_latency("pipe", 1000, 0.02, 0);
  const Cell candidate = sample_latency("pipe", 1300, 0.02, 0);
  ComparisonOptions options;
  options.cpus = 1;
  const Comparison comparison = compare_cells({{"KEY", &base, &candidate, {}}}, options);
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

TEST(Comparison, AStoredVariationWidensAsTheRepeatsItIsFrom) {
  std::vector<ResultDocument> repeats(3, sample_base());
  for (std::size_t i = 0; i < 3; ++i) {
    repeats[i].cells = {
        sample_latency("pipe", 14'600 * (1 + 0.02 * static_cast<double>(i)), 0.03, 0)};
  }
  const Comparison direct = compare_results(sample_base(), sample_candidate(), repeats, {});
  const std::string text = variation_to_json(variation_of(direct, sample_base().environment));
  const auto variation = variation_from_json(text);
  ASSERT_TRUE(variation) << variation.error();
  EXPECT_EQ(variation_to_json(*variation), text);
  EXPECT_EQ(fingerprint_differences(variation->environment, sample_base().environment),
            std::vector<std::string>{});
  ComparisonOptions options;
  options.variation = &*variation;
  const Comparison stored = compare_results(sample_base(), sample_candidate(), {}, options);
  EXPECT_EQ(stored.repeats, 3U);
  ASSERT_EQ(stored.figures.size(), direct.figures.size());
  unsigned widened = 0;
  for (std::size_t i = 0; i < stored.figures.size(); ++i) {
    EXPECT_DOUBLE_EQ(stored.figures[i].ratio.interval.low, direct.figures[i].ratio.interval.low);
    EXPECT_DOUBLE_EQ(stored.figures[i].ratio.interval.high, direct.figures[i].ratio.interval.high);
    if (stored.figures[i].between.runs == 3) ++widened;
  }
  EXPECT_GT(widened, 0U);
  EXPECT_EQ(stored.notes, direct.notes);  // that the others are not widened is said here, too
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

TEST(Comparison, AMappedFileIsHeldAgainstOneOnTheSameFileSystemOnly) {
  const auto on = [](const char* file_system) {
    ResultDocument document;
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

TEST(Fields, WhatIsGatedAndFromWhichChangeOn) {
  EXPECT_EQ(minimum_effect("round_trip", 0.5), 0.05);
  EXPECT_EQ(minimum_effect("round_trip", 0.99), 0.10);
  EXPECT_EQ(minimum_effect("round_trip", 0.9), std::nullopt);
  EXPECT_EQ(minimum_effect("rate", -1), 0.05);
  EXPECT_EQ(minimum_effect("cpu_per_message", -1), 0.05);
  EXPECT_EQ(minimum_effect("setup_ns", -1), std::nullopt);
  EXPECT_EQ(minimum_effect("no such", -1), std::nullopt);
}

TEST(Fingerprint, NamesWhatDiffers) {
  Environment a;
  a.facts = {{"cpu", {{"model", "X"}, {"governor", "performance"}}},
             {"kernel", {{"release", "6.1"}}},
             {"build", {{"type", "Release"}, {"revision", "one"}}},
             {"limits", {{"msgmax", "8192"}}}};
  Environment b = a;
  b.facts["build"]["revision"] = "two";  // what is compared
  EXPECT_TRUE(fingerprint_differences(a, b).empty());
  b.facts["cpu"]["governor"] = "powersave";
  b.facts["limits"]["msgmax"] = "65536";
  b.facts["kernel"].erase("release");
  EXPECT_EQ(fingerprint_differences(a, b),
            (std::vector<std::string>{"cpu governor: performance and powersave",
                                      "kernel release: 6.1 and not recorded",
                                      "limits msgmax: 8192 and 65536"}));
}

TEST(Fingerprint, ShowsWhereLongTextsPart) {
  Environment a;
  Environment b;
  const std::string same(200, 'm');
  a.facts["cpu"]["mitigations"] = same + " on";
  b.facts["cpu"]["mitigations"] = same + " off";
  EXPECT_EQ(fingerprint_differences(a, b),
            (std::vector<std::string>{"cpu mitigations: ...mmmmmmmm on and ...mmmmmmmm off"}));
}

}  // namespace
}  // namespace ipcmark
