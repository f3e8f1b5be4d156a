#include "results/console/console.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "results/console/table.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/lines.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(part) != std::string::npos) return line;
  }
  return {};
}

TEST(Console, StaysWithinItsWidth) {
  for (const unsigned width : {60U, 80U, 100U, 200U}) {
    ConsoleStyle style;
    style.width = width;
    for (const std::string& line : lines_of(result_to_console(sample_document(), style))) {
      if (line.find("--only") != std::string::npos || line.find('/') != std::string::npos) continue;
      EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(Console, ColourAndUnicodeOnlyWhenAskedFor) {
  ConsoleStyle style;
  style.unicode = false;
  const std::string plain = result_to_console(sample_document(), style);
  EXPECT_TRUE(std::all_of(plain.begin(), plain.end(),
                          [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  style.color = true;
  EXPECT_NE(result_to_console(sample_document(), style).find("\x1b[32m"), std::string::npos);
}

TEST(Console, RanksRowsAndMarksTies) {
  const std::string text = result_to_console(sample_document(), {});
  const std::size_t spin = text.find("shm_ring   spin");
  const std::size_t mapped = text.find("mmap_file  spin");
  const std::size_t pipe = text.find("pipe*      block");
  const std::size_t floor = text.find("null       block");
  ASSERT_NE(floor, std::string::npos);
  EXPECT_LT(spin, mapped);
  EXPECT_LT(mapped, pipe);
  EXPECT_LT(pipe, floor);  // not ranked, though the fastest
  EXPECT_NE(line_with(text, "shm_ring   spin").find(" 1.00 "), std::string::npos);
  EXPECT_NE(line_with(text, "mmap_file  spin").find("= 1.02x"), std::string::npos);
  EXPECT_EQ(line_with(text, "pipe*      block").find("="), std::string::npos);
  EXPECT_NE(line_with(text, "null       block").find("floor"), std::string::npos);
}

TEST(Console, SaysWhereProcessesOutnumberCpus) {
  ConsoleStyle wide;
  wide.width = 1000;
  ResultDocument document = sample_document();
  document.environment.facts["cpu"]["allowed"] = "0,1";
  EXPECT_EQ(result_to_console(document, wide).find("More processes than CPUs"), std::string::npos);
  document.environment.facts["cpu"]["allowed"] = "0";
  const std::string text = result_to_console(document, wide);
  EXPECT_NE(text.find("More processes than CPUs (1): waiting for a CPU is in the figures, and no "
                      "gate judges them: latency (2), throughput (2)."),
            std::string::npos)
      << line_with(text, "More processes");
}

TEST(Console, SaysInWordsWhatTheFiguresShow) {
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(sample_document(), wide);
  EXPECT_NE(text.find("shm_ring: spinning has 25x lower latency"), std::string::npos);
  EXPECT_NE(text.find("2.0 CPUs busy instead of 0.8"), std::string::npos);
  EXPECT_NE(text.find("throughput 64 KiB posix_mq: depth 64 exceeds"), std::string::npos);
  EXPECT_NE(text.find("the counter ended at 14, not 15"), std::string::npos);
  EXPECT_NE(text.find("--only counter/shm_ring/64B"), std::string::npos);
  EXPECT_NE(text.find("Too noisy to rank closely, spread over 20 % of the median: latency 64 B "
                      "posix_mq (34 %, about "),
            std::string::npos);
  EXPECT_NE(text.find("latency 64 B pipe (3 of 6)"), std::string::npos);
  EXPECT_NE(text.find("posix_mq: fragments above 8192 B (1 000 000 B)"), std::string::npos);
  EXPECT_EQ(line_with(text, "lock none").find("\u2713"), std::string::npos);
  EXPECT_NE(line_with(text, "lock none").find("12 of 15, caught"), std::string::npos);
}

TEST(Console, WhatACpuQuotaTookIsSaidBesideTheFigures) {
  ResultDocument document = sample_document();
  auto& facts = document.environment.facts;
  facts["limits"]["cgroup.cpu.max"] = "20000 100000";
  facts["load"]["throttled_before_ns"] = facts["load"]["throttled_after_ns"] = "1000000000";
  ConsoleStyle wide;
  wide.width = 1000;
  EXPECT_EQ(result_to_console(document, wide).find("Throttled"), std::string::npos);
  facts["load"]["throttled_after_ns"] = "4500000000";
  EXPECT_NE(result_to_console(document, wide)
                .find("Throttled: the control group's CPU quota (20000 100000) kept processes from "
                      "running for 3.5 s"),
            std::string::npos);
  facts["load"]["throttled_after_ns"] = "n/a";
  const std::string unknown = result_to_console(document, wide);
  EXPECT_EQ(unknown.find("Throttled"), std::string::npos);
  EXPECT_NE(unknown.find("The control group has a CPU quota (20000 100000), and does not tell how"),
            std::string::npos);
}

TEST(Console, CoresOfSeveralKindsAreSaidWhereTrialsRanOnBoth) {
  ResultDocument document = sample_document();
  document.environment.facts["cpu"]["core_kinds"] = "cpu_core: 0,1; cpu_atom: 2,3";
  ConsoleStyle wide;
  wide.width = 1000;
  const auto place_all = [&document](int first, int second) {
    for (Cell& cell : document.cells) {
      for (Trial& trial : cell.trials) {
        for (std::size_t i = 0; i < trial.costs.size(); ++i)
          trial.costs[i].cpu = i == 0 ? first : second;
      }
    }
    return document;
  };
  EXPECT_EQ(result_to_console(place_all(2, 3), wide).find("several kinds"), std::string::npos);
  const char* sentence =
      "Cores of several kinds (cpu_core: 0,1; cpu_atom: 2,3): trials ran on cpu_atom and cpu_core;";
  EXPECT_NE(result_to_console(place_all(0, 2), wide).find(sentence), std::string::npos);
  EXPECT_NE(result_to_console(place_all(-1, -1), wide).find(sentence), std::string::npos);
  document.environment.facts["cpu"]["core_kinds"] = "alike";
  EXPECT_EQ(result_to_console(document, wide).find("several kinds"), std::string::npos);
}

TEST(Console, ACellOfAnotherMachineStateIsShownButNotRanked) {
  ResultDocument document = sample_document();
  // What would be the best of its table, by far, and was measured in another state.
  for (Trial& trial : document.cells[5].trials) {
    trial.canary = {550, 552, 1000, 1000, false, {0, 1}};
    trial.histograms["round_trip"].clear();
    trial.histograms["round_trip"].record(60, 2000);
  }
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(document, wide);
  EXPECT_NE(line_with(text, "mmap_file*  spin").find("other state"), std::string::npos);
  EXPECT_NE(line_with(text, "mmap_file*  spin").find("60.0 ns"), std::string::npos);
  EXPECT_NE(line_with(text, "shm_ring    spin").find(" 1.00 "), std::string::npos);
  EXPECT_LT(text.find("pipe*       block"), text.find("mmap_file*  spin"));
  EXPECT_NE(text.find("Shortest round trip at 64 B: shm_ring (spin)"), std::string::npos);
  EXPECT_EQ(text.find("mmap_file: spinning has"), std::string::npos);
  EXPECT_NE(text.find("run again with --only KEY: latency/mmap_file/64B/spin/cross-cpu (~550 ns), "
                      "latency/posix_mq/64B/block/cross-cpu (~550 ns)."),
            std::string::npos);
}

// Half of the trials of a pipe take half as long again.
ResultDocument in_two_groups(unsigned trials) {
  ResultDocument document = empty_document();
  for (const char* backend : {"pipe", "fifo"}) {
    Cell& cell = document.cells.emplace_back();
    cell.spec.scenario = "latency";
    cell.spec.backend = backend;
    for (unsigned i = 0; i < trials; ++i) {
      const bool far = i % 2 == 1 && cell.spec.backend == "pipe";
      Histogram& trips = cell.trials.emplace_back().histograms["round_trip"];
      trips.record((far ? 8000U : 5000U) + i, 20'000);
    }
  }
  return document;
}

TEST(Console, TwoGroupsOfTrialsAreShownAsTwoWithoutMoreRounds) {
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(in_two_groups(20), wide);
  EXPECT_NE(line_with(text, "pipe*    block").find(" 5.01 \u00b5s (10), 8.01 \u00b5s (10) "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Two groups of trials (how many each), which more rounds do not bring "
                      "together: latency 64 B pipe: 5.01 \u00b5s (10), 8.01 \u00b5s (10)."),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("Too noisy"), std::string::npos);
  EXPECT_EQ(text.find("rounds:"), std::string::npos) << text;
  EXPECT_NE(text.find("two groups of trials, m near A and n near B"), std::string::npos);
  // Six trials do not tell; what is so wide there may still be one.
  EXPECT_NE(result_to_console(in_two_groups(6), wide).find("Too noisy"), std::string::npos);
}

// Neither in what stands out, where the best of a table is named.
TEST(Console, TwoGroupsOfTrialsStandOutAsTwo) {
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(sample_in_two_groups(), wide);
  EXPECT_NE(text.find("Shortest round trip at 64 B: shm_ring (spin), 310 ns (10), 465 ns (10);"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("shm_ring: spinning has another latency than its blocking wait at 64 B (310 "
                      "ns (10), 465 ns (10) against 7.80"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Most messages a second at 64 B: shm_ring, 41.4 M/s (10), 62.1 M/s (10)."),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("341 ns (10), 511 ns (10)"), std::string::npos) << "the tails, too";
}

TEST(Console, OfTooFewTrialsNothingStandsOut) {
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(in_two_groups(3), wide);
  EXPECT_LT(text.find("fifo*    block"), text.find("pipe*    block"));
  for (const char* row : {"fifo*    block", "pipe*    block"}) {
    EXPECT_NE(line_with(text, row).find("few trials"), std::string::npos) << text;
    EXPECT_NE(line_with(text, row).find("  +3"), std::string::npos) << text;  // rounds
    EXPECT_EQ(line_with(text, row).find("1="), std::string::npos) << text;
  }
  for (const char* part : {"1.00 ", "= ", "What stands out", "Shortest", "Too noisy"}) {
    EXPECT_EQ(text.find(part), std::string::npos) << part << text;
  }
  EXPECT_NE(text.find("Too few trials to rank any: an interval takes 6 in one state of the "
                      "machine; --trials or --until 5% adds them."),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("few trials: no interval, so neither ranked nor tied"), std::string::npos);
}

TEST(Console, OnlyWhatIsOfOneStateIsComparedToAReference) {
  ResultDocument document = sample_document();
  TableChoice choice;
  choice.reference = "latency/pipe/64B/block/cross-cpu";
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(document, wide, choice);
  EXPECT_NE(line_with(text, "posix_mq*  block").find("other state"), std::string::npos) << text;
  EXPECT_NE(line_with(text, "shm_ring   spin").find("~ 0.02"), std::string::npos) << text;
}

TEST(Console, WhereTheMachineWasUnsteadyOneTrialIsShownAsSuch) {
  ResultDocument document = sample_document();
  for (Trial& trial : document.cells[5].trials) trial.canary = {0, 0, 1000, 1000, true, {0, 1}};
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(document, wide);
  EXPECT_NE(line_with(text, "mmap_file*  spin").find("unsteady"), std::string::npos) << text;
  EXPECT_NE(text.find("one is shown; run again with --only KEY: latency/mmap_file/64B/spin"),
            std::string::npos)
      << text;
}

TEST(Console, TrialsFarOutAreNamed) {
  ConsoleStyle wide;
  wide.width = 1000;
  EXPECT_NE(result_to_console(sample_document(), wide)
                .find("kept: throughput 64 KiB pipe (1 of 6, 22.7 k/s)"),
            std::string::npos);
  ResultDocument document = empty_document();
  Cell& cell = document.cells.emplace_back();
  cell.spec.scenario = "throughput";
  for (const double rate : {1e6, 1e6, 1e6, 1e6, 1e6, 1.01e6}) {
    cell.trials.emplace_back().metrics = {{"rate", rate, Unit::messages_per_second, 10}};
  }
  EXPECT_EQ(result_to_console(document, wide).find("far out"), std::string::npos);
}

TEST(Console, TooFewSamplesAreNotAFigure) {
  ResultDocument document = sample_document();
  document.cells.resize(2);
  for (Trial& trial : document.cells[1].trials) {
    trial.histograms["round_trip"].clear();
    trial.histograms["round_trip"].record(5000, 150);
  }
  const std::string text = result_to_console(document, {});
  EXPECT_NE(line_with(text, "pipe").find("n/a"), std::string::npos);
  EXPECT_NE(text.find("latency 64 B pipe p50, latency 64 B pipe p90"), std::string::npos);
}

// The sample's boost_mq: the shortest trips of all, in the one trial that passed.
TEST(Console, WhatFailedIsMarkedWithoutColourAndNamedAsNothingButFailed) {
  ConsoleStyle style;
  style.width = 1000;
  style.unicode = false;
  const std::string text = result_to_console(sample_document(), style);
  const std::string row = line_with(text, "boost_mq!");
  EXPECT_NE(row.find(" failed"), std::string::npos) << row;
  for (const char* part : {"1.00", "=", "x", "ns", "#", "*"}) {
    EXPECT_EQ(row.find(part), std::string::npos) << part << " in " << row;
  }
  EXPECT_LT(text.find("null "), text.find("boost_mq!"));
  EXPECT_NE(text.find("!: did not pass in every trial"), std::string::npos);
  EXPECT_NE(text.find("latency 64 B boost_mq: failed in 5 of 6 trials: 3 messages were lost. "),
            std::string::npos);
  const std::size_t stands_out = text.find("What stands out");
  ASSERT_NE(stands_out, std::string::npos);
  EXPECT_EQ(text.find("boost_mq", stands_out), std::string::npos);
  EXPECT_NE(line_with(text, "shm_ring   spin").find(" 1.00 "), std::string::npos);
}

TEST(Console, OneTimeoutTakesTheWinnersPlace) {
  ResultDocument document = sample_document();
  Cell& winner = document.cells[4];
  ASSERT_EQ(winner.spec.key(), "latency/shm_ring/64B/spin/cross-cpu");
  winner.trials[2].state = State::timeout;
  winner.trials[2].reason = "stage run did not end";
  ConsoleStyle style;
  style.width = 1000;
  const std::string text = result_to_console(document, style);
  EXPECT_NE(line_with(text, "mmap_file  spin").find(" 1.00 "), std::string::npos);
  EXPECT_NE(text.find("Shortest round trip at 64 B: mmap_file (spin)"), std::string::npos);
  EXPECT_EQ(text.find("shm_ring: spinning has"), std::string::npos);
  EXPECT_NE(line_with(text, "shm_ring!  spin").find("timeout"), std::string::npos);
}

TEST(Console, AFailedThroughputHasNoMostOfAnything) {
  ResultDocument document = sample_document();
  for (Cell& cell : document.cells) {
    if (cell.spec.scenario != "throughput" || cell.spec.backend != "shm_ring") continue;
    cell.trials[0].state = State::failed;
    cell.trials[0].reason = "7 messages came twice";
  }
  ConsoleStyle style;
  style.width = 1000;
  const std::string text = result_to_console(document, style);
  EXPECT_NE(text.find("Most messages a second at 64 B: pipe"), std::string::npos);
  EXPECT_NE(text.find("Most bytes a second: pipe"), std::string::npos);
  EXPECT_EQ(text.find("41.5 M/s"), std::string::npos);
}

TEST(Console, AnEmptyRunIsNotACrash) {
  EXPECT_EQ(result_to_console({}, {}), "");
  ResultDocument document = empty_document();
  document.cells.resize(1);
  document.cells[0].spec.scenario = "latency";
  document.cells[0].spec.backend = "pipe";
  document.run.interrupted = true;
  const std::string text = result_to_console(document, {});
  EXPECT_NE(text.find("Interrupted"), std::string::npos);
  EXPECT_NE(text.find("the run ended before its first trial"), std::string::npos);
}

TEST(Console, SaysWhatTheClockLeavesToRankBy) {
  ResultDocument document = sample_document();
  document.environment.facts["clock"]["step_ns"] = "10";
  for (Trial& trial : document.cells[4].trials) {
    trial.histograms["batch_mean"].record(305, 2000);
  }
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(document, wide);
  const std::string row = line_with(text, "shm_ring   spin");
  EXPECT_NE(row.find("305 ns \u00b10.0%"), std::string::npos) << row;
  EXPECT_NE(text.find("Shortest round trip at 64 B: shm_ring (spin), 305 ns (batch mean)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Where the clock's step of 10.0 ns is much of a figure"), std::string::npos)
      << text;
  EXPECT_NE(text.find("ranked by the batch mean"), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
