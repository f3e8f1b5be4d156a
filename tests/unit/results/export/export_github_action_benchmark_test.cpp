#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::json;

TEST(Export, ARateIsATimePerMessageWhereSmallerIsBetter) {
  const ResultDocument document = sample_document();
  const std::string name = "throughput/pipe/64B/block/cross-cpu/per_message";
  bool found = false;
  for (const Json& entry : Json::parse(exported("github-action-benchmark", document))) {
    EXPECT_TRUE(entry["name"].is_string() && entry["unit"].is_string());
    EXPECT_TRUE(entry["value"].is_number() && entry["range"].is_string());
    if (entry["name"] != name) continue;
    found = true;
    EXPECT_EQ(entry["unit"], "ns");
    EXPECT_NEAR(entry["value"].get<double>(), 1e9 / 2.31e6, 10);
    const std::string range = entry["range"];
    EXPECT_LT(std::stod(range), entry["value"].get<double>());
    EXPECT_GT(std::stod(range.substr(range.find("to ") + 3)), entry["value"].get<double>());
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace ipcmark
