// Rates in words, and where the search for the highest good one looks next.
#include "tools/session/load_sweep.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

TEST(OfferedRate, ReadsRatesAndShares) {
  EXPECT_EQ(offered_rate_from("20000")->amount, 20'000);
  EXPECT_EQ(offered_rate_from("20k")->amount, 20'000);
  EXPECT_EQ(offered_rate_from("1.5M")->amount, 1'500'000);
  EXPECT_FALSE(offered_rate_from("20k")->of_capacity);
  EXPECT_DOUBLE_EQ(offered_rate_from("75%")->amount, 0.75);
  EXPECT_TRUE(offered_rate_from("75%")->of_capacity);
  for (const char* wrong : {"", "k", "0", "-5", "20 kg", "300%", "1e12", "%"}) {
    EXPECT_FALSE(offered_rate_from(wrong)) << wrong;
  }
}

TEST(Rate, IsRoundedToTwoDigits) {
  EXPECT_EQ(rounded_rate(666'123), 670'000);
  EXPECT_EQ(rounded_rate(1'049), 1'000);
  EXPECT_EQ(rounded_rate(7.3), 7);
  EXPECT_EQ(rounded_rate(0.2), 1);
}

// A mechanism whose p99 is good up to `limit` messages a second.
std::int64_t found(std::int64_t limit, std::int64_t capacity, int& steps) {
  std::int64_t within = 0;
  std::int64_t beyond = capacity;
  for (steps = 0; steps < 40; ++steps) {
    const std::int64_t rate = next_rate(within, beyond);
    if (rate == 0) return within;
    (rate <= limit ? within : beyond) = rate;
  }
  return -1;
}

TEST(Search, ClosesInFromBothSidesInAFewSteps) {
  int steps = 0;
  for (const std::int64_t limit : {4'000, 50'000, 333'000, 699'000}) {
    const std::int64_t rate = found(limit, 700'000, steps);
    EXPECT_LE(rate, limit);
    EXPECT_GE(static_cast<double>(rate), 0.89 * static_cast<double>(limit)) << limit;
    EXPECT_LE(steps, 14);
  }
  EXPECT_EQ(found(10, 700'000, steps), 0);  // not even slowly
  EXPECT_LE(steps, 14);
}

struct Made {
  std::size_t trials = 6;
  std::uint64_t samples = 20'000;
  std::uint64_t step_ns = 1'000;  // from trial to trial
  double other_state_ns = 0;      // not 0: the canaries of this cell's trials
  unsigned saturated = 0;
  State last = State::passed;
};

// Trials whose p99s are 20 us and a step more each.
ResultDocument loaded(const Made& made) {
  ResultDocument document = empty_document();
  const auto canary = [](double ns) { return Canary{ns, ns, 1, 1, false}; };
  // What the machine is like most of the time.
  Cell& other = document.cells.emplace_back();
  other.spec.scenario = "latency";
  for (int i = 0; i < 20; ++i) other.trials.emplace_back().canary = canary(100);
  Cell& cell = document.cells.emplace_back();
  cell.spec.scenario = "load";
  for (std::size_t i = 0; i < made.trials; ++i) {
    Trial& trial = cell.trials.emplace_back();
    trial.canary = canary(made.other_state_ns > 0 ? made.other_state_ns : 100);
    trial.metrics.push_back({"achieved_rate", 500'000, Unit::messages_per_second, 1000});
    if (i < made.saturated) {
      trial.counts["saturated"] = 1;
    } else {
      trial.histograms["response"].record(20'000 + i * made.step_ns, made.samples);
    }
  }
  if (!cell.trials.empty()) cell.trials.back().state = made.last;
  return document;
}

Summary summary_of(const Made& made) {
  const ResultDocument document = loaded(made);
  return summarize(document.cells[1], MachineView(document), document.catalogue);
}

TEST(Search, GoesByNothingThatDidNotPassInEveryTrial) {
  EXPECT_EQ(capacity_of(summary_of({})), 500'000);
  EXPECT_EQ(keeps_limit(summary_of({}), 50'000), Keeping::within);
  for (const State state : {State::failed, State::timeout, State::deadlock, State::skipped}) {
    EXPECT_EQ(capacity_of(summary_of({.last = state})), 0) << to_string(state);
    EXPECT_EQ(keeps_limit(summary_of({.last = state}), 50'000), Keeping::unknown);
  }
  EXPECT_EQ(capacity_of(Summary{}), 0);
  EXPECT_EQ(keeps_limit(Summary{}, 50'000), Keeping::unknown);
}

TEST(Search, DecidesByTheWholeInterval) {
  EXPECT_EQ(keeps_limit(summary_of({}), 25'100), Keeping::within);
  EXPECT_EQ(keeps_limit(summary_of({}), 24'900), Keeping::unknown);  // the slowest is beyond it
  EXPECT_EQ(keeps_limit(summary_of({}), 20'100), Keeping::unknown);  // the fastest is within it
  EXPECT_EQ(keeps_limit(summary_of({}), 19'900), Keeping::beyond);
}

TEST(Search, DecidesByNoP99ThatWouldNotBePublished) {
  // 99 samples lie beyond the p99 of 9 900, and 100 of 10 000.
  EXPECT_EQ(keeps_limit(summary_of({.samples = 9'900}), 50'000), Keeping::unknown);
  EXPECT_EQ(keeps_limit(summary_of({.samples = 9'900}), 1'000), Keeping::unknown);
  EXPECT_FALSE(lacks_trials(summary_of({.samples = 9'900})));
  EXPECT_EQ(keeps_limit(summary_of({.samples = 10'000}), 50'000), Keeping::within);
}

TEST(Search, DecidesByNoRangeOfTooFewTrials) {
  EXPECT_EQ(keeps_limit(summary_of({.trials = 3}), 50'000), Keeping::unknown);
  EXPECT_TRUE(lacks_trials(summary_of({.trials = 3})));
  EXPECT_FALSE(lacks_trials(summary_of({})));
}

TEST(Search, DecidesByNoTrialsOfAnotherStateOfTheMachine) {
  const Summary elsewhere = summary_of({.other_state_ns = 400});
  EXPECT_EQ(keeps_limit(elsewhere, 50'000), Keeping::unknown);
  EXPECT_EQ(keeps_limit(elsewhere, 1'000), Keeping::unknown);
  EXPECT_TRUE(lacks_trials(elsewhere));
}

TEST(Search, ASaturatedTrialKeepsNoLimit) {
  EXPECT_EQ(keeps_limit(summary_of({.saturated = 1}), 50'000), Keeping::unknown);
  EXPECT_EQ(keeps_limit(summary_of({.saturated = 5}), 50'000), Keeping::beyond);
}

}  // namespace
}  // namespace ipcmark
