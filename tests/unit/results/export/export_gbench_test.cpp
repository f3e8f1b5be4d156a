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

TEST(Export, GbenchHasTheCpusOnlyWhereTheyAreANumber) {
  const auto cpus = [](const char* online) {
    ResultDocument document = sample_document();
    document.environment.facts["cpu"]["online"] = online;
    const Json context = Json::parse(exported("gbench", document))["context"];
    return context.value("num_cpus", Json());
  };
  EXPECT_EQ(cpus("64"), 64);
  for (const char* online : {"", "n/a", "-4", "4 ", "12345678901234567890123", "99999999999"}) {
    EXPECT_TRUE(cpus(online).is_null()) << online;
  }
}

TEST(Export, GbenchIsJsonWhateverACellIsCalled) {
  ResultDocument document = sample_document();
  document.cells[1].spec.backend = "\xff\"\n\x1b";
  document.run.suite = "\xed\xa0\x80";
  EXPECT_TRUE(Json::accept(exported("gbench", document)));
  EXPECT_TRUE(Json::accept(exported("bencher", document)));
  EXPECT_TRUE(Json::accept(exported("github-action-benchmark", document)));
}

std::string label_of(const Json& json, const std::string& name) {
  for (const Json& entry : json["benchmarks"]) {
    if (entry["name"] == name) return entry.value("label", "");
  }
  return "no such entry";
}

TEST(Export, GbenchSaysAllThatMustBeKnownInOneLabel) {
  ResultDocument document = sample_in_two_groups();
  Cell& pipe = document.cells[5];
  for (Trial& trial : pipe.trials) trial.canary = {549, 552, 1000, 1001, false, {0, 1}};
  pipe.trials[2].counts["saturated"] = 1;
  const Json json = Json::parse(exported("gbench", document));
  EXPECT_EQ(label_of(json, "throughput/pipe/64B/block/cross-cpu/per_message"),
            "another machine state; saturated in 1 of 6 trials");
  EXPECT_EQ(label_of(json, "latency/shm_ring/64B/spin/cross-cpu/p50"),
            "p50 in two groups of trials: 310 ns (10), 465 ns (10)");
  EXPECT_EQ(label_of(json, "latency/shm_ring/64B/block/cross-cpu/p50"), "");
}

}  // namespace
}  // namespace ipcmark
