#include "scenarios/shared_state/sensor_readings.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

TEST(ReadingTracker, OfTheSeedsReadingsIsTheSeedsAnswer) {
  ReadingTracker account;
  for (std::uint64_t i = 0; i < 20; ++i) account.enter(i, reading_value(i));
  account.end();
  EXPECT_EQ(account.readings(), 20U);
  EXPECT_NEAR(account.average(), 24.845, 1e-6);
  EXPECT_EQ(account.average(), average_reading(20));
  EXPECT_EQ(account.skipped() + account.backwards() + account.torn() + account.wrong_averages(),
            0U);
}

TEST(ReadingTracker, SeesWhatIsMissingAgainTornAndLate) {
  ReadingTracker account;
  for (const std::uint64_t i : {0U, 1U, 3U, 3U, 2U, 4U, 5U, 6U, 7U, 8U}) {
    account.enter(i, reading_value(i));
  }
  EXPECT_EQ(account.skipped(), 1U);
  EXPECT_EQ(account.backwards(), 2U);
  EXPECT_GT(account.wrong_averages(), 0U);
  account.enter(9, reading_value(8));
  EXPECT_EQ(account.torn(), 1U);
  account.end();
  account.enter(10, reading_value(10));
  EXPECT_EQ(account.after_end(), 1U);
}

TEST(ReadingTracker, StaysExactOverManyReadings) {
  ReadingTracker account;
  for (std::uint64_t i = 0; i < 200'000; ++i) account.enter(i, reading_value(i));
  EXPECT_EQ(account.wrong_averages(), 0U);
  EXPECT_EQ(account.average(), average_reading(200'000));
}

}  // namespace
}  // namespace ipcmark
