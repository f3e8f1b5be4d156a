#include "results/comparison/threshold.hpp"

#include <gtest/gtest.h>

#include <string>

#include "results/comparison/comparison.hpp"
#include "results/comparison/comparison_text.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

constexpr const char* key = "latency/pipe/64B/block/cross-cpu";

TEST(Thresholds, AreReadFromWhatPeopleWrite) {
  const auto one = thresholds_from("3%");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->front().cells + one->front().figure, "");
  EXPECT_NEAR(one->front().effect, 0.03, 1e-12);
  const auto several =
      thresholds_from("0.5 %,p99=20%,latency/*:10%,*/cpus=0,3/fault=slow:9:rate=7%");
  ASSERT_TRUE(several) << several.error();
  ASSERT_EQ(several->size(), 4U);
  EXPECT_EQ((*several)[1].figure, "p99");
  EXPECT_EQ((*several)[2].cells, "latency/*");
  EXPECT_EQ((*several)[2].figure, "");
  EXPECT_EQ((*several)[3].cells, "*/cpus=0,3/fault=slow:9");
  EXPECT_EQ((*several)[3].figure, "rate");
  EXPECT_NEAR((*several)[3].effect, 0.07, 1e-12);
  for (const char* bad : {"", "3", "0%", "-3%", "p99=", "=3%", "p99=3", ":3%", ":p99=3%", "x:=3%",
                          "3%,", "2000%", "p99"}) {
    const auto refused = thresholds_from(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_NE(refused.error().find("write one such as 3%"), std::string::npos) << bad;
  }
}

double effect(const char* text, double quantile = 0.99, double declared = 0.10) {
  const FigureEntry entry = built_in_catalogue().figure("latency", "round_trip", Unit::nanoseconds);
  return effect_of(*thresholds_from(text), key, entry, "round_trip", quantile, declared);
}

TEST(Thresholds, TheClosestOneThatFitsCounts) {
  EXPECT_NEAR(effect("3%"), 0.06, 1e-12);  // of a p99 twice that
  EXPECT_NEAR(effect("3%", 0.5, 0.05), 0.03, 1e-12);
  EXPECT_NEAR(effect("p99=20%,3%"), 0.20, 1e-12);
  EXPECT_NEAR(effect("p99=20%", 0.5, 0.05), 0.05, 1e-12);
  EXPECT_NEAR(effect("latency/pipe:p99=30%,p99=20%,latency:10%"), 0.30, 1e-12);
  EXPECT_NEAR(effect("latency/fifo:p99=30%"), 0.10, 1e-12);
  EXPECT_NEAR(effect("p99=20%,p99=25%"), 0.25, 1e-12);
}

TEST(Thresholds, ThoseThatNeverApplyAreWrong) {
  constexpr const char* other = "throughput/pipe/64B/block/cross-cpu";
  const auto wrong = [](const char* text) {
    return wrong_threshold(*thresholds_from(text), built_in_catalogue(), {key, other});
  };
  EXPECT_EQ(wrong("3%,p50=3%,p99=3%,rate=3%,CPU/msg=3%,cpu_per_message=3%,latency/*:3%"), "");
  EXPECT_EQ(wrong("*/pipe/*:p99=20%,throughput/*:rate=3%,throughput/*:CPU/msg=3%"), "");
  EXPECT_NE(wrong("throughput/*:p99=20%")
                .find("'p99' is not judged in the cells that 'throughput/*' "
                      "matches"),
            std::string::npos);
  EXPECT_NE(wrong("throughput/*:p99=20%").find("rate"), std::string::npos);
  const auto of_streams = [](const char* text) {
    return wrong_threshold(*thresholds_from(text), built_in_catalogue(), {other});
  };
  EXPECT_EQ(of_streams("rate=3%,3%"), "");
  EXPECT_NE(of_streams("p99=20%").find("'p99' is not judged in any of the cells to compare"),
            std::string::npos);
  EXPECT_NE(of_streams("p99=20%").find("rate"), std::string::npos);
  EXPECT_NE(wrong("p98=3%").find("'p98' is no figure that is judged"), std::string::npos);
  EXPECT_NE(wrong("p98=3%").find("p99"), std::string::npos);
  EXPECT_NE(wrong("fan_in:3%").find("matches no cell"), std::string::npos);
}

TEST(Thresholds, AreToldOnceEach) {
  const auto reported = [](const char* text) {
    Comparison comparison;
    comparison.thresholds = *thresholds_from(text);
    return method_sentences(comparison).front();
  };
  EXPECT_NE(reported("5%").find("from 5 % on (p99: 10 %). "), std::string::npos);
  EXPECT_NE(reported("p99=30%,p99=20%").find("from 5 % on (p99=20%). "), std::string::npos);
  EXPECT_NE(
      reported("3%,latency/*:p99=20%,rate=7%").find("3 % on (p99: 6 %, latency/*:p99=20%, rate=7%"),
      std::string::npos);
}

TEST(Thresholds, ThatFitNoFigureThatIsJudgedAreTold) {
  Comparison comparison;
  comparison.thresholds = *thresholds_from("3%,p99=20%");
  const FigureEntry trip = built_in_catalogue().figure("latency", "round_trip", Unit::nanoseconds);
  ComparedFigure figure;
  figure.key = key;
  figure.name = "round_trip";
  figure.entry = trip;
  figure.quantile = 0.5;
  EXPECT_EQ(unused_threshold(comparison), "") << "nothing is judged, which is told by itself";
  figure.gated = true;
  comparison.figures = {figure};
  EXPECT_NE(unused_threshold(comparison)
                .find("'p99=20%' fits no figure that is judged here, of "
                      "which there are: p50; "),
            std::string::npos);
  comparison.missing_in_candidate = {"one"};
  EXPECT_EQ(unused_threshold(comparison), "");
  comparison.missing_in_candidate.clear();
  figure.quantile = 0.99;
  comparison.figures.push_back(figure);
  EXPECT_EQ(unused_threshold(comparison), "");
  comparison.thresholds = *thresholds_from("latency/fifo:p99=20%");
  EXPECT_NE(unused_threshold(comparison), "");
  // Judged in the place of the median, whose limit it has.
  comparison.figures.back().in_place_of = "round_trip";
  comparison.figures.erase(comparison.figures.begin());
  comparison.thresholds = *thresholds_from("p50=3%");
  EXPECT_EQ(unused_threshold(comparison), "");
}

TEST(Thresholds, MoveTheLimitsOfAComparison) {
  const Cell base = sample_latency("pipe", 10'000, 0.02, 0, 30);
  const Cell candidate = sample_latency("pipe", 11'500, 0.02, 0, 30);
  ComparisonOptions options;
  options.rounds = true;
  options.thresholds = *thresholds_from("p99=20%,*/pipe/*:CPU/msg=30%");
  const Comparison comparison =
      compare_cells({{key, &base, &candidate, {}}}, built_in_catalogue(), options);
  for (const ComparedFigure& figure : comparison.figures) {
    if (!figure.gated) continue;
    const bool median = figure.quantile == 0.5;
    EXPECT_EQ(figure.is(Verdict::regression), median) << label_of(figure);
    EXPECT_EQ(figure.is(Verdict::no_regression), !median) << label_of(figure);
  }
}

}  // namespace
}  // namespace ipcmark
