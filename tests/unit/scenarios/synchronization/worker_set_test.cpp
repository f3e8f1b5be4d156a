#include <gtest/gtest.h>

#include "scenarios/synchronization/condition_variable.hpp"

namespace ipcmark {
namespace {

TEST(WorkerSet, HoldsEveryWorkerThatATrialCanHave) {
  WorkerSet set;
  EXPECT_TRUE(set.empty());
  for (const unsigned worker : {0U, 63U, 64U, max_workers - 1}) set.add(worker);
  set.add(63);
  EXPECT_FALSE(set.empty());
  EXPECT_EQ(set.size(), 4U);
  EXPECT_TRUE(set.has(64));
  EXPECT_FALSE(set.has(65));
  set.remove(64);
  set.remove(65);
  EXPECT_EQ(set.size(), 3U);
}

TEST(WorkerSet, FindsTheNextInTurn) {
  WorkerSet set;
  for (const unsigned worker : {5U, 63U, 64U, 200U}) set.add(worker);
  EXPECT_EQ(set.first_from(0), 5U);
  EXPECT_EQ(set.first_from(5), 5U);
  EXPECT_EQ(set.first_from(6), 63U);
  EXPECT_EQ(set.first_from(64), 64U);
  EXPECT_EQ(set.first_from(65), 200U);
  EXPECT_EQ(set.first_from(201), 5U);
  set.remove(5);
  EXPECT_EQ(set.first_from(201), 63U);
  for (const unsigned worker : {63U, 64U}) set.remove(worker);
  EXPECT_EQ(set.first_from(201), 200U) << "all the way round, in its own word";
}

}  // namespace
}  // namespace ipcmark
