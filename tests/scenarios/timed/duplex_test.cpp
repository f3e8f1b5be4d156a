#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/registry.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

RunSpec duplex_of(const char* backend, std::uint64_t messages) {
  RunSpec spec = over_backend("duplex", backend);
  spec.messages = messages;
  return spec;
}

TEST(Duplex, BothStreamsArriveOverEveryMechanism) {
  unsigned passed = 0;
  for (const BackendEntry& backend : built_in_registry().backends) {
    if (*backend.compiled_out != '\0') continue;
    const Trial trial = run_one(duplex_of(backend.name, 300));
    ASSERT_TRUE(trial.state == State::passed || trial.state == State::skipped)
        << backend.name << ": " << to_string(trial.state) << ", " << trial.reason;
    if (trial.state == State::skipped) continue;
    ++passed;
    EXPECT_EQ(trial.counts.at("messages"), 600) << backend.name;
    EXPECT_GE(trial.integrity.checked, 600U) << backend.name;
  }
  EXPECT_GE(passed, 15U);
}

// Each direction is its own figure, and the sum is of them.
TEST(Duplex, MeasuresEachWayAndBoth) {
  const Trial trial = run_one(duplex_of("unix_stream", 2'000));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  const double there = trial.metric("rate_there")->value;
  const double back = trial.metric("rate_back")->value;
  EXPECT_GT(there, 0);
  EXPECT_GT(back, 0);
  EXPECT_DOUBLE_EQ(trial.metric("rate")->value, there + back);
  EXPECT_NEAR(trial.metric("bytes_rate")->value, 64 * (there + back), (there + back) / 1e6);
}

// A channel of one message, and messages of which none fits whole.
TEST(Duplex, GoesOnWhereChannelsHoldNextToNothing) {
  for (const char* backend : {"posix_mq", "shm_ring", "shm_mutex", "futex_slot", "eventfd_slot"}) {
    RunSpec spec = duplex_of(backend, 300);
    spec.depth = 1;
    expect_whole(spec);
  }
  for (const char* backend : {"pipe", "unix_stream", "sysv_mq", "fifo"}) {
    RunSpec spec = duplex_of(backend, 5);
    spec.size = std::uint64_t{3} << 20U;
    expect_whole(spec);
  }
}

TEST(Duplex, WhoWaitsForRoomAloneIsADeadlock) {
  for (const char* backend : {"pipe", "shm_ring", "unix_seqpacket"}) {
    const Trial trial = run_one(duplex_of(backend, 300), "naive");
    EXPECT_EQ(trial.state, State::deadlock) << backend << ": " << trial.reason;
    EXPECT_THAT(trial.reason, testing::AllOf(testing::HasSubstr("left 0 in send on channel 0"),
                                             testing::HasSubstr("right 1 in send on channel 1")));
  }
}

TEST(Duplex, CatchesEveryFault) {
  for (const char* fault : {"drop:50", "duplicate:50", "swap:50", "flip:50", "truncate:50"}) {
    expect_caught(duplex_of("pipe", 300), fault, "message");
  }
}

TEST(Duplex, GathersAndLendsWhereTheMechanismCan) {
  RunSpec spec = duplex_of("shm_ring", 1'000);
  spec.batch = 16;
  expect_whole(spec);
  spec.batch = 1;
  spec.zero_copy = true;
  expect_whole(spec);
}

}  // namespace
}  // namespace ipcmark::toy
