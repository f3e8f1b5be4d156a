#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
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

// The text format of OpenMetrics 1.0: "# EOF" ends it, and every other line is one of these.
void expect_exposition(const std::string& text) {
  static const std::regex line(
      "# TYPE [a-z][a-z0-9_A-Z]* gauge|# UNIT [a-zA-Z0-9_]+ [a-z_]+|# HELP [a-zA-Z0-9_]+ .*|"
      R"re([a-z][a-zA-Z0-9_]*\{([a-z_]+="([^"\\]|\\["\\n])*",?)*\} [-+0-9.e]+( [0-9]+)?)re");
  const auto lines = lines_of(text);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back(), "# EOF");
  std::set<std::string> samples;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    EXPECT_TRUE(std::regex_match(lines[i], line)) << lines[i];
    if (lines[i].starts_with("#")) continue;
    EXPECT_TRUE(samples.insert(lines[i].substr(0, lines[i].find("} "))).second) << lines[i];
  }
}

TEST(Export, OpenMetricsHasValidNamesWhateverAFigureIsCalled) {
  ResultDocument document = sample_document();
  expect_exposition(exported("openmetrics", document));
  for (Trial& trial : document.cells[1].trials) {
    for (const char* name :
         {"p99.9", "p99_9", "x\n# EOF\ny 1", "a{b=\"c\"} 2", "", "\u00b5s", "9to5"}) {
      trial.metrics.push_back({name, 5, Unit::count, 1});
    }
    trial.histograms["round trip\n"].record(1000, 2000);
  }
  const std::string text = exported("openmetrics", document);
  expect_exposition(text);
  EXPECT_NE(text.find("\nipcmark_p99_9{key=\"latency/pipe"), std::string::npos);
  EXPECT_NE(text.find("figure=\"p99.9\"} 5"), std::string::npos);
}

TEST(Export, OpenMetricsHasEachSampleOnce) {
  ResultDocument document = sample_document();
  document.cells.push_back(document.cells[1]);
  expect_exposition(exported("openmetrics", document));
}

TEST(Export, OpenMetricsKnowsOperations) {
  ResultDocument document = sample_document();
  for (Trial& trial : document.cells[1].trials)
    trial.metrics.push_back({"rate", 5, Unit::operations_per_second, 1});
  EXPECT_NE(exported("openmetrics", document).find("ipcmark_rate_operations_per_second{"),
            std::string::npos);
}

TEST(Export, OpenMetricsWithoutATimeOfTheRunHasNoStamp) {
  for (const char* finished : {"", "yesterday", "2026-13-02T03:06:00Z"}) {
    ResultDocument document = sample_document();
    document.run.finished = finished;
    EXPECT_NE(exported("openmetrics", document).find("state=\"passed\"} 1\n"), std::string::npos);
  }
}

TEST(Export, OpenMetricsHasBothOfTwoGroups) {
  const std::string text = exported("openmetrics", sample_in_two_groups());
  expect_exposition(text);
  const auto found = [&text](const std::string& family, const std::string& rest) {
    for (const std::string& line : lines_of(text)) {
      if (line.starts_with(family + "{key=\"latency/shm_ring/64B/spin/cross-cpu\"") &&
          line.find(rest) != std::string::npos) {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(found("ipcmark_round_trip_seconds", "q=\"0.5\",groups=\"2\"} "));
  EXPECT_TRUE(found("ipcmark_round_trip_group_seconds", "q=\"0.5\",group=\"low\"} 3.1e-07"));
  EXPECT_TRUE(found("ipcmark_round_trip_group_seconds", "q=\"0.5\",group=\"high\"} 4.65e-07"));
  EXPECT_TRUE(found("ipcmark_round_trip_group_trials", "q=\"0.5\",group=\"high\"} 10"));
  EXPECT_EQ(exported("openmetrics", sample_document()).find("group"), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
