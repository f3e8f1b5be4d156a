#include "tools/explain/switch_records.hpp"

#include <gtest/gtest.h>
#include <time.h>
#include <unistd.h>

namespace ipcmark {
namespace {

constexpr int sleeps = 5000;  // two switches each, but where the time is over at once

void sleep_often(int times) {
  const timespec shortly{0, 1};
  for (int i = 0; i < times; ++i) ::nanosleep(&shortly, nullptr);
}

class SwitchRecording : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = no_switch_records(); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_F(SwitchRecording, HasRoomForATrialOrSaysFromWhenOnItIsWhole) {
  SwitchRecords records;
  ASSERT_TRUE(records.begin({::getpid()})) << records.error();
  sleep_often(sleeps);
  records.end();
  Capture capture;
  records.read(capture);
  EXPECT_GE(capture.events.size() + capture.lost, 1U * sleeps) << "more than 4096";
  if (capture.lost > 0) {
    EXPECT_GT(capture.whole_from_ns, 0U);
  }
}

TEST_F(SwitchRecording, OfASecondAttemptHoldsNothingOfTheFirst) {
  SwitchRecords records;
  ASSERT_TRUE(records.begin({::getpid()})) << records.error();
  sleep_often(500);
  ASSERT_TRUE(records.begin({::getpid()})) << records.error();
  sleep_often(10);
  records.end();
  Capture capture;
  records.read(capture);
  EXPECT_GT(capture.events.size(), 0U);
  EXPECT_LT(capture.events.size(), 500U);
}

}  // namespace
}  // namespace ipcmark
