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
  EXPECT_EQ(result_to_console(document, wide).find("Throttled"), std::string::npos);
}

TEST(Console, ACellOfAnotherMachineStateIsShownButNotRanked) {
  ResultDocument document = sample_document();
  // What would be the best of its table, by far, and was measured in another state.
  for (Trial& trial : document.cells[5].trials) {
    trial.canary = {550, 552, 1000, 1000, false};
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

}  // namespace
}  // namespace ipcmark
