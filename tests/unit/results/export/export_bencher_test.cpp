#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::json;

TEST(Export, BencherHasItsBuiltInMeasures) {
  const Json json = Json::parse(exported("bencher", sample_document()));
  const Json& latency = json.at("latency/shm_ring/64B/block/cross-cpu").at("latency");
  EXPECT_LE(latency.at("lower_value"), latency.at("value"));
  EXPECT_LE(latency.at("value"), latency.at("upper_value"));
  EXPECT_TRUE(json.at(pipe_key).contains("latency-p90"));
  EXPECT_TRUE(json.at("throughput/pipe/64B/block/cross-cpu").contains("throughput"));
  for (const Json& benchmark : json) {
    for (const auto& measure : benchmark.items()) {
      EXPECT_EQ(measure.key().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
                std::string::npos)
          << measure.key();
      EXPECT_LE(measure.key().size(), 64U);
    }
  }
}

TEST(Export, BencherHasValidMeasuresWhateverAFigureIsCalled) {
  ResultDocument document = sample_document();
  for (Trial& trial : document.cells[1].trials) {
    for (const char* name : {"P99.9 of it", "\u00b5s", "a\nb\x1b"}) {
      trial.metrics.push_back({name, 5, Unit::count, 1});
    }
  }
  const Json json = Json::parse(exported("bencher", document));
  EXPECT_TRUE(json.at(pipe_key).contains("p99-9-of-it"));
  for (const auto& measure : json.at(pipe_key).items()) {
    EXPECT_EQ(measure.key().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string::npos)
        << measure.key();
  }
}

TEST(Export, BencherHasBoundsOnlyOfIntervals) {
  ResultDocument document = sample_document();
  document.cells[3].trials.resize(5);
  const Json json = Json::parse(exported("bencher", document));
  const Json& few = json.at("latency/shm_ring/64B/block/cross-cpu").at("latency");
  EXPECT_TRUE(few.contains("value"));
  EXPECT_FALSE(few.contains("lower_value"));
  EXPECT_FALSE(few.contains("upper_value"));
}

// The median over both may be a value that no trial had.
TEST(Export, BencherHasBothOfTwoGroupsBesideTheMedian) {
  const Json json = Json::parse(exported("bencher", sample_in_two_groups()));
  const Json& latency = json.at("latency/shm_ring/64B/spin/cross-cpu");
  EXPECT_EQ(latency.at("latency-low-group").at("value"), 310);
  EXPECT_EQ(latency.at("latency-high-group").at("value"), 465);
  EXPECT_TRUE(latency.at("latency").contains("value")) << "a series that ends is no better";
  const Json& rate = json.at("throughput/shm_ring/64B/block/cross-cpu");
  EXPECT_NEAR(rate.at("throughput-high-group").at("value").get<double>(), 62.06e6, 1e4);
  EXPECT_FALSE(json.at(pipe_key).contains("latency-low-group"));
}

}  // namespace
}  // namespace ipcmark
