// What does not arrive intact ends a trial when it comes, not when the trial would have ended: each
// of these would go on for ten minutes, far above the limit of a test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

constexpr std::uint64_t ten_minutes_ns = 600'000'000'000;

void expect_end(RunSpec spec, const char* fault, const char* reason) {
  spec.duration_ns = ten_minutes_ns;
  const Trial trial = run_one(spec, fault);
  EXPECT_EQ(trial.state, State::failed) << spec.key() << ": " << trial.reason;
  EXPECT_EQ(trial.cause, Cause::check) << spec.key() << ": " << trial.reason;
  EXPECT_THAT(trial.reason, testing::HasSubstr(reason)) << spec.key() << " with " << fault;
}

TEST(DamageEndsATrialAtOnce, WhereMessagesAreVerified) {
  for (const char* scenario : {"throughput", "latency"}) {
    for (const char* backend : {"pipe", "shm_ring", "null"}) {
      expect_end(over_backend(scenario, backend), "flip:2", "did not arrive intact");
    }
  }
}

TEST(DamageEndsATrialAtOnce, WhereTheirLengthIsWrong) {
  for (const char* scenario : {"throughput", "latency"}) {
    RunSpec spec = over_backend(scenario, "pipe");
    expect_end(spec, "truncate:2", "another length");
    spec.verify = Verify::off;
    expect_end(spec, "truncate:2", "another length");
  }
}

// An owner, of whose many incrementers one sends the damaged message and goes on for long.
TEST(DamageEndsATrialAtOnce, OfACounterThatIsOwned) {
  const RunSpec spec = over_backend("counter", "unix_stream", {{"increments", 1'000'000'000}});
  expect_end(spec, "flip:2", "did not arrive intact");
}

}  // namespace
}  // namespace ipcmark::toy
