// What a replayed file must become, whatever the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "scenarios/traffic/replay_file.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

constexpr std::uint64_t ms = 1'000'000;

// A file of its own for each test, gone after it.
class ReplayTrial : public testing::Test {
 protected:
  ~ReplayTrial() override {
    for (const std::string& path : made_) ::unlink(path.c_str());
  }
  RunSpec cell_of(const std::string& text, const char* backend = "pipe") {
    const std::string path = testing::TempDir() + "replay-" + std::to_string(::getpid()) + "-" +
                             testing::UnitTest::GetInstance()->current_test_info()->name() +
                             std::to_string(made_.size());
    made_.push_back(path);
    std::ofstream(path) << text;
    const auto file = load_replay(path);
    if (!file) throw std::runtime_error(file.error());
    RunSpec spec = spec_of("load", backend);
    spec.verify = Verify::full;
    spec.warmup_ns = 0;
    set_replay(path, **file, spec);
    return spec;
  }

 private:
  std::vector<std::string> made_;
};

std::string lines(int count, int gap_us, const char* rest) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(i * gap_us) + "us " + rest + "\n";
  return text;
}

TEST_F(ReplayTrial, EveryMessageOfEveryChannelArrivesOnceWithItsLength) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += std::to_string(i * 100) + "us " + std::to_string(24 + i * 37 % 9000) + " " +
            std::to_string(i % 3 * 1000) + "\n";
  }
  for (const char* backend : {"pipe", "shm_ring", "unix_seqpacket"}) {
    RunSpec spec = cell_of(text, backend);
    spec.warmup_ns = 10 * ms;
    const Trial trial = run_one(spec);
    ASSERT_EQ(trial.state, State::passed) << trial.reason;
    EXPECT_EQ(trial.counts.at("messages"), 300);
    // The first 10 ms once more, as a warm-up.
    EXPECT_EQ(trial.counts.at("messages_total"), 400);
    EXPECT_EQ(trial.counts.at("offered"), 400);
    EXPECT_EQ(trial.integrity.checked, 400U);
    EXPECT_EQ(trial.costs.size(), 6U);
    if (trial.counts.contains("saturated")) continue;  // by a busy machine
    EXPECT_EQ(trial.histograms.at("response").count(), 300U);
  }
}

TEST_F(ReplayTrial, WhatIsDamagedLostOrSwappedIsFound) {
  for (const char* fault : {"flip:30", "truncate:30", "drop:30", "duplicate:30", "swap:30"}) {
    const RunSpec spec = cell_of(lines(40, 100, "512") + "4000us 700\n4100us 700\n");
    EXPECT_EQ(run_one(spec, fault).state, State::failed) << fault;
  }
}

// Each is due when the file says, and not when the one before has arrived.
TEST_F(ReplayTrial, AStallIsSeenByEveryMessageItDelays) {
  const RunSpec spec = cell_of(lines(800, 500, "64"));
  const Trial trial = run_one(spec, "stall");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  // 100 ms at 2000 a second.
  EXPECT_GE(samples_above(trial.histograms.at("response"), 20 * ms), 0.8 * 0.8 * 200);
}

TEST_F(ReplayTrial, AFileBeyondTheMechanismIsSaturatedAndPublishesNoTimes) {
  // Few, so that no sender is given up on, however slow the machine is; and the receiver stalls for
  // ten times the grace of a short file, so that no machine is too fast to be late.
  const RunSpec spec = cell_of(lines(200, 1, "64KiB"));
  const Trial trial = run_one(spec, "stall");
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("saturated"), 1);
  EXPECT_THAT(trial.reason, testing::HasSubstr("times as long as the file says"));
  EXPECT_TRUE(trial.histograms.empty());
}

TEST_F(ReplayTrial, WhatCannotBeSentIsSkippedWithTheReason) {
  const auto refused = [](const RunSpec& spec, const char* part) {
    const Trial trial = run_one(spec);
    EXPECT_EQ(trial.state, State::skipped);
    EXPECT_THAT(trial.reason, testing::HasSubstr(part));
  };
  refused(cell_of("0 64\n1ms 8"), "line 2 of");
  RunSpec spec = cell_of("0 64\n1ms 64");
  spec.backend = "udp";
  refused(spec, "no replay");
  spec.replay = "other.txt@0123456789abcdef";
  refused(spec, "as it was planned");
  spec.replay_file.clear();
  refused(spec, "name it with --replay");
}

TEST(ReplayFile, WhatCannotBeReadIsNamed) {
  for (const auto& [path, part] :
       {std::pair{"/nonexistent/x", "cannot read '/nonexistent/x'"},
        std::pair{"/dev/null", "no regular file"}, std::pair{"/", "no regular file"}}) {
    const auto file = load_replay(path);
    ASSERT_FALSE(file) << path;
    EXPECT_THAT(file.error(), testing::HasSubstr(part));
  }
}

}  // namespace
}  // namespace ipcmark::toy
