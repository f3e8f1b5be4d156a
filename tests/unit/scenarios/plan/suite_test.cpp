#include "scenarios/plan/suite.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/plan/plan.hpp"

namespace ipcmark {
namespace {

Capabilities plain(const ChannelSpec&) {
  Capabilities result;
  result.largest_message = largest_size;
  return result;
}
Capabilities spinning(const ChannelSpec& spec) {
  Capabilities result = plain(spec);
  result.spin = result.hybrid = true;
  return result;
}

Program small_program() {
  Program program;
  for (const char* name : {"pipe", "ring"}) {
    BackendEntry& entry = program.registry.backends.emplace_back();
    entry.name = name;
    entry.capabilities = std::string(name) == "ring" ? spinning : plain;
    entry.basic = std::string(name) == "pipe";
  }
  program.registry.locks.emplace_back().name = "futex";
  program.scenarios = built_in_scenarios();
  return program;
}

std::string problem(std::string_view json) {
  const auto suite = suite_from_json(small_program(), json);
  return suite ? "" : suite.error();
}

tl::expected<Plan, std::string> planned(std::string json, std::vector<std::string> scenarios = {}) {
  Request request;
  request.suite = "my.json";
  request.suite_text = std::move(json);
  if (!scenarios.empty()) request.named["scenario"] = std::move(scenarios);
  request.cpus_available = 2;
  request.seed = 7;
  return make_plan(small_program(), request);
}

std::vector<std::string> keys_of(const tl::expected<Plan, std::string>& plan) {
  std::vector<std::string> keys;
  if (!plan) return {plan.error()};
  for (const RunSpec& cell : plan->cells) keys.push_back(cell.key());
  return keys;
}

using Keys = std::vector<std::string>;

TEST(Suite, EveryBuiltInOneIsRead) {
  const Program program{built_in_registry(), built_in_scenarios()};
  for (const SuiteText& text : built_in_suites()) {
    const auto suite = suite_from_json(program, text.json);
    ASSERT_TRUE(suite) << text.name << ": " << suite.error();
    EXPECT_EQ(suite->name, text.name);
    EXPECT_NE(std::string(text.summary), "");
  }
  EXPECT_EQ(built_in_suites().size(), 10U);
}

TEST(Suite, AScenarioMayHaveANumberOfMessagesInPlaceOfATime) {
  const char* json = R"({"scenarios": ["latency", "throughput"], "backends": ["pipe"],
      "duration": "2ms", "settings": {"latency": {"messages": 300}}})";
  const auto plan = planned(json);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  for (const RunSpec& cell : plan->cells) {
    const bool counted = cell.scenario == "latency";
    EXPECT_EQ(cell.messages, counted ? 300U : 0U);
    EXPECT_EQ(cell.duration_ns, counted ? 0U : 2'000'000U);
  }
  // The command line's time takes its place.
  Request request;
  request.suite = "my.json";
  request.suite_text = json;
  request.named["duration"] = {"5ms"};
  request.cpus_available = 2;
  const auto timed = make_plan(small_program(), request);
  ASSERT_TRUE(timed.has_value()) << timed.error();
  for (const RunSpec& cell : timed->cells) {
    EXPECT_EQ(cell.messages, 0U) << cell.key();
    EXPECT_EQ(cell.duration_ns, 5'000'000U) << cell.key();
  }
  EXPECT_NE(problem(R"({"settings": {"counter": {"messages": 3}}})").find("not timed"),
            std::string::npos);
  EXPECT_NE(problem(R"({"settings": {"latency": {"messages": 0}}})"), "");
}

TEST(Suite, TheGatesTripsAreEnoughForTheirTail) {
  const Program program{built_in_registry(), built_in_scenarios()};
  Request request;
  request.suite = "gate";
  request.cpus_available = 2;
  const auto plan = make_plan(program, request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  EXPECT_EQ(plan->cells.size(), 4U);
  for (const RunSpec& cell : plan->cells) {
    EXPECT_GE(cell.messages, cell.scenario == "latency" ? 20'000U : 1U) << cell.key();
    EXPECT_EQ(cell.duration_ns, 0U) << cell.key();
  }
}

TEST(Suite, AnEmptyOneIsAllDefaults) {
  const auto suite = suite_from_json(small_program(), "{}");
  ASSERT_TRUE(suite);
  EXPECT_EQ(suite->name, "custom");
  EXPECT_FALSE(suite->scenarios || suite->backends || suite->locks);
}

TEST(Suite, MayRunTheBasicMechanismsAlone) {
  EXPECT_EQ(keys_of(planned(R"({"scenarios": ["latency"], "backends": "basic"})")),
            Keys{"latency/pipe/64B/block/cross-cpu"});
  EXPECT_EQ(keys_of(planned(R"({"scenarios": ["latency"], "waits": ["block"]})")),
            (Keys{"latency/pipe/64B/block/cross-cpu", "latency/ring/64B/block/cross-cpu"}));
  const auto suite = suite_from_json(small_program(), R"({"backends": "some"})");
  ASSERT_FALSE(suite);
}

// Of those that can be polled, and only where that is asked for.
TEST(Suite, PollsWhereThatIsNamed) {
  Program program = small_program();
  program.registry.backends[0].capabilities = [](const ChannelSpec& spec) {
    Capabilities can = plain(spec);
    can.pollable = true;
    return can;
  };
  const auto waits = [&](const char* json, std::size_t backend) {
    const auto suite = suite_from_json(program, json);
    EXPECT_TRUE(suite);
    return waits_of(*suite, program.registry.backends[backend], 64, true);
  };
  EXPECT_EQ(waits(R"({"waits": "all"})", 0), std::vector{Wait::block});
  EXPECT_EQ(waits(R"({"waits": ["poll"]})", 0), std::vector{Wait::poll});
  EXPECT_EQ(waits(R"({"waits": ["block", "poll"]})", 0), (std::vector{Wait::block, Wait::poll}));
  EXPECT_EQ(waits(R"({"waits": ["poll"]})", 1), std::vector{Wait::block});
}

TEST(Suite, ChoosesScenariosMechanismsSizesWaitsAndPlacements) {
  const auto plan = planned(R"({"name": "mine", "trials": 9, "warm_up": "1ms", "duration": "2ms",
      "scenarios": ["latency"], "backends": ["ring"], "sizes": [10, "1KiB"],
      "waits": ["hybrid", "spin"], "placements": ["same-cpu"], "verify": "header"})");
  EXPECT_EQ(keys_of(plan), (Keys{"latency/ring/10B/spin/same-cpu/verify=header",
                                 "latency/ring/10B/hybrid/same-cpu/verify=header",
                                 "latency/ring/1KiB/spin/same-cpu/verify=header",
                                 "latency/ring/1KiB/hybrid/same-cpu/verify=header"}));
  EXPECT_EQ(plan->suite, "mine");
  EXPECT_EQ(plan->trials, 9U);
  EXPECT_EQ(plan->cells[0].warmup_ns, 1'000'000U);
  EXPECT_EQ(plan->cells[0].duration_ns, 2'000'000U);
}

TEST(Suite, AsksForExplanationsAndPlansTheirTime) {
  const auto without = planned(R"({"scenarios": ["latency"], "backends": ["ring"]})");
  const auto with = planned(R"({"scenarios": ["latency"], "backends": ["ring"], "explain": true})");
  EXPECT_EQ(without->explain_rounds, 0U);
  EXPECT_GT(with->explain_rounds, 0U);
  EXPECT_GT(with->estimated_ns, without->estimated_ns);
}

TEST(Suite, ABackendWithNoneOfItsWaitsTakesItsFirst) {
  EXPECT_EQ(keys_of(planned(R"({"scenarios": ["latency"], "waits": ["spin"]})")),
            (Keys{"latency/pipe/64B/block/cross-cpu", "latency/ring/64B/spin/cross-cpu"}));
}

TEST(Suite, SettingsTakeThePlaceOfAScenariosOwn) {
  const auto plan = planned(R"({"correctness_trials": 4, "scenarios": ["counter", "large_payload"],
      "backends": ["pipe"], "locks": [],
      "settings": {"counter": {"variants": [{"processes": 8}, {"processes": 3}]},
                   "large_payload": {"sizes": ["1MiB"], "variants": [{"both_ways": 1}]}}})");
  EXPECT_EQ(keys_of(plan),
            (Keys{"counter/pipe/64B/block/cross-cpu/verify=full/processes=8",
                  "counter/pipe/64B/block/cross-cpu/verify=full",  // 3 is the default
                  "large_payload/pipe/1MiB/block/cross-cpu/verify=full/both_ways=1"}));
  EXPECT_EQ(plan->untimed_trials, 4U);
}

TEST(Suite, WhatIsNamedOnTheCommandLineTakesThePlaceOfTheSuites) {
  EXPECT_EQ(keys_of(planned(R"({"scenarios": ["latency"], "backends": ["pipe"]})", {"throughput"})),
            (Keys{"throughput/pipe/64B/block/cross-cpu"}));
}

TEST(Suite, AnEmptyListOfMechanismsIsNone) {
  const auto all = keys_of(planned(R"({"scenarios": ["counter"]})"));
  const auto none = keys_of(planned(R"({"scenarios": ["counter"], "backends": []})"));
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(none, (Keys{"counter/lock=futex/64B/block/cross-cpu/verify=full"}));
  EXPECT_NE(planned(R"({"scenarios": []})").error().find("nothing to run"), std::string::npos);
}

TEST(Suite, EachMistakeNamesItsPlace) {
  const std::vector<std::pair<const char*, const char*>> mistakes{
      {R"({"sizs": [1]})", "/sizs: unknown field 'sizs'; did you mean 'sizes'?"},
      {R"({"sce\narios": []})",
       "/sce\\narios: unknown field 'sce\\narios'; did you mean 'scenarios'?"},
      {R"({"sizes": ["64B", "big"]})", "/sizes/1: 'big' is not a size"},
      {R"({"sizes": [67108865]})", "/sizes/0: 67108865B is beyond the limit of 64MiB"},
      {R"({"sizes": [-1]})", "/sizes/0: is out of range"},
      {R"({"sizes": []})", "/sizes: must not be empty"},
      {R"({"sizes": "64B"})", "/sizes: must be an array"},
      {R"({"trials": 0})", "/trials: must be from 1 to 100000, is 0"},
      {R"({"trials": "6"})", "/trials: must be a whole number"},
      {R"({"duration": "soon"})", "/duration: 'soon' is not a time"},
      {R"({"warm_up": 15})", "/warm_up: must be a string"},
      {R"({"waits": ["spinn"]})", "/waits/0: unknown wait 'spinn'; did you mean 'spin'?"},
      {R"({"waits": "any"})", "/waits: must be \"all\" or a list, is 'any'"},
      {R"({"placements": ["moon"]})", "/placements/0: unknown placement 'moon'; known are"},
      {R"({"verify": "ful"})", "/verify: unknown verification 'ful'; did you mean 'full'?"},
      {R"({"scenarios": ["latency", "latncy"]})",
       "/scenarios/1: unknown scenario 'latncy'; did you mean 'latency'?"},
      {R"({"backends": ["pip"]})", "/backends/0: unknown backend 'pip'; did you mean 'pipe'?"},
      {R"({"locks": [3]})", "/locks/0: must be a string"},
      {R"({"settings": {"cuonter": {}}})",
       "/settings/cuonter: unknown scenario 'cuonter'; did you mean 'counter'?"},
      {R"({"settings": {"a/b~": {}}})", "/settings/a~1b~0: unknown scenario"},
      {R"({"settings": {"counter": {"variant": []}}})",
       "/settings/counter/variant: unknown field 'variant'; did you mean 'variants'?"},
      {R"({"settings": {"counter": {"variants": [{}, {"proceses": 8}]}}})",
       "/settings/counter/variants/1/proceses: unknown option 'proceses'; did you mean "
       "'processes'?"},
      {R"({"settings": {"counter": {"variants": [{"processes": -8}]}}})",
       "/settings/counter/variants/0/processes: must not be negative, is -8"},
      {R"({"settings": {"counter": {"variants": [{"processes": "many"}]}}})",
       "/settings/counter/variants/0/processes: must be a whole number"},
      {R"({"name": ""})", "/name: must not be empty"},
      {R"({"version": 2})", "/version: format 2 is not known"},
      {R"([])", "/: must be an object"},
      {"{\n  \"trials\": 6,\n}", "not JSON: line 3, column 1"},
      {"", "not JSON: line 1, column 1"},
  };
  for (const auto& [json, expected] : mistakes) {
    EXPECT_TRUE(problem(json).starts_with(expected)) << json << ": " << problem(json);
  }
}

TEST(Suite, AnOptionOfWordsTakesAWordOrItsPlace) {
  Program program = small_program();
  const OptionRow row = word_option("order", {"fifo", "lifo"}, "which way");
  program.scenarios[0].options.push_back(row);
  const auto read = [&program](const std::string& value) {
    return suite_from_json(
        program, R"({"settings": {"latency": {"variants": [{"order": )" + value + "}]}}}");
  };
  EXPECT_EQ(read(R"("lifo")")->settings.at("latency").variants->front().at("order"), 1);
  EXPECT_EQ(read("1")->settings.at("latency").variants->front().at("order"), 1);
  EXPECT_TRUE(read(R"("fifo")")->settings.at("latency").variants->front().empty());
  EXPECT_NE(read(R"("lifoo")").error().find("did you mean 'lifo'"), std::string::npos);
  EXPECT_NE(read("2").error().find("choose from fifo, lifo"), std::string::npos);
}

TEST(Suite, AFilesNameStandsBeforeItsMistake) {
  EXPECT_EQ(planned(R"({"trials": 0})").error(),
            "'my.json': /trials: must be from 1 to 100000, is 0");
}

}  // namespace
}  // namespace ipcmark
