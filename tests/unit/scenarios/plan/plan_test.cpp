#include "scenarios/plan/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "backends/foreign_mechanism.hpp"
#include "tests/unit/scenarios/plan/small_program.hpp"

namespace ipcmark {
namespace {

std::string problem_with(const Request& request) {
  const auto plan = make_plan(small_program(), request);
  return plan ? "" : plan.error();
}

TEST(Plan, QuickHasEveryBackendAtThreeSizesAndSpinWhereOffered) {
  const auto plan = make_plan(small_program(), request_of());
  ASSERT_TRUE(plan.has_value()) << plan.error();
  EXPECT_EQ(plan->trials, 6U);
  EXPECT_EQ(count(*plan, "latency"), 4U * 3U);  // ring twice; what is compiled out keeps its cells
  EXPECT_EQ(count(*plan, "throughput"), 4U * 3U);
  EXPECT_EQ(count(*plan, "counter"), 3U + 2U);
  const std::size_t variants = small_program().scenario("large_payload")->variants.size();
  EXPECT_EQ(count(*plan, "large_payload"), 3U * variants);
  EXPECT_GT(plan->estimated_ns, 0U);
  EXPECT_TRUE(plan->notes.empty());
}

TEST(Plan, KeysAreUniqueAndReadBackAsTheSameCell) {
  const Program program = small_program();
  Request request = request_of();
  request.suite = "standard";
  const auto plan = make_plan(program, request);
  ASSERT_TRUE(plan.has_value());
  std::set<std::string> keys;
  for (const RunSpec& cell : plan->cells) {
    EXPECT_TRUE(keys.insert(cell.key()).second) << cell.key();
    const auto parsed = parse_key(program, cell.key());
    ASSERT_TRUE(parsed.has_value()) << parsed.error();
    EXPECT_EQ(parsed->key(), cell.key());
  }
}

TEST(Plan, AFaultWithASlashIsOnePartOfAKey) {
  for (const char* key : {"latency/pipe/64B/block/cross-cpu/fault=slow:500/50",
                          "latency/pipe/64B/block/cross-cpu/fault=slow:500"}) {
    const auto parsed = parse_key(small_program(), key);
    ASSERT_TRUE(parsed.has_value()) << parsed.error();
    EXPECT_EQ(parsed->key(), key);
  }
}

TEST(Plan, CorrectnessIsVerifiedInFullAndSpeedIsNot) {
  const auto plan = make_plan(small_program(), request_of());
  ASSERT_TRUE(plan.has_value());
  for (const RunSpec& cell : plan->cells) {
    const bool timed = cell.scenario == "latency" || cell.scenario == "throughput";
    EXPECT_EQ(cell.verify, timed ? Verify::off : Verify::full) << cell.key();
    EXPECT_EQ(cell.touch, Touch::full);
    EXPECT_EQ(cell.placement, Placement::cross_cpu);
    EXPECT_EQ(cell.duration_ns != 0, timed);
  }
}

TEST(Plan, OneCpuIsNotPinnedAndSaysSo) {
  Request request = request_of();
  request.cpus_available = 1;
  const auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->cells.front().placement, Placement::unpinned);
  ASSERT_EQ(plan->notes.size(), 1U);
  EXPECT_NE(plan->notes.front().find("one CPU"), std::string::npos);
}

TEST(Plan, RequestsNarrowAndOverride) {
  Request request = request_of();
  request.named["backend"] = {"ring"};
  request.named["scenario"] = {"latency"};
  request.named["size"] = {"100", "100B"};
  request.named["wait"] = {"spin"};
  request.named["messages"] = {"50"};
  request.named["batch"] = {"4"};
  request.trials = 2;
  request.named["verify"] = {"header"};
  const auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  ASSERT_EQ(plan->cells.size(), 1U) << "a size named twice is one cell";
  EXPECT_EQ(plan->cells[0].key(), "latency/ring/100B/spin/cross-cpu/batch=4/verify=header");
  EXPECT_EQ(plan->cells[0].messages, 50U);
  EXPECT_EQ(plan->cells[0].duration_ns, 0U);
  EXPECT_EQ(plan->trials, 2U);
}

// A runner is not even asked about what it does not list, but is started for each other trial.
TEST(Plan, OfARunnersCellsThoseThatItListsTakeTime) {
  Program program = small_program();
  auto mechanism = std::make_shared<ForeignMechanism>();
  mechanism->about.scenarios = {"sentinel_stream"};
  program.registry.backends.front().foreign = mechanism;
  const auto time_of = [&program](const char* scenario, const char* backend) {
    Request request = request_of();
    request.named["scenario"] = {scenario};
    request.named["backend"] = {backend};
    const auto plan = make_plan(program, request);
    return plan && !plan->cells.empty() ? plan->estimated_ns : ~std::uint64_t{0};
  };
  EXPECT_EQ(time_of("request_reply", "pipe"), 0U);
  EXPECT_GT(time_of("request_reply", "ring"), 0U);
  EXPECT_GT(time_of("sentinel_stream", "pipe"), time_of("sentinel_stream", "ring"));
}

TEST(Plan, ADeadlockThatHasToBeFoundTakesItsTime) {
  const auto time_of = [](const char* protocol) {
    Request request = request_of();
    request.named["scenario"] = {"large_payload"};
    request.named["backend"] = {"pipe"};
    request.named["protocol"] = {protocol};
    const auto plan = make_plan(small_program(), request);
    return plan && !plan->cells.empty() ? plan->estimated_ns / plan->cells.size() : 0;
  };
  EXPECT_GT(time_of("chunked"), 0U);
  EXPECT_GT(time_of("naive"), time_of("chunked") + 500'000'000U);
}

TEST(Plan, ABudgetChoosesTheTrials) {
  Request request = request_of();
  request.named["scenario"] = {"latency"};
  std::uint32_t before = 0;
  for (const std::uint64_t seconds : {60U, 120U, 240U}) {
    request.budget_ns = seconds * 1'000'000'000U;
    const auto plan = make_plan(small_program(), request);
    ASSERT_TRUE(plan.has_value()) << plan.error();
    EXPECT_LE(plan->estimated_ns, request.budget_ns);
    EXPECT_GT(plan->estimated_ns, request.budget_ns * 9 / 10);
    EXPECT_GT(plan->trials, before);
    before = plan->trials;
  }
  request.budget_ns = 1'000'000'000;
  EXPECT_THAT(problem_with(request), testing::HasSubstr("need about"));
  EXPECT_THAT(problem_with(request), testing::HasSubstr("fewer cells"));
}

TEST(Plan, OfWhatIsNotTimedMessagesIsTheCountInTheKey) {
  Request request = request_of();
  request.named["backend"] = {"pipe"};
  request.named["scenario"] = {"chat", "throughput"};
  request.named["clients"] = {"32"};
  request.named["size"] = {"64"};
  request.named["messages"] = {"10000"};
  auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  ASSERT_EQ(plan->cells.size(), 2U);
  EXPECT_EQ(plan->cells[0].key(), "throughput/pipe/64B/block/cross-cpu");
  EXPECT_EQ(plan->cells[0].messages, 10'000U);
  EXPECT_EQ(plan->cells[1].key(),
            "chat/pipe/64B/block/cross-cpu/verify=full/clients=32/count=10000");
  EXPECT_EQ(plan->cells[1].messages, 0U);

  request.named["count"] = {"7"};
  plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  EXPECT_EQ(plan->cells[1].option("count", 0), 7) << "the more particular of two";

  Request again = request_of();
  again.only = {"chat/pipe/64B/block/cross-cpu"};
  again.named["messages"] = {"9"};
  plan = make_plan(small_program(), again);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  EXPECT_EQ(plan->cells[0].key(), "chat/pipe/64B/block/cross-cpu/verify=full/count=9");
}

TEST(Plan, MessagesOfANamedScenarioWithoutAnyAreRefused) {
  Request request = request_of();
  request.named["messages"] = {"50"};
  EXPECT_EQ(problem_with(request), "") << "named is none";
  request.named["scenario"] = {"latency", "counter"};
  const std::string refusal =
      "the scenario 'counter' has no number of messages; leave out --messages, or choose from its "
      "own options ('ipcmark list counter')";
  EXPECT_EQ(problem_with(request), refusal);
  for (const char* key : {"counter/lock=futex/64B/block/cross-cpu", "counter/pipe/64B"}) {
    request.named.erase("scenario");
    request.only = {key};
    EXPECT_EQ(problem_with(request), refusal) << key;
  }
}

TEST(Plan, ATimeIsOfWhatIsTimed) {
  Request request = request_of();
  request.named["backend"] = {"pipe"};
  request.named["duration"] = {"5ms"};
  const auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  for (const RunSpec& cell : plan->cells) {
    const bool timed = cell.scenario == "latency" || cell.scenario == "throughput";
    EXPECT_EQ(cell.duration_ns, timed ? 5'000'000U : 0U) << cell.key();
  }
}

TEST(Plan, NamingLocksLeavesOutBackendsAndTheOtherWayRound) {
  Request request = request_of();
  request.named["scenario"] = {"counter"};
  request.named["lock"] = {"none"};
  auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->cells.size(), 1U);
  request.named.erase("lock");
  request.named["backend"] = {"pipe"};
  plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->cells.size(), 1U);
}

TEST(Plan, OptionsReachTheScenariosThatHaveThem) {
  Request request = request_of();
  request.named["scenario"] = {"counter"};
  request.named["lock"] = {"futex"};
  request.named["processes"] = {"4"};
  request.named["increments"] = {"5"};
  const auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  EXPECT_EQ(plan->cells[0].option("processes", 0), 4);
  EXPECT_EQ(plan->cells[0].option("increments"), 5);
  EXPECT_FALSE(plan->cells[0].own_options().contains("increments")) << "5 is the default";
}

TEST(Plan, ComplainsInOneSentence) {
  const auto with = [](auto change) {
    Request request = request_of();
    change(request);
    return problem_with(request);
  };
  EXPECT_EQ(with([](Request& r) { r.named["backend"] = {"pip"}; }),
            "unknown backend 'pip'; did you mean 'pipe'?");
  EXPECT_EQ(with([](Request& r) { r.suite = "quik"; }),
            "unknown suite 'quik'; did you mean 'quick'?");
  EXPECT_EQ(with([](Request& r) { r.named["scenario"] = {"latecny"}; }),
            "unknown scenario 'latecny'; did you mean 'latency'?");
  EXPECT_EQ(with([](Request& r) { r.named["lock"] = {"xyzzy"}; }),
            "unknown lock 'xyzzy'; known are futex, none");
  EXPECT_EQ(with([](Request& r) { r.named["size"] = {"67108865"}; }),
            "--size: 67108865B is beyond the limit of 64MiB");
  EXPECT_NE(with([](Request& r) { r.named["verify"] = {"ful"}; }), "");
  EXPECT_NE(with([](Request& r) { r.named["fault"] = {"drop"}; }), "");
  EXPECT_NE(with([](Request& r) { r.named["proceses"] = {"3"}; }), "");
  EXPECT_NE(with([](Request& r) { r.named["processes"] = {"-3"}; }), "");
  EXPECT_NE(with([](Request& r) { r.only = {"latency/pip/64B"}; }), "");
  EXPECT_NE(with([](Request& r) {
              r.named["scenario"] = {"latency"};
              r.named["lock"] = {"futex"};
            }),
            "");
}

TEST(Plan, OnlyTakesOneCellOfTheSuiteOrAnyOther) {
  Request request = request_of();
  request.only = {"latency/ring/64B/spin/cross-cpu"};
  auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  ASSERT_EQ(plan->cells.size(), 1U);
  EXPECT_EQ(plan->cells[0].key(), request.only.front());
  EXPECT_GT(plan->cells[0].duration_ns, 0U);

  request.only = {"throughput/pipe/3000B/block/unpinned/depth=9/touch=none/cpus=1,0"};
  plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  EXPECT_EQ(plan->cells[0].key(), request.only.front());
  EXPECT_GT(plan->cells[0].duration_ns, 0U);

  request.named["verify"] = {"full"};
  plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan.has_value()) << plan.error();
  EXPECT_EQ(plan->cells[0].verify, Verify::full);

  request.named["size"] = {"64"};
  EXPECT_NE(problem_with(request), "") << "two answers to one question";
}

TEST(Plan, SeveralValuesOfAnOptionAreACellEach) {
  Request request = request_of();
  request.named["backend"] = {"pipe"};
  request.named["scenario"] = {"load"};
  request.named["size"] = {"64"};
  request.named["wait"] = {"block"};
  request.named["rate"] = {"1k", "10000", "20k/s"};
  request.named["schedule"] = {"fixed", "poisson"};
  const auto plan = make_plan(small_program(), request);
  ASSERT_TRUE(plan) << plan.error();
  std::set<std::string> keys;
  for (const RunSpec& cell : plan->cells) keys.insert(cell.key());
  EXPECT_EQ(keys.size(), 6U);
  EXPECT_TRUE(keys.contains("load/pipe/64B/block/cross-cpu"));  // the defaults stay out of the key
  EXPECT_TRUE(keys.contains("load/pipe/64B/block/cross-cpu/rate=20000/schedule=1"));
  request.named["rates"] = {"1", "2"};
  EXPECT_NE(problem_with(request).find("did you mean 'rate'?"), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
