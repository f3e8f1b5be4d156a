#include "scenarios/machine/memory_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace ipcmark {
namespace {

using testing::HasSubstr;

TEST(MemoryPolicy, IsRefusedWhereItChangesNothing) {
  EXPECT_EQ(memory_policy_unsupported("", ""), "");
  EXPECT_EQ(memory_policy_unsupported("bind:1", "0-1"), "");
  EXPECT_EQ(memory_policy_unsupported("interleave", "0,2"), "");
  EXPECT_THAT(memory_policy_unsupported("interleave", "0"), HasSubstr("on one node"));
  EXPECT_THAT(memory_policy_unsupported("bind:0", "0"), HasSubstr("leave out --numa"));
  EXPECT_THAT(memory_policy_unsupported("bind:1", "0,2-3"), HasSubstr("no node 1"));
  EXPECT_THAT(memory_policy_unsupported("bind:1", "0,2-3"), HasSubstr("choose from 0,2-3"));
  EXPECT_THAT(memory_policy_unsupported("bind:0", ""), HasSubstr("no memory nodes"));
  EXPECT_THAT(memory_policy_unsupported("left", "0-1"), HasSubstr("'left'"));
}

TEST(MemoryPolicy, HoldsWhileSomethingIsMadeAndNoLonger) {
  if (nodes_with_memory().empty()) GTEST_SKIP() << "this kernel knows of no memory nodes";
  const int before = policy_nodes();
  const Result<int> within =
      under_memory_policy("interleave", [] { return Result<int>(policy_nodes()); });
  if (!within && is_machines(within.error().code)) GTEST_SKIP() << explain(within.error());
  EXPECT_GE(within.value(), 1);
  EXPECT_EQ(policy_nodes(), before);
}

TEST(MemoryPolicy, OfANodeThatIsNotThereIsSaid) {
  if (nodes_with_memory().empty()) GTEST_SKIP() << "this kernel knows of no memory nodes";
  bool made = false;
  const auto refused = under_memory_policy("bind:1023", [&made] {
    made = true;
    return Result<int>(0);
  });
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_machines(refused.error().code));
  EXPECT_FALSE(made);
}

}  // namespace
}  // namespace ipcmark
