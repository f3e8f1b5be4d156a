#include "results/figures/cost_figures.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

TEST(Summary, BusyCpusAreCountedOverTheTimeOfAllProcesses) {
  // Three that work one after the other, each 100 µs and never asleep: one CPU's worth.
  Trial trial;
  trial.costs.resize(3);
  for (std::size_t i = 0; i < trial.costs.size(); ++i) {
    trial.costs[i].start_ns = i * 100'000;
    trial.costs[i].wall_ns = trial.costs[i].user_ns = 100'000;
  }
  EXPECT_EQ(measured_span_ns(trial), 300'000U);
  EXPECT_EQ(trial_value(trial, "cpus_busy", -1), 1.0);
  trial.costs[2].start_ns = 100'000;
  EXPECT_EQ(trial_value(trial, "cpus_busy", -1), 1.5);
  EXPECT_EQ(measured_span_ns({}), 0U);
}

}  // namespace
}  // namespace ipcmark
