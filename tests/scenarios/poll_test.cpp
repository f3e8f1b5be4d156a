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

INSTANTIATE_TEST_SUITE_P(, PollsEveryMechanism,
                         testing::Values("sentinel_stream", "request_reply", "chat"),
                         [](const auto& named) { return named.param; });

}  // namespace
}  // namespace ipcmark::toy
