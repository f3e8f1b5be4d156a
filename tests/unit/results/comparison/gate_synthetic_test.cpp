// The gate on made data whose truth is known: what noise does to false alarms, coverage and power.
// Seeded, so that each run sees the same data; tolerances are four standard errors of the number of
// repetitions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>

#include "results/comparison/ab_schedule.hpp"
#include "results/comparison/gate_statistics.hpp"

namespace ipcmark {
namespace {

using Random = std::mt19937_64;
using Values = std::vector<double>;

constexpr double delta = 0.05;

struct Pairs {
  Values base, candidate;
  Values logs() const {
    Values logs;
    for (std::size_t i = 0; i < base.size(); ++i) logs.push_back(std::log(candidate[i] / base[i]));
    return logs;
  }
};

double normal(Random& random) { return std::normal_distribution<double>()(random); }
bool heads(Random& random, double share) { return std::bernoulli_distribution(share)(random); }

// Each makes n pairs whose median ratio is `effect`.
struct Noise {
  const char* name;
  Pairs (*make)(Random& random, int n, double effect);
  bool ties = false;
};

Pairs skewed(Random& random, int n, double effect) {
  std::exponential_distribution<double> wait;
  Pairs pairs;
  for (int i = 0; i < n; ++i) {
    pairs.base.push_back(100);
    pairs.candidate.push_back(100 * effect * std::exp(0.1 * (wait(random) - std::log(2.0))));
  }
  return pairs;
}

// Each trial falls into a fast or a slow mode of its own accord, 40 % apart.
Pairs bimodal(Random& random, int n, double effect) {
  const auto trial = [&random] {
    return 100 * (heads(random, 0.3) ? 1.4 : 1) * std::exp(0.01 * normal(random));
  };
  Pairs pairs;
  for (int i = 0; i < n; ++i) {
    pairs.base.push_back(trial());
    pairs.candidate.push_back(effect * trial());
  }
  return pairs;
}

// A clock so coarse that most pairs are equal.
Pairs tied(Random& random, int n, double effect) {
  const auto trial = [&random] { return 100 + std::round(0.6 * normal(random)); };
  Pairs pairs;
  for (int i = 0; i < n; ++i) {
    pairs.base.push_back(trial());
    pairs.candidate.push_back(effect * trial());
  }
  return pairs;
}

// The machine's own speed wanders, so that neighbouring trials are alike.
Pairs autocorrelated(Random& random, int n, double effect) {
  Pairs pairs;
  double machine = normal(random);
  for (int i = 0; i < n; ++i) {
    machine = 0.9 * machine + std::sqrt(1 - 0.81) * normal(random);
    pairs.base.push_back(100 * std::exp(0.1 * machine + 0.02 * normal(random)));
    pairs.candidate.push_back(100 * effect * std::exp(0.1 * machine + 0.02 * normal(random)));
  }
  return pairs;
}

// The machine becomes half as slow again during the rounds. Who goes first alternates (ABBA), and
// the second of a pair always finds it a little slower.
Pairs drifting(Random& random, int n, double effect) {
  Pairs pairs;
  for (int i = 0; i < n; ++i) {
    const auto trial = [&](int turn) {
      const double time = (2.0 * i + turn) / (2.0 * n);
      return 100 * (1 + 0.5 * time) * std::exp(0.02 * normal(random));
    };
    pairs.base.push_back(trial(i % 2));
    pairs.candidate.push_back(effect * trial(1 - i % 2));
  }
  return pairs;
}

const Noise noises[] = {{"skewed", skewed},
                        {"bimodal", bimodal},
                        {"tied", tied, true},
                        {"autocorrelated", autocorrelated},
                        {"drifting", drifting}};

double share_of(int repetitions, const std::function<bool(int)>& happens) {
  int count = 0;
  for (int i = 0; i < repetitions; ++i) count += happens(i) ? 1 : 0;
  return static_cast<double>(count) / repetitions;
}
double four_errors(double share, int repetitions) {
  return 4 * std::sqrt(share * (1 - share) / repetitions);
}

bool rejects(const Values& logs, double effect) {
  return sign_test_above(logs, std::log1p(effect)) <= 0.05;
}

TEST(Synthetic, AtTheLimitItselfOneInTwentyIsRejectedAtMost) {
  constexpr int repetitions = 4000;
  for (const Noise& noise : noises) {
    Random random(11);
    const double share = share_of(
        repetitions, [&](int) { return rejects(noise.make(random, 30, 1 + delta).logs(), delta); });
    EXPECT_LE(share, 0.05 + four_errors(0.05, repetitions)) << noise.name;
    // The exact size of the test of 30 pairs is 4.94 %; a drift that alternates makes it smaller.
    if (!noise.ties && noise.make != drifting) {
      EXPECT_NEAR(share, 0.0494, four_errors(0.0494, repetitions)) << noise.name;
    }
  }
}

TEST(Synthetic, IntervalsOfPairsCoverTheTruth) {
  constexpr int repetitions = 3000;
  for (const Noise& noise : noises) {
    Random random(12);
    const double share = share_of(repetitions, [&](int) {
      const Pairs pairs = noise.make(random, 30, 1.1);
      const Ratio ratio = paired_ratio(pairs.candidate, pairs.base);
      return ratio.interval.low <= 1.1 * (1 + 1e-12) && ratio.interval.high >= 1.1 * (1 - 1e-12);
    });
    EXPECT_GE(share, 0.957 - four_errors(0.957, repetitions)) << noise.name;
  }
}

// Two identical builds: exchanging them within a round, by a coin, must not matter. At a limit of 0
// the test then rejects in one of twenty.
TEST(Synthetic, PermutedIdenticalBuildsRejectInFivePerCentAtLimitZero) {
  constexpr int permutations = 4000;
  for (const Noise& noise : noises) {
    Random random(13);
    const Values logs = noise.make(random, 30, 1).logs();
    const double share = share_of(permutations, [&](int) {
      Values permuted = logs;
      for (double& value : permuted) value = heads(random, 0.5) ? value : -value;
      return rejects(permuted, 0);
    });
    if (noise.ties) {
      EXPECT_LE(share, 0.05) << noise.name;
    } else {
      EXPECT_NEAR(share, 0.0494, four_errors(0.0494, permutations)) << noise.name;
    }
  }
}

Evidence evidence_of(const Pairs& pairs) {
  return paired_evidence(pairs.base, pairs.candidate, false, 1 + delta);
}

TEST(Synthetic, SixtyTestsOfIdenticalBuildsFlagNothing) {
  for (const Noise& noise : noises) {
    Random random(14);
    std::vector<Evidence> family;
    for (int i = 0; i < 60; ++i) family.push_back(evidence_of(noise.make(random, 30, 1)));
    for (const Judgement& each : judge(family)) {
      EXPECT_NE(each.verdict, Verdict::regression) << noise.name;
      EXPECT_NE(each.verdict, Verdict::improved) << noise.name;
    }
  }
}

TEST(Synthetic, AWholeFamilyIsWrongInOneOfTwentyAtMost) {
  // The hardest case: all twenty metrics are exactly at the limit.
  constexpr int repetitions = 1000;
  Random random(15);
  const double share = share_of(repetitions, [&](int) {
    std::vector<Evidence> family;
    for (int i = 0; i < 20; ++i) family.push_back(evidence_of(skewed(random, 30, 1 + delta)));
    const auto judged = judge(family);
    return std::any_of(judged.begin(), judged.end(),
                       [](const Judgement& each) { return each.verdict == Verdict::regression; });
  });
  EXPECT_LE(share, 0.05 + four_errors(0.05, repetitions));
}

TEST(Synthetic, PowerGrowsWithTheEffect) {
  constexpr int repetitions = 400;
  for (const Noise& noise : {noises[0], noises[3], noises[4]}) {
    double before = -1;
    double at_three = 0;
    for (const double times : {1.0, 1.5, 2.0, 3.0}) {
      Random random(16);
      const double share = share_of(repetitions, [&](int) {
        std::vector<Evidence> family(19, Evidence{});  // among twenty tests
        family.push_back(evidence_of(noise.make(random, 30, 1 + times * delta)));
        return judge(family).back().verdict == Verdict::regression;
      });
      EXPECT_GE(share, before) << noise.name << " at " << times;
      before = at_three = share;
    }
    EXPECT_GT(at_three, 0.9) << noise.name;
  }
}

TEST(Synthetic, ABetterBuildIsImprovedAndNotARegression) {
  Random random(17);
  const Evidence better = evidence_of(autocorrelated(random, 30, 1 / 1.2));
  EXPECT_EQ(judge(std::vector<Evidence>{better})[0].verdict, Verdict::improved);
}

// Trial after trial of one build against itself, in the order of a real run; for a part of it,
// begun and ended anywhere, the machine is half as slow again.
TEST(Synthetic, AMachineThatChangesMidwayRaisesNoAlarm) {
  Random random(20);
  for (int run = 0; run < 500; ++run) {
    const auto begin = random() % 40;
    const auto end = begin + random() % 40;
    std::uint64_t now = 0;
    Pairs pairs;
    for (std::uint32_t round = 0; round < 30; ++round) {
      double values[2] = {};
      const AbSide first = ab_round(1, 1000 + static_cast<std::uint64_t>(run), round)[0].first;
      for (const AbSide side : {first, other(first)}) {
        const bool slow = now >= begin && now < end;
        values[side == AbSide::b ? 1 : 0] = (slow ? 150 : 100) * std::exp(0.03 * normal(random));
        ++now;
      }
      pairs.base.push_back(values[0]);
      pairs.candidate.push_back(values[1]);
    }
    EXPECT_NE(judge(std::vector<Evidence>{evidence_of(pairs)})[0].verdict, Verdict::regression);
  }
}

// Stored results: two samples with nothing in common, of different shape even.
TEST(Synthetic, IntervalsOfStoredResultsCoverTheTruth) {
  constexpr int repetitions = 2000;
  struct Shape {
    const char* name;
    std::function<double(Random&)> base, candidate;  // each of median 1
  };
  const auto skew = [](Random& r) {
    return std::exp(0.2 * (std::exponential_distribution<double>()(r) - std::log(2.0)));
  };
  const auto plain = [](Random& r) { return std::exp(0.05 * normal(r)); };
  // 45 % around 0.7 and 55 % above: the median is the 5/55 quantile of the upper part.
  const auto two = [](Random& r) {
    const double lowest_of_upper = 0.05 / 0.55;
    const double u = std::uniform_real_distribution<double>()(r);
    return heads(r, 0.45) ? 0.7 + 0.01 * u : 1 + 0.1 * (u - lowest_of_upper);
  };
  for (const Shape& shape : {Shape{"skewed", skew, skew}, Shape{"bimodal", two, two},
                             Shape{"mixed", two, plain}, Shape{"wide and narrow", skew, plain}}) {
    Random random(18);
    int wrong = 0;
    const double share = share_of(repetitions, [&](int) {
      Values base;
      Values candidate;
      for (int i = 0; i < 20; ++i) base.push_back(shape.base(random));
      for (int i = 0; i < 15; ++i) candidate.push_back(1.05 * shape.candidate(random));
      const UnpairedRatio ratio(base, candidate, {});
      wrong += ratio.p_above(1.05) <= 0.05 ? 1 : 0;
      const Interval interval = ratio.ratio().interval;
      return interval.low <= 1.05 && 1.05 <= interval.high;
    });
    EXPECT_GE(share, 0.95) << shape.name;
    EXPECT_LE(static_cast<double>(wrong) / repetitions, 0.05) << shape.name;
  }
}

TEST(Synthetic, RunsThatDifferAreNotTakenForARegression) {
  // Each run of the one build has an offset of its own, of 5 %, that its trials do not show.
  constexpr int repetitions = 1000;
  Random random(19);
  int without = 0;
  int with = 0;
  const auto run = [&random] {
    const double offset = 0.05 * normal(random);
    Values values;
    for (int i = 0; i < 20; ++i) values.push_back(std::exp(offset + 0.01 * normal(random)));
    return values;
  };
  for (int i = 0; i < repetitions; ++i) {
    const Values base = run();
    const Values candidate = run();
    const RunToRun between =
        run_to_run(Values{median(run()), median(run()), median(run()), median(run())});
    const Ratio plain = UnpairedRatio(base, candidate, {}).ratio();
    const Ratio widened = UnpairedRatio(base, candidate, between).ratio();
    without += plain.interval.low > 1 || plain.interval.high < 1 ? 1 : 0;
    with += widened.interval.low > 1 || widened.interval.high < 1 ? 1 : 0;
  }
  EXPECT_GT(without, repetitions / 2);
  EXPECT_LE(with, repetitions * 5 / 100 + 4 * 7);
}

}  // namespace
}  // namespace ipcmark
