#include "scenarios/traffic/losses.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "results/model/capabilities.hpp"
#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t seed = 7;
constexpr std::size_t size = 64;

std::vector<std::byte> message(std::uint64_t number, std::uint32_t sender = 0) {
  std::vector<std::byte> bytes(size);
  stamp_message(bytes, {sender, number}, seed, Verify::header);
  return bytes;
}

Finding arrive(LossTracker& account, std::uint64_t number) {
  return account.arrived(message(number), size);
}

TEST(LossTracker, CountsWhatIsMissingBetweenAndAtBothEnds) {
  WorkerReport report;
  LossTracker account(report, seed, Verify::header);
  for (const std::uint64_t number : {2U, 3U, 7U, 8U}) {
    EXPECT_EQ(arrive(account, number), Finding::intact);
    EXPECT_EQ(account.last(), number);
  }
  const Losses losses = account.settle(10);  // 0 1, 4 5 6, 9
  EXPECT_EQ(losses.sent, 10U);
  EXPECT_EQ(losses.lost, 6U);
  EXPECT_EQ(losses.longest_run, 3U);
  EXPECT_TRUE(report.integrity.clean());
  EXPECT_EQ(report.integrity.checked, 4U);
}

TEST(LossTracker, TakesALongTailForTheLongestRun) {
  WorkerReport report;
  LossTracker account(report, seed, Verify::header);
  arrive(account, 0);
  arrive(account, 2);
  EXPECT_EQ(account.settle(100).longest_run, 97U);
}

TEST(LossTracker, EverythingMayBeLost) {
  WorkerReport report;
  const Losses losses = LossTracker(report, seed, Verify::header).settle(5);
  EXPECT_EQ(losses.lost, 5U);
  EXPECT_EQ(losses.longest_run, 5U);
  EXPECT_TRUE(report.integrity.clean());
}

TEST(LossTracker, OrderIsNoLoss) {
  WorkerReport report;
  LossTracker account(report, seed, Verify::header);
  for (const std::uint64_t number : {0U, 2U, 1U, 2U, 3U, 3U}) arrive(account, number);
  account.settle(4);
  EXPECT_EQ(report.integrity.reordered, 1U);
  EXPECT_EQ(report.integrity.duplicated, 2U);
  EXPECT_FALSE(report.integrity.clean());
}

TEST(LossTracker, DamageIsNoLoss) {
  WorkerReport report;
  LossTracker account(report, seed, Verify::header);
  auto flipped = message(0);
  flipped[1] ^= std::byte{1};
  EXPECT_EQ(account.arrived(flipped, size), Finding::corrupted);
  const auto cut = message(1);
  EXPECT_EQ(account.arrived(std::span(cut).first(size - 1), size), Finding::wrong_length);
  EXPECT_EQ(account.arrived(message(2, 1), size), Finding::corrupted);  // of a sender that is none
  account.damaged();
  account.settle(3);
  EXPECT_EQ(report.integrity.corrupted, 3U);
  EXPECT_EQ(report.integrity.wrong_length, 1U);
}

TEST(LossTracker, WhatNobodySentIsDamage) {
  WorkerReport report;
  LossTracker account(report, seed, Verify::header);
  arrive(account, 5);
  account.settle(3);
  EXPECT_EQ(report.integrity.corrupted, 3U);
}

TEST(LossTracker, ASenderThatToldNoCountIsAFailure) {
  WorkerReport report;
  LossTracker account(report, seed, Verify::header);
  arrive(account, 0);
  account.settle(not_published);
  EXPECT_EQ(report.integrity.lost, 1U);
}

TEST(LossTracker, ReachesTheReportOfATrialThatEndsEarly) {
  WorkerReport report;
  {
    LossTracker account(report, seed, Verify::header);
    arrive(account, 1);
    arrive(account, 0);
  }
  EXPECT_EQ(report.integrity.reordered, 1U);
  EXPECT_EQ(report.integrity.checked, 2U);
}

TEST(Losses, OfSeveralReceiversAreOneFigure) {
  WorkerReport sender;
  note_sending(sender, 100, 1'000, 1'000 + 50'000'000);
  WorkerReport one;
  note_losses(one, {.sent = 100, .lost = 10, .longest_run = 4});
  WorkerReport two;
  note_losses(two, {.sent = 100, .lost = 30, .longest_run = 9});
  Trial trial;
  publish_losses({sender, one, two}, trial);
  EXPECT_DOUBLE_EQ(trial.metric(lost_share_name)->value, 0.2);
  EXPECT_EQ(trial.metric(lost_share_name)->samples, 200U);
  EXPECT_DOUBLE_EQ(trial.metric(longest_loss_name)->value, 9);
  EXPECT_DOUBLE_EQ(trial.metric(sent_rate_name)->value, 2000);
}

TEST(Losses, AreNoFiguresOfAMechanismThatLosesNothing) {
  Trial trial;
  publish_losses({WorkerReport{}}, trial);
  EXPECT_TRUE(trial.metrics.empty());
}

}  // namespace
}  // namespace ipcmark
