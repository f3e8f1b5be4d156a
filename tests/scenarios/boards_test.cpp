// Scoreboard, sensor and monitor: the seed's answers, larger ones, and every fault caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "scenarios/cleanup/manifest.hpp"
#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;
using Options = std::map<std::string, std::int64_t>;

enum class Over : std::uint8_t { backend, lock, notifier };

// With names of a run's own, for the file of the sensor.
Trial run_over(const char* scenario, Over kind, const char* mechanism, const char* fault = "",
               Options options = {}) {
  RunSpec spec = spec_of(scenario, kind == Over::backend ? mechanism : "");
  if (kind == Over::lock) spec.lock = mechanism;
  if (kind == Over::notifier) spec.notifier = mechanism;
  spec.verify = Verify::full;
  spec.fault = fault;
  spec.options = std::move(options);
  auto manifest = Manifest::create();
  if (!manifest) throw std::runtime_error("no manifest");
  return run_trial(program(), spec, **manifest, {});
}

void expect_caught(const char* scenario, Over kind, const char* mechanism, const char* fault,
                   const char* reason, Options options = {}) {
  const Trial trial = run_over(scenario, kind, mechanism, fault, std::move(options));
  EXPECT_EQ(trial.state, State::failed) << scenario << "/" << mechanism << " with " << fault;
  EXPECT_THAT(trial.reason, HasSubstr(reason)) << scenario << "/" << mechanism << " with " << fault;
}

TEST(ScoreboardScenario, ShowsExactlyWhatWasAwardedInBothForms) {
  Trial shared = run_over("scoreboard", Over::lock, "pthread_mutex");
  ASSERT_EQ(shared.state, State::passed) << shared.reason;
  for (const char* backend : {"pipe", "shm_ring", "unix_seqpacket", "posix_mq"}) {
    const Trial sent = run_over("scoreboard", Over::backend, backend);
    ASSERT_EQ(sent.state, State::passed) << backend << ": " << sent.reason;
    // The same seed gives the same game.
    EXPECT_EQ(sent.counts.at("points"), shared.counts.at("points"));
    EXPECT_EQ(sent.histograms.at("award").count(), 20U);
    EXPECT_GE(sent.counts.at("looks"), 2);
    EXPECT_GT(sent.metric("cpu_per_award")->value, 0);
    EXPECT_GT(sent.metric("rate")->value, 0);
  }
  EXPECT_EQ(shared.histograms.at("award").count(), 20U);
  EXPECT_EQ(shared.counts.at("points"), shared.counts.at("points_awarded"));
}

TEST(ScoreboardScenario, TakesManyPlayers) {
  const Options many{{"processes", 32}, {"count", 20}};
  for (const char* lock : {"futex", "posix_sem"}) {
    const Trial trial = run_over("scoreboard", Over::lock, lock, "", many);
    ASSERT_EQ(trial.state, State::passed) << lock << ": " << trial.reason;
    EXPECT_EQ(trial.histograms.at("award").count(), 640U);
  }
  const Trial sent = run_over("scoreboard", Over::backend, "unix_stream", "", many);
  ASSERT_EQ(sent.state, State::passed) << sent.reason;
  EXPECT_EQ(sent.histograms.at("award").count(), 640U);
}

TEST(ScoreboardScenario, RefusesTheLockThatDoesNotExclude) {
  const Trial trial = run_over("scoreboard", Over::lock, "none");
  EXPECT_EQ(trial.state, State::skipped);
  EXPECT_THAT(trial.reason, HasSubstr("needs a lock that excludes"));
}

TEST(ScoreboardScenario, CatchesEveryFaultUnderALock) {
  const auto caught = [](const char* fault, const char* reason) {
    expect_caught("scoreboard", Over::lock, "futex", fault, reason);
  };
  caught("lost", "were awarded");
  caught("duplicated", "were awarded");
  caught("torn", "never true as a whole");
  caught("backwards", "gone back");
  caught("unsorted", "out of order");
  caught("unlocked", "were awarded");
}

TEST(ScoreboardScenario, CatchesEveryFaultOfTheManager) {
  const auto caught = [](const char* fault, const char* reason) {
    expect_caught("scoreboard", Over::backend, "pipe", fault, reason);
  };
  caught("lost", "were awarded");
  caught("duplicated", "were awarded");
  caught("torn", "never true as a whole");
  caught("backwards", "gone back");
  caught("unsorted", "out of order");
  for (const char* fault : {"duplicate:2", "flip:2", "truncate:2"}) {
    EXPECT_EQ(run_over("scoreboard", Over::backend, "pipe", fault).state, State::failed) << fault;
  }
}

TEST(SensorScenario, SeesTwentyReadingsWithTheSeedsAverage) {
  const auto passes = [](Over kind, const char* mechanism, Options options = {}) {
    const Trial trial = run_over("sensor", kind, mechanism, "", std::move(options));
    EXPECT_EQ(trial.state, State::passed) << mechanism << ": " << trial.reason;
    if (trial.state != State::passed) return;
    EXPECT_EQ(trial.counts.at("readings") % 20, 0);
    EXPECT_NEAR(static_cast<double>(trial.counts.at("average_millionths")) / 1e6, 24.845, 2e-6);
    EXPECT_EQ(trial.histograms.at("delivery").count(),
              static_cast<std::uint64_t>(trial.counts.at("readings")));
  };
  for (const char* notifier : {"eventfd", "futex", "pipe"}) passes(Over::notifier, notifier);
  passes(Over::notifier, "futex", {{"receivers", 8}});
  for (const char* backend : {"pipe", "tcp", "mmap_file"}) passes(Over::backend, backend);
  passes(Over::backend, "shm_mutex", {{"receivers", 8}});
}

TEST(SensorScenario, TakesManyReadingsFromTheFile) {
  const Trial trial =
      run_over("sensor", Over::notifier, "eventfd", "", {{"receivers", 4}, {"count", 20'000}});
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("readings"), 80'000);
}

TEST(SensorScenario, CatchesEveryFault) {
  for (const Over kind : {Over::notifier, Over::backend}) {
    const char* mechanism = kind == Over::notifier ? "futex" : "pipe";
    const auto caught = [&](const char* fault, const char* reason) {
      expect_caught("sensor", kind, mechanism, fault, reason, {{"receivers", 2}});
    };
    caught("lost", "1 readings were lost");
    caught("duplicated", "came again or after a later one");
    caught("backwards", "came again or after a later one");
    caught("torn", "1 readings were torn");
    caught("early_end", "readings before the end marker, not 20");
  }
  for (const char* fault : {"drop:2", "drop:21", "duplicate:2", "swap:2", "flip:2", "truncate:2"}) {
    EXPECT_EQ(run_over("sensor", Over::backend, "pipe", fault).state, State::failed) << fault;
  }
}

TEST(MonitorScenario, ShowsTheLatestOfEverySensor) {
  const auto passes = [](Over kind, const char* mechanism, Options options = {}) {
    const Trial trial = run_over("monitor", kind, mechanism, "", std::move(options));
    EXPECT_EQ(trial.state, State::passed) << mechanism << ": " << trial.reason;
    if (trial.state != State::passed) return;
    EXPECT_EQ(trial.counts.at("values_made"),
              trial.counts.at("values_shown") + trial.counts.at("values_replaced_unseen"));
    EXPECT_GE(trial.counts.at("values_shown"), 4);
    EXPECT_EQ(trial.histograms.at("staleness").count(),
              static_cast<std::uint64_t>(trial.counts.at("values_shown")));
  };
  for (const char* notifier : {"eventfd", "futex", "pipe"}) passes(Over::notifier, notifier);
  passes(Over::notifier, "futex", {{"senders", 32}, {"count", 2000}});
  for (const char* backend : {"pipe", "shm_ring", "tcp", "posix_mq"})
    passes(Over::backend, backend);
  passes(Over::backend, "unix_stream", {{"senders", 32}});
}

TEST(MonitorScenario, CatchesEveryFault) {
  constexpr std::int64_t bound_ns = 20'000'000;
  for (const Over kind : {Over::notifier, Over::backend}) {
    const char* mechanism = kind == Over::notifier ? "futex" : "pipe";
    const auto caught = [&](const char* fault, const char* reason, Options options = {}) {
      expect_caught("monitor", kind, mechanism, fault, reason, std::move(options));
    };
    caught("lost", "1 sensors do not end with their latest value");
    caught("torn", "values were torn");
    caught("backwards", "older than what was shown before");
    caught("stale", "old when it was shown", {{"stale_ns", bound_ns}});
  }
  for (const char* fault : {"drop:2", "duplicate:2", "flip:2", "truncate:2"}) {
    expect_caught("monitor", Over::backend, "pipe", fault, "messages: ");
  }
  expect_caught("monitor", Over::backend, "pipe", "swap:2", "older than what was shown before");
}

}  // namespace
}  // namespace ipcmark::toy
