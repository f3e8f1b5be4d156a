#include "results/figures/fields.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string_view>

#include "results/figures/summary.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

TEST(Fields, EveryFigureOfTheSampleIsInTheListWithItsUnit) {
  for (const Cell& cell : sample_document().cells) {
    for (const Figure& figure : summarize(cell, MachineView()).figures) {
      const Field* field = figure_field(figure.name);
      ASSERT_NE(field, nullptr) << figure.name;
      EXPECT_EQ(figure.unit, field->unit) << figure.name;
    }
  }
  std::set<std::string_view> names;
  for (const Field& field : figure_fields()) EXPECT_TRUE(names.insert(field.name).second);
  EXPECT_EQ(figure_field("mood"), nullptr);
}

TEST(Fields, WhatIsGatedAndFromWhichChangeOn) {
  EXPECT_EQ(minimum_effect("round_trip", 0.5), 0.05);
  EXPECT_EQ(minimum_effect("round_trip", 0.99), 0.10);
  EXPECT_EQ(minimum_effect("round_trip", 0.9), std::nullopt);
  EXPECT_EQ(minimum_effect("rate", -1), 0.05);
  EXPECT_EQ(minimum_effect("cpu_per_message", -1), 0.05);
  EXPECT_EQ(minimum_effect("setup_ns", -1), std::nullopt);
  EXPECT_EQ(minimum_effect("no such", -1), std::nullopt);
}

TEST(Export, FiguresAreNamedByWhatTheyAre) {
  Figure figure;
  figure.name = "round_trip";
  figure.quantile = 0.999;
  EXPECT_EQ(figure_name(figure), "p99.9");
  figure.name = "response";
  EXPECT_EQ(figure_name(figure), "response_p99.9");
  figure.quantile = -1;
  figure.name = "rate";
  EXPECT_EQ(figure_name(figure), "rate");
}

}  // namespace
}  // namespace ipcmark
