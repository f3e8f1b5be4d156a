#include "results/advice/advice.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/scenario.hpp"
#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

constexpr unsigned trials = 20;

// Spread evenly over value * (1 ± spread / 2).
double varied(double value, double spread, unsigned trial) {
  return value * (1 + spread * (static_cast<double>(trial) / (trials - 1) - 0.5));
}

Cell cell_of(const char* scenario, const char* backend, Wait wait = Wait::block) {
  Cell cell;
  cell.spec.scenario = scenario;
  cell.spec.backend = backend;
  cell.spec.wait = wait;
  cell.capabilities = {{"ordered", "yes"}, {"survives_peer_kill", "yes"}};
  return cell;
}

void add_cost(Trial& trial, double cpu_ns_per_message, std::int64_t messages, double cpus) {
  trial.counts["messages_total"] = messages;
  ProcessCost cost;
  cost.system_ns = static_cast<std::uint64_t>(cpu_ns_per_message * static_cast<double>(messages));
  cost.wall_ns = static_cast<std::uint64_t>(static_cast<double>(cost.system_ns) / cpus);
  trial.costs = {cost};
}

// A ping-pong whose trips all take about `ns`; one of a hundred twice that, and a few more.
Cell ping_pong(const char* backend, double ns, Wait wait = Wait::block, double spread = 0.02) {
  Cell cell = cell_of("latency", backend, wait);
  for (unsigned i = 0; i < trials; ++i) {
    Trial& trial = cell.trials.emplace_back();
    const double value = varied(ns, spread, i);
    Histogram& trips = trial.histograms["round_trip"];
    for (int k = 0; k < 12'000; ++k) {
      trips.record(static_cast<std::uint64_t>(k % 50 == 0 ? 2 * value : value));
    }
    add_cost(trial, wait == Wait::spin ? ns : ns / 2, 20'000, wait == Wait::spin ? 2 : 1);
  }
  return cell;
}

Cell stream(const char* scenario, const char* backend, double rate, double spread = 0.02) {
  Cell cell = cell_of(scenario, backend);
  for (unsigned i = 0; i < trials; ++i) {
    Trial& trial = cell.trials.emplace_back();
    trial.metrics.push_back({"rate", varied(rate, spread, i), Unit::messages_per_second, 1000});
    trial.metrics.push_back(
        {"bytes_rate", 64 * trial.metrics[0].value, Unit::bytes_per_second, 1000});
    add_cost(trial, 1e9 / rate, 1000, 1);
  }
  return cell;
}

const Need& need(const char* name) { return named_need(name)->need; }

std::vector<std::string> labels(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& each : candidates) names.push_back(each.label);
  return names;
}

using Labels = std::vector<std::string>;

TEST(Advice, TheShortestRoundTripIsNamed) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("tcp", 30'000),
                    ping_pong("shm_ring", 200, Wait::spin)};
  const Advice advice = advise(document, need("simple_two_way"));
  EXPECT_EQ(labels(advice.fitting), (Labels{"shm_ring (spin)", "pipe", "tcp"}));
  EXPECT_NEAR(advice.fitting[1].ratio, 100, 3);
  EXPECT_FALSE(advice.fitting[1].tie);
}

TEST(Advice, OtherFiguresOtherAdvice) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("fifo", 10'000)};
  EXPECT_EQ(advise(document, need("simple_two_way")).fitting.front().label, "fifo");
  document.cells = {ping_pong("pipe", 10'000), ping_pong("fifo", 20'000)};
  EXPECT_EQ(advise(document, need("simple_two_way")).fitting.front().label, "pipe");
}

TEST(Advice, EachNamedNeedIsBoundToItsOwnCells) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("tcp", 30'000)};
  document.cells.push_back(stream("fan_in", "sysv_mq", 5e5));
  document.cells.push_back(stream("fan_out", "zeromq", 4e5));
  document.cells.push_back(stream("throughput", "unix_stream", 3e4));
  document.cells.back().spec.size = 1U << 20U;
  Cell& flags = document.cells.emplace_back(ping_pong("", 15'000));
  flags.spec.scenario = "notify";
  flags.spec.notifier = "eventfd";
  for (Trial& trial : flags.trials) {
    trial.histograms["notify"] = trial.histograms["round_trip"];
    trial.histograms.erase("round_trip");
  }
  const std::vector<std::pair<const char*, const char*>> answers{
      {"simple_two_way", "pipe"},   {"multiple_producers", "sysv_mq"},
      {"broadcast_data", "zeromq"}, {"large_data", "unix_stream"},
      {"cross_system", "tcp"},      {"simple_flags", "eventfd"}};
  EXPECT_EQ(named_needs().size(), answers.size());
  for (const auto& [name, mechanism] : answers) {
    const Advice advice = advise(document, need(name));
    ASSERT_FALSE(advice.fitting.empty()) << name;
    EXPECT_EQ(advice.fitting.front().label, mechanism) << name;
  }
  EXPECT_EQ(advise(document, need("simple_flags")).fitting.front().mechanism->snippet,
            "notify/eventfd");
}

TEST(Advice, MoreIsBetterOfRates) {
  ResultDocument document = empty_document();
  document.cells = {stream("fan_in", "pipe", 1e5), stream("fan_in", "fifo", 3e5)};
  EXPECT_EQ(labels(advise(document, need("multiple_producers")).fitting), (Labels{"fifo", "pipe"}));
}

TEST(Advice, OverlappingIntervalsAreATie) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000, Wait::block, 0.2),
                    ping_pong("fifo", 20'200, Wait::block, 0.2), ping_pong("tcp", 40'000)};
  const Advice advice = advise(document, need("simple_two_way"));
  EXPECT_TRUE(advice.fitting[1].tie);
  EXPECT_FALSE(advice.fitting[2].tie);
  const std::string text = advice_to_console(advice, "'r.json'", {});
  EXPECT_NE(text.find("tied with fifo (their intervals overlap)"), std::string::npos) << text;
}

TEST(Advice, TooFewTrialsAreInOrderButNothingIsTheBest) {
  ResultDocument document = empty_document();
  document.cells = {stream("fan_in", "tcp", 70), stream("fan_in", "pipe", 100),
                    stream("fan_in", "fifo", 99.9)};
  for (Cell& cell : document.cells) cell.trials.resize(5);
  const Advice advice = advise(document, need("multiple_producers"));
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe", "fifo", "tcp"}));
  EXPECT_EQ(advice.ranking_basis, RankingBasis::few_trials);
  EXPECT_FALSE(advice.fitting[1].tie);
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = advice_to_console(advice, "'r.json'", wide);
  EXPECT_NE(text.find("the first in order measured; nothing shows that it is the best"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Too few trials for an interval (5)"), std::string::npos) << text;
  for (const char* part : {"tied with", "1.00x", "the best measured"}) {
    EXPECT_EQ(text.find(part), std::string::npos) << text;
  }
}

TEST(Advice, TooFewTrialsAreNotRankedBesideEnough) {
  ResultDocument document = empty_document();
  document.cells = {stream("fan_in", "pipe", 200), stream("fan_in", "fifo", 100)};
  document.cells[0].trials.resize(5);
  const Advice advice = advise(document, need("multiple_producers"));
  EXPECT_EQ(advice.ranking_basis, RankingBasis::ranked);
  EXPECT_EQ(labels(advice.fitting), (Labels{"fifo"}));
  EXPECT_EQ(advice.unranked, (Labels{"pipe: its trials (5) are too few for an interval (6)"}));
}

TEST(Advice, ARateThatDoesNotComeThroughDoesNotFit) {
  ResultDocument document = empty_document();
  document.cells = {stream("fan_in", "pipe", 1e5), stream("fan_in", "fifo", 3e4)};
  Need asked = need("multiple_producers");
  asked.rate = 50'000;
  const Advice advice = advise(document, asked);
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe"}));
  ASSERT_EQ(labels(advice.unfit), (Labels{"fifo"}));
  EXPECT_EQ(advice.unfit[0].lacks.front(), "gets 30.0 k/s through, not 50.0 k/s");
}

TEST(Advice, OneAtATimeBoundsTheRate) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("shm_ring", 200, Wait::spin)};
  Need asked = need("simple_two_way");
  asked.rate = 100'000;
  EXPECT_EQ(labels(advise(document, asked).unfit), (Labels{"pipe"}));
}

TEST(Advice, ABudgetRulesOutWhoSpins) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("shm_ring", 200, Wait::spin)};
  Need asked = need("simple_two_way");
  asked.rate = 1000;
  asked.cpus = 0.1;  // pipe: 1000 messages of 10 us a second are 1 %
  const Advice advice = advise(document, asked);
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe"}));
  EXPECT_NEAR(advice.fitting[0].cpus, 0.01, 0.001);
  EXPECT_EQ(labels(advice.unfit), (Labels{"shm_ring (spin)"}));
}

TEST(Advice, ALimitForP99) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("tcp", 30'000)};
  Need asked = need("simple_two_way");
  asked.p99_ns = 50'000;
  const Advice advice = advise(document, asked);
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe"}));
  ASSERT_EQ(labels(advice.unfit), (Labels{"tcp"}));
  EXPECT_NE(advice.unfit[0].lacks.front().find("more than 50.0"), std::string::npos);
  for (Cell& cell : document.cells) cell.trials.resize(6);  // too few for a p99
  EXPECT_TRUE(advise(document, asked).fitting.empty());
}

// A quarter of the trials or more did not keep it.
TEST(Advice, OfTwoGroupsOfTrialsTheLongerHasToKeepTheP99) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000)};
  for (std::size_t i = 0; i < document.cells[0].trials.size(); i += 3) {
    Histogram& trips = document.cells[0].trials[i].histograms["round_trip"];
    trips = {};
    for (int k = 0; k < 12'000; ++k) trips.record(k % 50 == 0 ? 80'000U : 20'000U);
  }
  Need asked = need("simple_two_way");
  asked.p99_ns = 50'000;
  const Advice advice = advise(document, asked);
  ASSERT_EQ(labels(advice.unfit), (Labels{"pipe"}));
  EXPECT_NE(advice.unfit[0].lacks.front().find("p99 80.0"), std::string::npos)
      << advice.unfit[0].lacks.front();
}

TEST(Advice, CapabilitiesThatAreAskedFor) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("boost_mq", 10'000), ping_pong("pipe", 20'000)};
  document.cells[0].capabilities["survives_peer_kill"] = "no";
  document.cells[0].capabilities["ordered"] = "no";
  Need asked = need("simple_two_way");
  EXPECT_EQ(advise(document, asked).fitting.front().label, "boost_mq");
  asked.survive_crash = asked.ordered = true;
  const Advice advice = advise(document, asked);
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe"}));
  EXPECT_EQ(advice.unfit[0].lacks.size(), 2U);
}

TEST(Advice, TheFloorAndWhatFailedAreNotRanked) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("null", 50), ping_pong("pipe", 20'000), ping_pong("fifo", 10'000)};
  document.cells[0].capabilities["one_process"] = "yes";
  document.cells[2].trials[3].state = State::failed;
  document.cells[2].trials[3].reason = "lost 3 messages";
  const Advice advice = advise(document, need("simple_two_way"));
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe"}));
  EXPECT_EQ(advice.unranked, (std::vector<std::string>{"fifo: lost 3 messages"}));
}

TEST(Advice, WhatMayLoseMessagesIsNotRanked) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("udp", 5'000), ping_pong("pipe", 20'000)};
  document.cells[0].capabilities["lossy"] = "yes";
  const Advice advice = advise(document, need("simple_two_way"));
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe"}));
  ASSERT_EQ(advice.unranked.size(), 1U);
  EXPECT_NE(advice.unranked[0].find("udp: may lose messages"), std::string::npos);
}

// It would be ranked by the harness's own sleep.
TEST(Advice, WhatIsPolledIsNotRanked) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("sysv_mq", 5'000), ping_pong("pipe", 20'000)};
  document.cells[0].trials[7].granted.values[poll_interval_name] = 1'000'000;
  const Advice advice = advise(document, need("simple_two_way"));
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe"}));
  ASSERT_EQ(advice.unranked.size(), 1U);
  EXPECT_NE(advice.unranked[0].find("sysv_mq: polled every 1ms by the harness"), std::string::npos)
      << advice.unranked[0];
}

TEST(Advice, APingPongThatFailedPromisesNoTimes) {
  ResultDocument document = empty_document();
  document.cells = {stream("fan_in", "pipe", 1e5), stream("fan_in", "fifo", 9e4),
                    ping_pong("pipe", 1'000), ping_pong("fifo", 20'000)};
  document.cells[2].trials[7].state = State::failed;
  document.cells[2].trials[7].reason = "lost 3 messages";
  Need asked = need("multiple_producers");
  asked.p99_ns = 50'000;
  const Advice advice = advise(document, asked);
  EXPECT_EQ(labels(advice.fitting), (Labels{"fifo"}));
  ASSERT_EQ(labels(advice.unfit), (Labels{"pipe"}));
  EXPECT_EQ(advice.unfit[0].lacks.front(),
            "its p99 is not known: its ping-pong did not pass in every trial");
}

TEST(Advice, CellsThatFailedDoNotChooseTheSetting) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 5'000), ping_pong("fifo", 5'000), ping_pong("tcp", 20'000)};
  for (std::size_t i = 0; i < 2; ++i) {
    document.cells[i].spec.placement = Placement::same_cpu;
    document.cells[i].trials[0].state = State::timeout;
    document.cells[i].trials[0].reason = "hung";
  }
  EXPECT_EQ(labels(advise(document, need("simple_two_way")).fitting), (Labels{"tcp"}));
}

TEST(Advice, CellsOfAnotherSettingAreNotMixedIn) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("fifo", 21'000), ping_pong("tcp", 5'000)};
  document.cells[2].spec.placement = Placement::same_cpu;
  EXPECT_EQ(labels(advise(document, need("simple_two_way")).fitting), (Labels{"pipe", "fifo"}));
}

void see(Cell& cell, double ns, std::vector<int> cpus = {0, 1}) {
  for (Trial& trial : cell.trials) trial.canary = {ns, ns, 1000, 1000, ns <= 0, cpus};
}

TEST(Advice, WithoutFiguresOfTheOneStateThoseOfOneOtherAnswer) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("fifo", 30'000), ping_pong("tcp", 10'000)};
  see(document.cells[0], 550);
  see(document.cells[1], 550);
  see(document.cells[2], 2'000);
  for (const char* backend : {"a", "b", "c"}) {
    document.cells.push_back(stream("throughput", backend, 1e6));
    see(document.cells.back(), 150);
  }
  const Advice advice = advise(document, need("simple_two_way"));
  EXPECT_EQ(advice.ranking_basis, RankingBasis::other_state);
  EXPECT_EQ(advice.state_ns, 550);
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe", "fifo"}));
  EXPECT_EQ(advice.unranked,
            (Labels{"tcp: measured in another state of the machine than the others"}));
  EXPECT_NE(advice_to_console(advice, "'r.json'", {}).find("nothing shows that it is the best"),
            std::string::npos);
  // Beside one of the state that is ranked, it alone answers.
  document.cells.push_back(ping_pong("unix_stream", 90'000));
  see(document.cells.back(), 150);
  EXPECT_EQ(labels(advise(document, need("simple_two_way")).fitting), (Labels{"unix_stream"}));
}

TEST(Advice, WhatTheMachineChangedInAnswersLast) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000)};
  see(document.cells[0], 0);
  const Advice advice = advise(document, need("simple_two_way"));
  EXPECT_EQ(advice.ranking_basis, RankingBasis::unsteady);
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe"}));
  document.cells.push_back(ping_pong("fifo", 30'000));
  see(document.cells[1], 150);
  EXPECT_EQ(labels(advise(document, need("simple_two_way")).fitting), (Labels{"fifo"}));
}

// What takes other CPUs is no other state of the machine.
TEST(Advice, APlacementIsNoState) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 20'000), ping_pong("fifo", 30'000)};
  for (Cell& cell : document.cells) {
    cell.spec.placement = Placement::cross_socket;
    see(cell, 600, {0, 2});
  }
  for (const char* backend : {"a", "b", "c"}) {
    document.cells.push_back(stream("throughput", backend, 1e6));
    see(document.cells.back(), 150);
  }
  const Advice advice = advise(document, need("simple_two_way"));
  EXPECT_EQ(advice.ranking_basis, RankingBasis::ranked);
  EXPECT_EQ(labels(advice.fitting), (Labels{"pipe", "fifo"}));
}

TEST(Advice, ThePingPongBesideItIsOfTheSameState) {
  ResultDocument document = empty_document();
  document.cells = {stream("fan_in", "pipe", 1e5), stream("fan_in", "fifo", 9e4),
                    ping_pong("pipe", 10'000), ping_pong("fifo", 10'000)};
  for (Cell& cell : document.cells) see(cell, 150);
  see(document.cells[2], 550);
  Need asked = need("multiple_producers");
  asked.p99_ns = 50'000;
  const Advice advice = advise(document, asked);
  EXPECT_EQ(labels(advice.fitting), (Labels{"fifo"}));
  ASSERT_EQ(labels(advice.unfit), (Labels{"pipe"}));
  EXPECT_EQ(advice.unfit[0].lacks.front(),
            "its p99 is not known: its ping-pong was measured in another state of the machine");
}

TEST(Advice, NothingMeasuredNothingNamed) {
  const ResultDocument document = empty_document();
  const Advice advice = advise(document, need("large_data"));
  EXPECT_TRUE(advice.fitting.empty() && advice.unfit.empty());
}

TEST(Advice, TheBoundOptionsAreThoseOfTheScenarios) {
  Need load;
  load.exchange = Exchange::offered;
  load.rate = 5;
  const std::vector<ScenarioEntry> scenarios = built_in_scenarios();
  for (const Need& asked : {need("multiple_producers"), need("broadcast_data"), load}) {
    const Basis basis = basis_of(asked, built_in_catalogue());
    const auto scenario =
        std::find_if(scenarios.begin(), scenarios.end(),
                     [&basis](const ScenarioEntry& row) { return basis.scenario == row.name; });
    ASSERT_NE(scenario, scenarios.end());
    for (const Basis::Option& option : basis.options) {
      const auto row = std::find_if(
          scenario->options.begin(), scenario->options.end(),
          [&option](const OptionRow& each) { return std::string(option.name) == each.name; });
      ASSERT_NE(row, scenario->options.end()) << option.name;
      EXPECT_EQ(row->default_value, option.default_value) << option.name;
    }
  }
}

TEST(Advice, OneStepOfTheClockIsATie) {
  ResultDocument document = empty_document();
  document.cells = {ping_pong("pipe", 171, Wait::spin, 0), ping_pong("fifo", 181, Wait::spin, 0)};
  EXPECT_FALSE(advise(document, need("simple_two_way")).fitting[1].tie);
  document.environment.facts["clock"]["step_ns"] = "10";
  EXPECT_TRUE(advise(document, need("simple_two_way")).fitting[1].tie);
}

}  // namespace
}  // namespace ipcmark
