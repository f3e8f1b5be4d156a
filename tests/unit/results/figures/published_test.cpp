#include "results/figures/published.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "results/figures/summary.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

TEST(Published, EveryFigureOfTheSampleIsDeclaredWithItsUnit) {
  const ResultDocument document = sample_document();
  for (const Cell& cell : document.cells) {
    for (const Figure& figure : summarize(cell, MachineView(), document.catalogue).figures) {
      EXPECT_STRNE(figure.entry.name, "") << figure.name;
      EXPECT_EQ(figure.unit, figure.entry.unit) << figure.name;
    }
  }
}

FigureEntry declared(const char* scenario, const char* name) {
  return built_in_catalogue().figure(scenario, name, Unit::count);
}

TEST(Published, WhatIsGatedAndFromWhichChangeOn) {
  EXPECT_EQ(minimum_effect(declared("latency", "round_trip"), 0.5), 0.05);
  EXPECT_EQ(minimum_effect(declared("latency", "round_trip"), 0.99), 0.10);
  EXPECT_EQ(minimum_effect(declared("latency", "round_trip"), 0.9), std::nullopt);
  EXPECT_EQ(minimum_effect(declared("throughput", "rate"), -1), 0.05);
  EXPECT_EQ(minimum_effect(declared("latency", "cpu_per_message"), -1), 0.05);
  EXPECT_EQ(minimum_effect(declared("latency", "open_ns"), -1), std::nullopt);
  EXPECT_EQ(minimum_effect(declared("latency", "no such"), -1), std::nullopt);
}

Figure figure_of(const char* scenario, const char* name, double quantile) {
  Figure figure;
  figure.name = name;
  figure.quantile = quantile;
  figure.entry = declared(scenario, name);
  return figure;
}

TEST(Published, FiguresAreNamedByWhatTheyAre) {
  EXPECT_EQ(figure_name(figure_of("latency", "round_trip", 0.999)), "p99.9");
  EXPECT_EQ(figure_name(figure_of("latency", "batch_mean", 0.5)), "batch_mean");
  EXPECT_EQ(figure_name(figure_of("load", "response", 0.999)), "response_p99.9");
  EXPECT_EQ(figure_name(figure_of("throughput", "rate", -1)), "rate");
  EXPECT_EQ(figure_name(figure_of("nobody's", "trip", 0.5)), "trip_p50");
  EXPECT_EQ(header_of(figure_of("throughput", "rate", -1)), "messages");
  EXPECT_EQ(header_of(figure_of("counter", "rate", -1)), "operations");
  EXPECT_EQ(header_of(figure_of("latency", "cpu_per_message", -1)), "CPU/msg");
  EXPECT_EQ(header_of(figure_of("nobody's", "warm_up_ns", -1)), "warm up");
}

// Another build's figure: shown by its unit, gated by nobody.
TEST(Published, WhatIsNotDeclaredSaysWhatItsUnitSays) {
  Cell cell;
  cell.spec.scenario = "another";
  cell.trials.emplace_back().metrics = {{"jumps", 7, Unit::operations_per_second, 1},
                                        {"pause", 7, Unit::nanoseconds, 1}};
  const Summary summary = summarize(cell, MachineView(), built_in_catalogue());
  const Figure* jumps = summary.figure("jumps");
  ASSERT_NE(jumps, nullptr);
  EXPECT_EQ(jumps->unit, Unit::operations_per_second);
  EXPECT_EQ(jumps->entry.better, Better::higher);
  EXPECT_FALSE(jumps->entry.gated);
  EXPECT_EQ(summary.figure("pause")->entry.better, Better::lower);
  EXPECT_EQ(main_figure(summary, nullptr), jumps);
  EXPECT_EQ(sentence_of(*jumps), "jumps.");
}

}  // namespace
}  // namespace ipcmark
