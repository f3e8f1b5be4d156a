// --wait poll: over every mechanism with a descriptor, and no other.
#include <gtest/gtest.h>

#include <string>

#include "backends/registry.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

// One receiver at a time, several in a set, and a stream.
class PollsEveryMechanism : public testing::TestWithParam<std::string> {};

TEST_P(PollsEveryMechanism, ThatHasADescriptor) {
  unsigned passed = 0;
  for (const BackendEntry& backend : built_in_registry().backends) {
    if (*backend.compiled_out != '\0') continue;
    RunSpec spec = over_backend(GetParam(), backend.name, {});
    spec.wait = Wait::poll;
    const Trial trial = run_one(spec);
    ChannelSpec channel;
    channel.largest_message = spec.size;
    if (!backend.capabilities(channel).pollable) {
      EXPECT_EQ(trial.state, State::skipped) << backend.name;
      continue;
    }
    EXPECT_TRUE(trial.state == State::passed || trial.state == State::skipped)
        << backend.name << ": " << to_string(trial.state) << ", " << trial.reason;
    passed += trial.state == State::passed ? 1U : 0U;
  }
  EXPECT_GE(passed, 8U);
}

// What wakes shared memory by a descriptor can be polled by it, and wakes who blocks as well.
TEST(Wakes, SharedMemoryByADescriptorInEveryWaitThatSleeps) {
  for (const char* backend : {"shm_ring", "mmap_file", "shm_mutex"}) {
    for (const Wake wake : {Wake::eventfd, Wake::pipe}) {
      for (const Wait wait : {Wait::block, Wait::hybrid, Wait::poll}) {
        for (const char* scenario : {"sentinel_stream", "request_reply", "large_payload"}) {
          RunSpec spec = over_backend(scenario, backend, {});
          spec.wake = wake;
          spec.wait = wait;
          const Trial trial = run_one(spec);
          EXPECT_EQ(trial.state, State::passed) << spec.key() << ": " << trial.reason;
        }
      }
    }
  }
}

TEST(Wakes, NothingElseByADescriptor) {
  for (const BackendEntry& backend : built_in_registry().backends) {
    if (*backend.compiled_out != '\0') continue;
    ChannelSpec woken;
    woken.wake = Wake::eventfd;
    if (backend.capabilities(woken).chooses_wake) continue;
    RunSpec spec = over_backend("sentinel_stream", backend.name, {});
    spec.wake = Wake::eventfd;
    EXPECT_EQ(run_one(spec).state, State::skipped) << backend.name;
  }
  RunSpec spinning = over_backend("sentinel_stream", "shm_ring", {});
  spinning.wake = Wake::pipe;
  spinning.wait = Wait::spin;
  EXPECT_EQ(run_one(spinning).state, State::skipped);
}

INSTANTIATE_TEST_SUITE_P(, PollsEveryMechanism,
                         testing::Values("sentinel_stream", "request_reply", "chat"),
                         [](const auto& named) { return named.param; });

}  // namespace
}  // namespace ipcmark::toy
