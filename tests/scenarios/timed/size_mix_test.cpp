// Messages of several sizes: each as long as it was drawn, whatever the mechanism and the modes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "results/model/cell_options.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

constexpr const char* mix = "32:70,4KiB:25,100000:5";

RunSpec mixed_cell(const std::string& scenario, const std::string& backend) {
  RunSpec spec = over_backend(scenario, backend);
  EXPECT_EQ(set_cell_option(*cell_option("size-mix"), mix, spec), "");
  spec.messages = 400;
  return spec;
}

class SizeMixes : public testing::TestWithParam<std::string> {};

TEST_P(SizeMixes, ArriveAsTheyWereDrawn) {
  for (const char* backend : {"pipe", "unix_seqpacket", "posix_mq", "shm_ring", "zeromq"}) {
    for (const Verify verify : {Verify::off, Verify::header, Verify::full}) {
      RunSpec spec = mixed_cell(GetParam(), backend);
      spec.verify = verify;
      expect_whole(spec);
    }
  }
}

TEST_P(SizeMixes, EveryFaultIsCaught) {
  for (const char* fault : {"drop:5", "duplicate:5", "flip:5", "truncate:5"}) {
    const Trial trial = run_one(mixed_cell(GetParam(), "pipe"), fault);
    EXPECT_TRUE(trial.state == State::failed || trial.state == State::deadlock)
        << fault << ": " << to_string(trial.state) << ", " << trial.reason;
  }
}

// Without verification a length that was not drawn is still seen.
TEST_P(SizeMixes, WithoutVerificationLengthsAreStillChecked) {
  RunSpec spec = mixed_cell(GetParam(), "pipe");
  spec.verify = Verify::off;
  expect_caught(spec, "truncate:5", "length");
}

INSTANTIATE_TEST_SUITE_P(, SizeMixes, testing::Values("latency", "throughput", "load", "duplex"),
                         [](const auto& named) { return named.param; });

TEST(SizeMix, LendsPlacesOfEachSize) {
  for (const char* scenario : {"latency", "throughput", "duplex"}) {
    RunSpec spec = mixed_cell(scenario, "shm_ring");
    spec.zero_copy = true;
    expect_whole(spec);
  }
}

// 70 parts of 32 bytes, 25 of 4 KiB and 5 of 100 000 are 6046 bytes a message; of 4000 drawn by any
// seed the mean is within a quarter of that.
TEST(SizeMix, BytesAreThoseThatWereSent) {
  RunSpec spec = mixed_cell("throughput", "unix_stream");
  spec.verify = Verify::off;
  spec.messages = 4'000;
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_NEAR(trial.metric("bytes_rate")->value / trial.metric("rate")->value, 6046, 1500);
}

TEST(SizeMix, HasNoRoomForStampsWhereOneSizeIsTooSmall) {
  RunSpec spec = over_backend("load", "pipe");
  EXPECT_EQ(set_cell_option(*cell_option("size-mix"), "8:1,64:1", spec), "");
  const Trial trial = run_one(spec);
  EXPECT_EQ(trial.state, State::skipped);
  EXPECT_THAT(trial.reason, testing::HasSubstr("needs messages of at least"));
  RunSpec one_way = over_backend("latency", "pipe", {{"one_way", 1}});
  one_way.verify = Verify::off;
  EXPECT_EQ(set_cell_option(*cell_option("size-mix"), mix, one_way), "");
  EXPECT_EQ(run_one(one_way).state, State::skipped);
}

}  // namespace
}  // namespace ipcmark::toy
