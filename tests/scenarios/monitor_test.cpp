#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(MonitorScenario, ShowsTheLatestOfEverySensor) {
  const auto passes = [](const RunSpec& spec) {
    const Trial trial = run_one(spec);
    EXPECT_EQ(trial.state, State::passed) << spec.key() << ": " << trial.reason;
    if (trial.state != State::passed) return;
    EXPECT_EQ(trial.counts.at("values_made"),
              trial.counts.at("values_shown") + trial.counts.at("values_replaced_unseen"));
    EXPECT_GE(trial.counts.at("values_shown"), 4);
    EXPECT_EQ(trial.histograms.at("staleness").count(),
              static_cast<std::uint64_t>(trial.counts.at("values_shown")));
  };
  for (const char* notifier : {"eventfd", "futex", "pipe"}) {
    passes(over_notifier("monitor", notifier));
  }
  passes(over_notifier("monitor", "futex", {{"senders", 32}, {"count", 2000}}));
  for (const char* backend : {"pipe", "shm_ring", "tcp", "posix_mq"}) {
    passes(over_backend("monitor", backend));
  }
  passes(over_backend("monitor", "unix_stream", {{"senders", 32}}));
}

TEST(MonitorScenario, CatchesEveryFault) {
  for (RunSpec spec : {over_notifier("monitor", "futex"), over_backend("monitor", "pipe")}) {
    expect_caught(spec, "lost", "1 sensors do not end with their latest value");
    expect_caught(spec, "torn", "values were torn");
    expect_caught(spec, "backwards", "older than what was shown before");
    spec.options = {{"stale_ns", 20'000'000}};
    expect_caught(spec, "stale", "old when it was shown");
  }
  for (const char* fault : {"drop:2", "duplicate:2", "flip:2", "truncate:2"}) {
    expect_caught(over_backend("monitor", "pipe"), fault, "messages: ");
  }
  expect_caught(over_backend("monitor", "pipe"), "swap:2", "older than what was shown before");
}

}  // namespace
}  // namespace ipcmark::toy
