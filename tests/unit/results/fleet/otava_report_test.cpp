#include "results/fleet/otava_report.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ipcmark {
namespace {

// As Otava 0.8 prints it, beside its log; older ones have numbers for text.
constexpr const char* report =
    "INFO: Computing change points for test db1...\n"
    R"({"db1": [{"time": 1769310000.0, "attributes": {"run": "db1-24"}, "changes": [)"
    R"({"metric": "latency/pipe/64B/block/cross-cpu/p50", "index": 25, )"
    R"("forward_change_percent": "12", "backward_change_percent": "-11", "magnitude": "0.120000", )"
    R"("mean_before": "14600.0", "mean_after": "16352.0", "pvalue": "0.000010"}, )"
    R"({"metric": "throughput/pipe/64B/block/cross-cpu/rate", "forward_change_percent": -8.5, )"
    R"("pvalue": 0.0002}]}]})"
    "\n"
    R"({"db2": []})"
    "\n";

TEST(OtavaReport, ChangePointsOfAllTests) {
  const auto changes = otava_changes(report);
  ASSERT_TRUE(changes) << changes.error();
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ(changes->at(0).metric, "latency/pipe/64B/block/cross-cpu/p50");
  EXPECT_EQ(changes->at(0).time, 1769310000);
  EXPECT_EQ(changes->at(0).change_percent, 12);
  EXPECT_EQ(changes->at(0).p, 0.00001);
  EXPECT_EQ(changes->at(1).change_percent, -8.5);
  EXPECT_EQ(changes->at(1).p, 0.0002);
}

TEST(OtavaReport, AnythingElseIsRefusedInASentence) {
  for (const char* text : {"", "[]", "{\"a\": 1}", "{\"a\": [{\"time\": \"x\", \"changes\": []}]}",
                           "{\"a\": [{\"time\": 1, \"changes\": [{\"metric\": 4}]}]}", "{broken",
                           "time  metric1\n2026-01-01 100\n"}) {
    const auto changes = otava_changes(text);
    ASSERT_FALSE(changes) << text;
    EXPECT_NE(changes.error().find("--output json"), std::string::npos) << changes.error();
    EXPECT_EQ(changes.error().find('\n'), std::string::npos);
  }
}

TEST(OtavaReport, ChangesThatNoFigureCanHaveAreRefused) {
  for (const char* percent : {"-150", "1e300", "-1e300"}) {
    const auto changes = otava_changes(
        std::string(
            R"({"a": [{"time": 1, "changes": [{"metric": "p50", "forward_change_percent": )") +
        percent + "}]}]}");
    ASSERT_FALSE(changes) << percent;
    EXPECT_NE(changes.error().find("'p50' change by"), std::string::npos) << changes.error();
  }
}

TEST(OtavaReport, TimesOfRuns) {
  EXPECT_EQ(seconds_of("2026-01-25T03:00:00Z"), 1769310000);
  EXPECT_EQ(seconds_of("1970-01-01T00:00:01Z"), 1);
  EXPECT_EQ(seconds_of("yesterday"), 0);
}

}  // namespace
}  // namespace ipcmark
