#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::json;

TEST(Export, GbenchHasOneEntryATrialWithTheTrialsOwnTimes) {
  const ResultDocument document = sample_document();
  const Json json = Json::parse(exported("gbench", document));
  EXPECT_TRUE(json["context"]["caches"].is_array());
  std::vector<double> times;
  for (const Json& entry : json["benchmarks"]) {
    EXPECT_EQ(entry["run_type"], "iteration");
    EXPECT_EQ(entry["time_unit"], "ns");
    EXPECT_GT(entry["real_time"].get<double>(), 0);
    EXPECT_GT(entry["cpu_time"].get<double>(), 0);
    if (entry["name"] == "latency/posix_mq/64B/block/cross-cpu/p50") {
      times.push_back(entry["real_time"]);
    }
  }
  ASSERT_EQ(times.size(), 6U);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Histogram& trips = document.cells[2].trials[i].histograms.at("round_trip");
    EXPECT_EQ(times[i], static_cast<double>(trips.quantile(0.5)));
  }
}

}  // namespace
}  // namespace ipcmark
