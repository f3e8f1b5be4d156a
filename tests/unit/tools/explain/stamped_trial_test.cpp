#include "tools/explain/stamped_trial.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

TEST(StampedTrial, HasFewTripsWhereTheyMaySleep) {
  const std::uint64_t blocking = stamped_trial(Wait::block, 0, false).messages;
  EXPECT_EQ(stamped_trial(Wait::poll, 0, false).messages, blocking);
  EXPECT_EQ(stamped_trial(Wait::hybrid, 0, false).messages, blocking);
  EXPECT_GT(stamped_trial(Wait::spin, 0, false).messages, blocking);
}

TEST(StampedTrial, StampsEachTripWhereAReadingOfTheClockDoesNotShow) {
  EXPECT_EQ(stamped_trial(Wait::block, 0, false).stamp_every, 1U);
  EXPECT_EQ(stamped_trial(Wait::poll, 0, false).stamp_every, 1U);
  EXPECT_GT(stamped_trial(Wait::hybrid, 0, false).stamp_every, 1U);
  EXPECT_GT(stamped_trial(Wait::spin, 0, false).stamp_every, 1U);
}

TEST(StampedTrial, StampsEachTripThatIsToBeFound) {
  for (const Wait wait : {Wait::block, Wait::poll, Wait::hybrid, Wait::spin}) {
    const StampedTrial trial = stamped_trial(wait, 0, true);
    EXPECT_EQ(trial.stamp_every, 1U) << to_string(wait);
    EXPECT_LE(trial.messages, 2000U) << to_string(wait);
  }
}

TEST(StampedTrial, HasAsManyTripsAsAskedFor) {
  EXPECT_EQ(stamped_trial(Wait::spin, 70, false).messages, 70U);
  EXPECT_EQ(stamped_trial(Wait::block, 70, true).messages, 70U);
}

TEST(StampedTrial, StampsHalfOfItsStretches) {
  EXPECT_EQ(stamped_trips(2000, 1), 2000U);
  const std::uint64_t spinning = stamped_trips(100'000, 64);
  EXPECT_GT(spinning, 770U);
  EXPECT_LE(spinning, 100'000U / 128);
}

TEST(StampedTrial, HasFewerTripsWhereItsBuffersHeldNotAll) {
  EXPECT_EQ(trips_with_room(1000), 750U);
  EXPECT_LT(trips_with_room(100), 100U);
  EXPECT_EQ(trips_with_room(60), 0U) << "too few to tell anything";
  EXPECT_EQ(trips_with_room(0), 0U);
}

TEST(StampedTrial, HasTripsBackToBackWhereTheHarnessDoesNothingInBetween) {
  RunSpec spec;
  spec.wait = Wait::block;
  EXPECT_TRUE(is_back_to_back(1, spec));
  EXPECT_FALSE(is_back_to_back(8, spec));
  spec.verify = Verify::full;
  EXPECT_FALSE(is_back_to_back(1, spec));
  spec.verify = Verify::off;
  for (const Wait wait : {Wait::spin, Wait::hybrid}) {
    spec.wait = wait;
    EXPECT_FALSE(is_back_to_back(1, spec)) << "batches follow single trips";
  }
}

}  // namespace
}  // namespace ipcmark
