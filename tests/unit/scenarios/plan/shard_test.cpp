#include "scenarios/plan/shard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "scenarios/plan/interleave.hpp"
#include "tests/unit/scenarios/plan/small_program.hpp"

namespace ipcmark {
namespace {

std::set<std::string> keys_of(const Plan& plan) {
  std::set<std::string> keys;
  for (const RunSpec& cell : plan.cells) keys.insert(cell.key());
  return keys;
}

// Of each part.
std::vector<Plan> shards_of(const Request& request, std::uint32_t parts) {
  std::vector<Plan> plans;
  for (std::uint32_t part = 1; part <= parts; ++part) {
    Request each = request;
    each.shard = Shard{part, parts};
    auto plan = make_plan(small_program(), each);
    EXPECT_TRUE(plan) << plan.error();
    if (plan) plans.push_back(std::move(*plan));
  }
  return plans;
}

// Computed by another program. Results of other machines and versions hang on these.
TEST(Shard, OfAKeyIsForEverTheSame) {
  EXPECT_EQ(shard_of("latency/pipe/64B/block/cross-cpu", 8), 8U);
  EXPECT_EQ(shard_of("latency/pipe/64B/block/cross-cpu", 100'000), 66808U);
  EXPECT_EQ(shard_of("throughput/shm_ring/1KiB/spin/cross-cpu", 3), 3U);
  EXPECT_EQ(shard_of("throughput/shm_ring/1KiB/spin/cross-cpu", 100'000), 78218U);
  EXPECT_EQ(shard_of("counter/futex", 8), 1U);
  EXPECT_EQ(shard_of("anything", 1), 1U);
}

TEST(Shard, IsReadInItsOneForm) {
  for (const char* text : {"1/1", "3/8", "100000/100000"}) {
    const auto shard = shard_from(text);
    ASSERT_TRUE(shard) << text;
    EXPECT_EQ(shard_text(*shard), text);
  }
  for (const char* text : {"", "3", "/", "0/8", "9/8", "3/0", "-1/8", "3/8/2", "3 / 8", "a/8",
                           "3/b", "1/100001", "1/4294967297", "+3/8"}) {
    const auto shard = shard_from(text);
    ASSERT_FALSE(shard) << text;
    EXPECT_THAT(shard.error(), testing::HasSubstr("write one such as 3/8")) << text;
  }
}

TEST(Shard, ShardsPartitionTheCellsExactly) {
  const Program program = small_program();
  for (const char* suite : {"quick", "standard", "stress"}) {
    Request request = request_of();
    request.suite = suite;
    const auto whole = make_plan(program, request);
    ASSERT_TRUE(whole) << whole.error();
    for (const std::uint32_t parts : {1U, 2U, 3U, 8U}) {
      std::set<std::string> together;
      std::size_t cells = 0;
      for (const Plan& plan : shards_of(request, parts)) {
        EXPECT_EQ(plan.cells_of_all_shards, whole->cells.size());
        EXPECT_LT(plan.cells.size(), parts == 1 ? whole->cells.size() + 1 : whole->cells.size());
        cells += plan.cells.size();
        together.merge(keys_of(plan));
      }
      EXPECT_EQ(cells, whole->cells.size()) << suite << " in " << parts;
      EXPECT_EQ(together, keys_of(*whole)) << suite << " in " << parts;
    }
  }
}

// Whatever suite, trials, seed or other cells are chosen beside it.
TEST(Shard, ACellStaysWhereItIs) {
  std::map<std::string, std::string> place;
  Request few = request_of(99);
  few.named["backend"] = {"pipe"};
  few.trials = 2;
  Request other = request_of();
  other.suite = "standard";
  for (const Request& request : {request_of(), few, other}) {
    for (const Plan& plan : shards_of(request, 5)) {
      for (const std::string& key : keys_of(plan)) {
        EXPECT_EQ(place.emplace(key, plan.shard).first->second, plan.shard) << key;
      }
    }
  }
  EXPECT_GT(place.size(), 50U);
}

TEST(Shard, TheOrderOfRoundsAndTheBudgetAreOfItsOwnCells) {
  const Program program = small_program();
  Request request = request_of();
  request.shard = Shard{2, 4};
  request.budget_ns = 60'000'000'000;
  const auto plan = make_plan(program, request);
  ASSERT_TRUE(plan) << plan.error();
  ASSERT_FALSE(plan->cells.empty());
  EXPECT_EQ(plan->shard, "2/4");
  EXPECT_LE(plan->estimated_ns, request.budget_ns);
  std::set<std::size_t> taken;
  for (const Turn& turn : interleave(program, *plan)) taken.insert(turn.cell);
  EXPECT_EQ(taken.size(), plan->cells.size());
}

TEST(Shard, OneWithoutCellsIsAPlanWithoutCells) {
  Request request = request_of();
  request.only = {"latency/pipe/64B/block/cross-cpu"};  // in 8/8
  request.shard = Shard{1, 8};
  const auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_TRUE(plan->cells.empty());
  EXPECT_EQ(plan->cells_of_all_shards, 1U);
}

// What reaches no cell of all of them is wrong in each shard; what reaches some is in none.
TEST(Shard, WhatIsWrongIsWrongInEachShard) {
  Request request = request_of();
  request.named["scenario"] = {"latency"};
  request.named["processes"] = {"4"};
  for (std::uint32_t part = 1; part <= 3; ++part) {
    request.shard = Shard{part, 3};
    EXPECT_FALSE(make_plan(small_program(), request));
  }
}

}  // namespace
}  // namespace ipcmark
