#include "scenarios/plan/named_options.hpp"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "results/model/cell_options.hpp"
#include "scenarios/plan/plan.hpp"
#include "tests/unit/scenarios/plan/small_program.hpp"

namespace ipcmark {
namespace {

std::string problem(NamedOptions named, std::vector<std::string> only = {}) {
  Request request = request_of();
  request.named = std::move(named);
  request.only = std::move(only);
  const auto plan = make_plan(small_program(), request);
  return plan ? "" : plan.error();
}

std::vector<std::string> keys(const Request& request) {
  const auto plan = make_plan(small_program(), request);
  if (!plan) return {plan.error()};
  std::vector<std::string> found;
  for (const RunSpec& cell : plan->cells) found.push_back(cell.key());
  return found;
}

using Keys = std::vector<std::string>;

TEST(NamedOptions, WhatReachesNoCellIsRefused) {
  const std::vector<std::pair<NamedOptions, const char*>> lost{
      {{{"scenario", {"latency"}}, {"processes", {"4"}}}, "--processes means nothing"},
      {{{"scenario", {"latency", "counter"}}, {"lock", {"futex"}}}, "--scenario latency means"},
      {{{"scenario", {"counter"}}, {"lock", {"futex"}}, {"depth", {"8"}}}, "--depth means nothing"},
      {{{"scenario", {"counter"}}, {"duration", {"5s"}}}, "--duration means nothing"},
      {{{"scenario", {"latency"}}, {"backend", {"pipe"}}, {"lock", {"futex"}}},
       "--lock futex means nothing"}};
  for (const auto& [named, expected] : lost) {
    EXPECT_TRUE(problem(named).starts_with(expected)) << problem(named);
  }
  const NamedOptions over_a_lock{{"scenario", {"counter"}}, {"lock", {"futex"}}};
  for (const auto& [sizes, good] : std::initializer_list<std::pair<std::vector<std::string>, bool>>{
           {{"64"}, true}, {{"128"}, false}, {{"64", "128"}, false}}) {
    NamedOptions named = over_a_lock;
    named["size"] = sizes;
    EXPECT_EQ(problem(named).empty(), good) << "over a lock the size is 64 and no other";
  }
  EXPECT_EQ(problem({{"gap", {"10us"}}, {"duration", {"5s"}}}), "")
      << "a part of the suite has them";
}

TEST(NamedOptions, WhatReachesNoCellOfAKeyIsRefused) {
  const std::string key = "latency/pipe/64B/block/cross-cpu";
  EXPECT_TRUE(problem({{"processes", {"4"}}}, {key}).starts_with("--processes means nothing"));
  EXPECT_TRUE(problem({{"count", {"4"}}}, {key}).starts_with("--count means nothing"));
  EXPECT_TRUE(problem({{"lock", {"futex"}}}, {key}).starts_with("--lock futex means nothing"));
}

TEST(NamedOptions, AKeyTakesSeveralValuesToo) {
  Request request = request_of();
  request.only = {"latency/pipe/64B/block/cross-cpu"};
  request.named["gap"] = {"10us", "1ms"};
  EXPECT_EQ(keys(request), (Keys{"latency/pipe/64B/block/cross-cpu/gap_ns=10000",
                                 "latency/pipe/64B/block/cross-cpu/gap_ns=1000000"}));
}

TEST(NamedOptions, AKeyIsNotContradicted) {
  const char* contradict = "contradict each other";
  for (const auto& [key, flag, value] :
       std::initializer_list<std::tuple<const char*, const char*, const char*>>{
           {"latency/pipe/64B/block/cross-cpu", "size", "128"},
           {"latency/pipe/64B/block/cross-cpu", "backend", "ring"},
           {"latency/pipe/64B/block/cross-cpu/depth=4", "depth", "8"},
           {"latency/pipe/64B/block/cross-cpu/gap_ns=10000", "gap", "1ms"}}) {
    EXPECT_NE(problem({{flag, {value}}}, {key}).find(contradict), std::string::npos)
        << key << " " << flag << ": " << problem({{flag, {value}}}, {key});
  }
  EXPECT_EQ(problem({{"gap", {"10us"}}}, {"latency/pipe/64B/block/cross-cpu/gap_ns=10000"}), "");
  EXPECT_EQ(problem({{"messages", {"5"}}, {"duration", {"5s"}}}),
            "--messages and --duration exclude each other");
}

TEST(NamedOptions, AValueMustBeOneThatAChosenScenarioCanHave) {
  EXPECT_EQ(problem({{"scenario", {"race"}}, {"processes", {"1"}}}),
            "--processes: '1' is not a whole number from 2 to 250");
  EXPECT_EQ(problem({{"processes", {"1"}}}), "") << "counter can";
}

TEST(NamedOptions, EveryCellHasAValueOfEachOption) {
  const Program program = small_program();
  Request request = request_of();
  request.named["backend"] = {"pipe"};
  const auto plan = make_plan(program, request);
  ASSERT_TRUE(plan) << plan.error();
  for (const RunSpec& cell : plan->cells) {
    for (const OptionRow& row : program.scenario(cell.scenario)->options) {
      EXPECT_TRUE(cell.options.contains(row.name)) << cell.key() << " " << row.name;
      EXPECT_EQ(cell.defaults.at(row.name), row.default_value);
    }
  }
}

TEST(NamedOptions, ACellThatWasPlannedElsewhereKeepsItsValues) {
  const Program program = small_program();
  RunSpec spec;
  spec.scenario = "fan_in";
  spec.backend = "pipe";
  spec.options = {{"senders", 8}};
  spec.defaults = {{"senders", 8}};
  resolve_options(program, spec);
  EXPECT_EQ(spec.option("senders"), 8);
  EXPECT_EQ(spec.option("count"), 100);
  EXPECT_EQ(spec.key(), "fan_in/pipe/64B/block/cross-cpu") << "8 was its default";
  spec.defaults.clear();
  resolve_options(program, spec);
  EXPECT_EQ(spec.key(), "fan_in/pipe/64B/block/cross-cpu/count=100/senders=8") << "it did not say";
}

// One option on the command line, however many scenarios have it.
TEST(NamedOptions, OfOneNameIsOfOneKind) {
  std::map<std::string, OptionKind> kinds;
  for (const ScenarioEntry& scenario : built_in_scenarios()) {
    for (const OptionRow& row : scenario.options) {
      EXPECT_EQ(kinds.emplace(row.flag(), row.rule.kind).first->second, row.rule.kind) << row.name;
      EXPECT_EQ(wrong_value(row.rule, row.default_value), "") << scenario.name << " " << row.name;
      EXPECT_EQ(cell_option(row.flag()), nullptr) << row.name << " is an option of every cell";
    }
  }
}

TEST(NamedOptions, ListsAreShownAsTheyWereUnderstood) {
  EXPECT_EQ(understood_lists(small_program(), {{"size", {"1", "5KiB"}},
                                               {"gap", {"10us", "1ms"}},
                                               {"backend", {"pipe", "ring"}},
                                               {"depth", {"4"}}}),
            (Keys{"--gap: 10us, 1ms", "--size: 1B, 5KiB"}));
}

TEST(Selection, PatternsChooseAndLeaveOut) {
  Request request = request_of();
  request.named["size"] = {"64"};
  request.only = {"latency/*", "throughput/ring"};
  request.exclude = {"absent", "latency/ring/*/spin/*"};
  EXPECT_EQ(keys(request).front(), "latency/pipe/64B/block/cross-cpu");
  EXPECT_EQ(keys(request),
            (Keys{"latency/pipe/64B/block/cross-cpu", "latency/ring/64B/block/cross-cpu",
                  "throughput/ring/64B/block/cross-cpu"}));
  request.exclude = {"moon"};
  EXPECT_NE(keys(request).front().find("the pattern 'moon' matches no cell"), std::string::npos);
  request.exclude = {"*"};
  EXPECT_NE(keys(request).front().find("--exclude leaves no cell"), std::string::npos);
  request.only = {"nothing/*"};
  request.exclude = {};
  EXPECT_NE(keys(request).front().find("matches no cell"), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
