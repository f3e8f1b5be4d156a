// Tables and sentences about offered load and silences.
#include "results/console/load_view.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Trials whose histogram lies evenly around `ns`, 20 000 samples each.
std::vector<Trial> trials_around(const char* histogram, std::uint64_t ns) {
  std::vector<Trial> trials(6);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    trials[i].round = static_cast<std::uint32_t>(i);
    Histogram& times = trials[i].histograms[histogram];
    for (std::uint64_t j = 0; j < 20'000; ++j) times.record(ns + i + j % 10);
  }
  return trials;
}

Cell load_cell(std::int64_t rate) {
  Cell cell;
  cell.spec.scenario = "load";
  cell.spec.backend = "pipe";
  cell.spec.options["rate"] = rate;
  cell.spec.duration_ns = 1'000'000;
  return cell;
}

ResultDocument sample_load() {
  ResultDocument document = empty_document();
  for (const std::int64_t rate : {100'000, 400'000}) {
    Cell cell = load_cell(rate);
    cell.trials = trials_around("response", static_cast<std::uint64_t>(rate) / 10);
    document.cells.push_back(cell);
  }
  for (const std::int64_t rate : {std::int64_t{600'000}, unlimited_rate}) {
    Cell cell = load_cell(rate);
    cell.trials.resize(3);
    for (Trial& trial : cell.trials) {
      trial.counts["saturated"] = 1;
      trial.metrics.push_back({"achieved_rate", 550'000, Unit::messages_per_second, 1000});
    }
    document.cells.push_back(cell);
  }
  document.searches.push_back({document.cells.back().spec.key(), 20'000, 100'000, 400'000});
  return document;
}

TEST(LoadView, OneTableShowsAllRatesOfAMechanism) {
  const std::string text = std::regex_replace(result_to_console(sample_load(), {false, false, 120}),
                                              std::regex(" +"), " ");
  EXPECT_TRUE(contains(text, "Load of 64 B from due to received, cross-cpu, evenly spaced"))
      << text;
  for (const char* part :
       {"100 k/s 10.0 us", "400 k/s 40.0 us", "600 k/s saturated", "550 k/s capacity"}) {
    EXPECT_TRUE(contains(text, part)) << part << "\n" << text;
  }
  EXPECT_FALSE(contains(text, "vs best")) << text;
  EXPECT_FALSE(contains(text, "Shortest")) << text;
}

TEST(LoadView, SaysHowItGrowsAndWhereItEnds) {
  const ResultDocument document = sample_load();
  const auto lines = load_findings(make_view(document), false);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(
      lines[0],
      "pipe at 64 B under load: response p99 10.0 us at 100 k/s, 40.0 us at 400 k/s; p99 stays "
      "within 20.0 us up to 100 k/s and is beyond it at 400 k/s, by its interval over trials; "
      "saturated at 600 k/s; 550 k/s get through at most.");
}

TEST(LoadView, SaysWhatASearchCouldNotTell) {
  ResultDocument document = sample_load();
  const auto line = [&document] { return load_findings(make_view(document), false).at(0); };
  document.searches[0].beyond = 0;
  EXPECT_TRUE(contains(line(), "p99 stays within 20.0 us up to 100 k/s, by its")) << line();
  document.searches[0] = {document.searches[0].cell, 20'000, 0, 100'000};
  EXPECT_TRUE(contains(line(),
                       "at no rate tried its p99 stays within 20.0 us; it is beyond it at "
                       "100 k/s"))
      << line();
  document.searches[0].beyond = 0;
  EXPECT_TRUE(contains(line(), "whether its p99 stays within 20.0 us could not be told")) << line();
  document.searches[0].cell = "that of another";
  EXPECT_FALSE(contains(line(), "p99 stays")) << line();
}

TEST(LoadView, ASingleSaturatedTrialTakesTheTimes) {
  ResultDocument document = sample_load();
  Trial& late = document.cells[1].trials[2];
  late.histograms.clear();
  late.counts["saturated"] = 1;
  const auto lines = load_findings(make_view(document), false);
  EXPECT_TRUE(contains(lines.at(0), "p99 10.0 us at 100 k/s; ")) << lines[0];
  EXPECT_TRUE(contains(lines.at(0), "saturated at 400 k/s in 1 of 6 trials")) << lines[0];
}

void fail_one_trial(Cell& cell) {
  cell.trials[1].state = State::failed;
  cell.trials[1].reason = "3 messages were lost";
}

// What lies between two groups of trials is a time that none of them took.
TEST(LoadView, TwoGroupsOfTrialsAreShownAsTwo) {
  ResultDocument document = sample_load();
  Cell& cell = document.cells[0];
  cell.trials.clear();
  for (std::uint32_t i = 0; i < 20; ++i) {
    Trial& trial = cell.trials.emplace_back();
    trial.round = i;
    trial.histograms["response"].record(i < 10 ? 5'100 : 8'900, 20'000);
  }
  const std::string text = result_to_console(document, {false, false, 160});
  EXPECT_TRUE(contains(text, "5.10 us (10), 8.90 us (10)")) << text;
  EXPECT_FALSE(contains(text, "7.00 us")) << text;
}

TEST(LoadView, ARateThatFailedShowsNoTimes) {
  ResultDocument document = sample_load();
  fail_one_trial(document.cells[0]);
  const std::string text =
      std::regex_replace(result_to_console(document, {false, false, 120}), std::regex(" +"), " ");
  EXPECT_TRUE(contains(text, "pipe! block 100 k/s failed")) << text;
  EXPECT_FALSE(contains(text, "10.0 us")) << text;
  EXPECT_TRUE(contains(text, "!: did not pass")) << text;
}

TEST(LoadView, WhatFailedIsNoFinding) {
  const auto line = [](const ResultDocument& document) {
    const auto lines = load_findings(make_view(document), false);
    return lines.empty() ? std::string() : lines[0];
  };
  ResultDocument document = sample_load();
  fail_one_trial(document.cells[0]);
  EXPECT_EQ(line(document),
            "pipe at 64 B under load: response p99 40.0 us at 400 k/s; p99 stays within 20.0 us up "
            "to 100 k/s and is beyond it at 400 k/s, by its interval over trials; saturated at 600 "
            "k/s; 550 k/s get through at most.");
  fail_one_trial(document.cells[3]);  // at full speed
  EXPECT_EQ(line(document),
            "pipe at 64 B under load: response p99 40.0 us at 400 k/s; saturated at 600 k/s.");
  fail_one_trial(document.cells[2]);
  EXPECT_EQ(line(document), "pipe at 64 B under load: response p99 40.0 us at 400 k/s.");
  fail_one_trial(document.cells[1]);
  EXPECT_EQ(line(document), "");
}

TEST(GapFindings, LeaveOutWhatFailed) {
  ResultDocument document = empty_document();
  for (const std::int64_t gap : {1'000, 100'000, 10'000'000}) {
    Cell cell;
    cell.spec.scenario = "latency";
    cell.spec.backend = "pipe";
    cell.spec.options["gap_ns"] = gap;
    cell.trials = trials_around("round_trip", gap < 1'000'000 ? 20'000 : 60'000);
    document.cells.push_back(cell);
  }
  fail_one_trial(document.cells[2]);
  const auto lines = gap_findings(make_view(document), false);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(contains(lines[0], "after a silence of 100 us")) << lines[0];
}

TEST(GapFindings, CompareTheLongestSilenceWithTheShortest) {
  ResultDocument document = empty_document();
  for (const std::int64_t gap : {1'000, 100'000, 10'000'000}) {
    Cell cell;
    cell.spec.scenario = "latency";
    cell.spec.backend = "pipe";
    cell.spec.options["gap_ns"] = gap;
    cell.trials = trials_around("round_trip", gap < 1'000'000 ? 20'000 : 60'000);
    document.cells.push_back(cell);
  }
  const auto lines = gap_findings(make_view(document), false);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(
      lines[0],
      "pipe: after a silence of 10.0 ms a round trip of 64 B takes 60.0 us, 3.0x what it takes "
      "after 1.00 us (20.0 us).");
  document.cells.resize(1);
  EXPECT_TRUE(gap_findings(make_view(document), false).empty());
}

Cell gap_cell(std::int64_t gap, std::uint64_t ns, double core_to_core_ns) {
  Cell cell;
  cell.spec.scenario = "latency";
  cell.spec.backend = "pipe";
  cell.spec.options["gap_ns"] = gap;
  cell.trials = trials_around("round_trip", ns);
  for (Trial& trial : cell.trials) {
    trial.canary = {core_to_core_ns, core_to_core_ns, 1000, 1000, false, {0, 1}};
  }
  return cell;
}

TEST(GapFindings, CompareNoTwoStatesOfTheMachine) {
  ResultDocument document = empty_document();
  document.cells = {gap_cell(1'000, 20'000, 150), gap_cell(100'000, 30'000, 150),
                    gap_cell(10'000'000, 190'000, 550)};
  const auto lines = gap_findings(make_view(document), false);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(contains(lines[0], "after a silence of 100 us")) << lines[0];
  document.cells.erase(document.cells.begin());
  EXPECT_TRUE(gap_findings(make_view(document), false).empty());
}

TEST(GapFindings, LeaveOutWhatIsNotRanked) {
  ResultDocument document = empty_document();
  document.cells = {gap_cell(1'000, 20'000, 150), gap_cell(10'000'000, 60'000, 150)};
  ASSERT_EQ(gap_findings(make_view(document), false).size(), 1U);
  document.cells[1].trials.resize(3);
  EXPECT_TRUE(gap_findings(make_view(document), false).empty());
}

TEST(GapFindings, CompareNoTwoPlacements) {
  ResultDocument document = empty_document();
  for (const Placement placement : {Placement::cross_cpu, Placement::same_cpu}) {
    const bool one = placement == Placement::same_cpu;
    for (const std::int64_t gap : {1'000, 10'000'000}) {
      document.cells.push_back(
          gap_cell(gap, (one ? 2'000U : 20'000U) * (gap > 1'000 ? 3 : 1), 150));
      document.cells.back().spec.placement = placement;
    }
  }
  const auto lines = gap_findings(make_view(document), false);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(contains(lines[0], "pipe (cross-cpu): after")) << lines[0];
  EXPECT_TRUE(contains(lines[0], "60.0 us, 3.0x what")) << lines[0];
  EXPECT_TRUE(contains(lines[1], "pipe (same-cpu): after")) << lines[1];
  EXPECT_TRUE(contains(lines[1], "6.00 us, 3.0x what")) << lines[1];
}

TEST(LoadView, TimesOfAnotherStateOfTheMachineAreNoFinding) {
  ResultDocument document = sample_load();
  for (Cell& cell : document.cells) {
    for (Trial& trial : cell.trials) trial.canary = {150, 150, 1000, 1000, false, {0, 1}};
  }
  for (Trial& trial : document.cells[1].trials) {
    trial.canary = {550, 550, 1000, 1000, false, {0, 1}};
  }
  const auto lines = load_findings(make_view(document), false);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(contains(lines[0], "10.0 us at 100 k/s")) << lines[0];
  EXPECT_FALSE(contains(lines[0], "40.0 us")) << lines[0];
}

}  // namespace
}  // namespace ipcmark
