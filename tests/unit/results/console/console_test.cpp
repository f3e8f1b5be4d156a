#include "results/console/console.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "results/console/table.hpp"
#include "results/text/units.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

TEST(Scaled, HasThreeSignificantDigits) {
  EXPECT_EQ(scaled(312, "ns"), "312 ns");
  EXPECT_EQ(scaled(14'600, "ns"), "14.6 \u00b5s");
  EXPECT_EQ(scaled(14'600, "ns", false), "14.6 us");
  EXPECT_EQ(scaled(1.5, "s"), "1.50 s");
  EXPECT_EQ(scaled(2.314e6, "msg/s"), "2.31 M/s");
  EXPECT_EQ(scaled(312, "msg/s"), "312 /s");
  EXPECT_EQ(scaled(3e9, "B/s"), "3.00 GB/s");
  EXPECT_EQ(scaled(4'194'304, "B"), "4.19 MB");
  EXPECT_EQ(scaled(3.4, "ratio"), "3.40x");
  EXPECT_EQ(scaled(0.0123, "count"), "0.012");
  EXPECT_EQ(scaled(0, "ns"), "0 ns");
}

TEST(Scaled, StepsUpWhenRoundingReachesTheNextUnit) {
  EXPECT_EQ(scaled(999.4, "ns"), "999 ns");
  EXPECT_EQ(scaled(999.6, "ns"), "1.00 \u00b5s");
  EXPECT_EQ(scaled(9.996, "ns"), "10.0 ns");
  EXPECT_EQ(scaled(99.96, "ns"), "100 ns");
  EXPECT_EQ(scaled(5e12, "ns"), "5000 s");  // no larger unit: digits stay
}

TEST(Scaled, WhatIsNoNumberIsNotAvailable) {
  EXPECT_EQ(scaled(std::nan(""), "ns"), "n/a");
  EXPECT_EQ(scaled(INFINITY, "B/s"), "n/a");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(part) != std::string::npos) return line;
  }
  return {};
}

TEST(Table, AlignsAndDropsTheLeastImportantColumns) {
  Table table({{"name", false}, {"value"}, {"extra", true, 10}, {"more", true, 20}});
  table.add(
      {{"a", 0, Ink::plain}, {"1", 0, Ink::plain}, {"x", 0, Ink::plain}, {"y", 0, Ink::plain}});
  table.add({{"long name", 0, Ink::plain},
             {"1000 \u00b5s", 0, Ink::plain},
             {"", 0, Ink::plain},
             {"yy", 0, Ink::plain}});
  ConsoleStyle style;
  EXPECT_EQ(table.render(style),
            "  name         value  extra  more\n"
            "  a                1      x     y\n"
            "  long name  1000 \u00b5s           yy\n");
  style.width = 30;
  EXPECT_EQ(lines_of(table.render(style))[0], "  name         value  more");
  style.width = 3;  // columns that must stay do
  EXPECT_EQ(lines_of(table.render(style))[0], "  name         value");
}

TEST(Table, BarsTakeTheRoomThatIsLeft) {
  Table table({{"name", false}, {"", false, 50, true}});
  table.add({{"a", 0, Ink::plain}, {"", 1.0, Ink::plain}});
  table.add({{"b", 0, Ink::plain}, {"", 0.5, Ink::plain}});
  table.add({{"c", 0, Ink::plain}, {"", 1e-9, Ink::plain}});  // never nothing
  ConsoleStyle style;
  style.unicode = false;
  style.width = 18;
  EXPECT_EQ(table.render(style), "  name\n  a     ##########\n  b     #####\n  c     #\n");
  style.width = 10;
  EXPECT_EQ(table.render(style), "  name\n  a\n  b\n  c\n");
}

TEST(Table, WrapsWithAHangingIndent) {
  EXPECT_EQ(wrapped("one two three four", "  - ", 14), "  - one two\n    three four\n");
  EXPECT_EQ(wrapped("unbreakable", "  - ", 5), "  - unbreakable\n");
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
  ResultDocument document;
  Cell& cell = document.cells.emplace_back();
  cell.spec.scenario = "throughput";
  for (const double rate : {1e6, 1e6, 1e6, 1e6, 1e6, 1.01e6}) {
    cell.trials.emplace_back().metrics = {{"rate", rate, "msg/s", 10}};
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

TEST(Console, AnEmptyRunIsNotACrash) {
  EXPECT_EQ(result_to_console({}, {}), "");
  ResultDocument document;
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
