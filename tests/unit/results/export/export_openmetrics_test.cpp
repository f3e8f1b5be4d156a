#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/lines.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

TEST(Export, OpenMetricsKeepsFamiliesTogetherAndEscapesLabels) {
  ResultDocument document = sample_document();
  document.environment.facts["cpu"]["model"] = "A \"B\" \\ C\nD";
  const std::string text = exported("openmetrics", document);
  EXPECT_NE(text.find("cpu=\"A \\\"B\\\" \\\\ C\\nD\""), std::string::npos);
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  const auto lines = lines_of(text);
  std::vector<std::string> families;
  for (const std::string& line : lines) {
    if (line.starts_with("#")) continue;
    const std::string family = line.substr(0, line.find('{'));
    EXPECT_TRUE(line.ends_with(" 1767323160")) << line;
    if (!families.empty() && families.back() == family) continue;
    EXPECT_EQ(std::count(families.begin(), families.end(), family), 0) << family;
    families.push_back(family);
  }
  EXPECT_GT(families.size(), 10U);
  // 311.5 ns, in the base unit.
  EXPECT_NE(text.find("ipcmark_round_trip_seconds{key=\"latency/shm_ring/64B/spin/cross-cpu\""),
            std::string::npos);
  EXPECT_NE(text.find("q=\"0.5\"} 3.115e-07"), std::string::npos);
}

TEST(Export, OpenMetricsWithoutATimeOfTheRunHasNoStamp) {
  for (const char* finished : {"", "yesterday", "2026-13-02T03:06:00Z"}) {
    ResultDocument document = sample_document();
    document.run.finished = finished;
    EXPECT_NE(exported("openmetrics", document).find("state=\"passed\"} 1\n"), std::string::npos);
  }
}

}  // namespace
}  // namespace ipcmark
