// Rates in words, and where the search for the highest good one looks next.
#include "tools/session/load_sweep.hpp"

#include <gtest/gtest.h>

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
  for (const std::int64_t limit : {2'000, 50'000, 333'000, 699'000}) {
    const std::int64_t rate = found(limit, 700'000, steps);
    EXPECT_LE(rate, limit);
    EXPECT_GE(static_cast<double>(rate), 0.89 * static_cast<double>(limit)) << limit;
    EXPECT_LE(steps, 14);
  }
  EXPECT_EQ(found(10, 700'000, steps), 0);  // not even slowly
  EXPECT_LE(steps, 14);
}

Cell loaded(State third) {
  Cell cell;
  for (int i = 0; i < 3; ++i) {
    Trial& trial = cell.trials.emplace_back();
    trial.metrics.push_back({"achieved_rate", 500'000, Unit::messages_per_second, 1000});
    trial.histograms["response"].record(20'000, 20'000);
  }
  cell.trials.back().state = third;
  return cell;
}

TEST(Search, GoesByNothingThatDidNotPassInEveryTrial) {
  EXPECT_EQ(capacity_of(loaded(State::passed)), 500'000);
  EXPECT_NEAR(p99_of(loaded(State::passed)).value(), 20'000, 20);
  for (const State state : {State::failed, State::timeout, State::deadlock, State::skipped}) {
    EXPECT_EQ(capacity_of(loaded(state)), 0) << to_string(state);
    EXPECT_FALSE(p99_of(loaded(state))) << to_string(state);
  }
  EXPECT_EQ(capacity_of({}), 0);
  EXPECT_FALSE(p99_of({}));
}

}  // namespace
}  // namespace ipcmark
