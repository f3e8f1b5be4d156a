// The report names no winner that did not pass in every trial.
#include <gtest/gtest.h>

#include "results/json/json_text.hpp"
#include "results/report/report_parts.hpp"
#include "tests/unit/results/lines.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

// The sample: its boost_mq would be the fastest of the latency cells.
class ReportRanking : public testing::Test {
 protected:
  std::vector<ReportedResult> results{{"r.json", sample_document()}};
  ReportParts parts() const { return report_parts(results); }
};

TEST_F(ReportRanking, WhatFailedIsOnNoPodium) {
  const std::string text = answers_section(parts());
  const std::size_t failed = text.find("Did not pass");
  ASSERT_NE(failed, std::string::npos);
  EXPECT_EQ(text.substr(0, failed).find("boost_mq"), std::string::npos);
  EXPECT_NE(text.find("boost_mq: failed in 5 of 6 trials: 3 messages were lost", failed),
            std::string::npos);
  EXPECT_NE(text.find("<b>shm_ring (spin)</b>"), std::string::npos);
}

TEST_F(ReportRanking, ASleeperThatFailedIsNotTheBestOfThose) {
  for (Cell& cell : results[0].document.cells) {
    const RunSpec& spec = cell.spec;
    if (spec.backend == "pipe") {  // the next, once it has enough trials in one state
      for (Trial& trial : cell.trials) trial.canary = cell.trials.front().canary;
    }
    if (spec.scenario != "latency" || spec.backend != "shm_ring" || spec.wait != Wait::block) {
      continue;
    }
    cell.trials[1].state = State::timeout;
    cell.trials[1].reason = "hung";
  }
  const std::string text = answers_section(parts());
  EXPECT_NE(text.find("<b>pipe</b>"), std::string::npos);
  EXPECT_EQ(text.find("<b>shm_ring</b> <span class=value>7.8"), std::string::npos);
}

TEST_F(ReportRanking, TheTableGivesTheReasonInPlaceOfFigures) {
  for (const std::string& line : lines_of(figures_section(parts()))) {
    if (line.find("<th>boost_mq") == std::string::npos) continue;
    EXPECT_NE(line.find("class=\"bad\""), std::string::npos) << line;
    EXPECT_NE(line.find("<td>failed in 5 of 6 trials: 3 messages were lost<td>0"),
              std::string::npos)
        << line;
    EXPECT_EQ(line.find(" ns"), std::string::npos) << line;
  }
}

TEST_F(ReportRanking, ChartsDrawNothingOfIt) {
  const Json data = Json::parse(report_data(parts(), {}));
  unsigned found = 0;
  for (const Json& cell : data["cells"]) {
    if (cell["m"] != "boost_mq") continue;
    ++found;
    EXPECT_EQ(cell["state"], "failed");
    for (const char* drawn : {"v", "q", "d", "ratio", "best", "tie", "p99", "cpu", "saturated"}) {
      EXPECT_FALSE(cell.contains(drawn)) << drawn;
    }
  }
  EXPECT_EQ(found, 1U);
}

TEST_F(ReportRanking, SideBySideItIsCalledFailed) {
  results.push_back({"new.json", sample_document()});
  for (Trial& trial : results[1].document.cells.back().trials) trial.state = State::passed;
  for (const std::string& line : lines_of(side_by_side_section(parts()))) {
    if (line.find("boost_mq") == std::string::npos) continue;
    EXPECT_NE(line.find("<td>failed<td>96"), std::string::npos) << line;
  }
}

TEST_F(ReportRanking, OfTooFewTrialsNoneIsTheBest) {
  for (Cell& cell : results[0].document.cells) {
    if (cell.trials.size() > 5) cell.trials.resize(5);
  }
  const std::string answers = answers_section(parts());
  EXPECT_NE(answers.find("none ranked: few trials"), std::string::npos) << answers;
  EXPECT_EQ(answers.find("<b>"), std::string::npos) << answers;
  const std::string tables = figures_section(parts());
  EXPECT_EQ(tables.find("class=\"best\""), std::string::npos);
  EXPECT_NE(tables.find("<td>few trials<td>5"), std::string::npos) << tables;
  const Json data = Json::parse(report_data(parts(), {}));
  for (const Json& cell : data["cells"]) {
    EXPECT_FALSE(cell.contains("ratio") || cell.contains("tie") || cell.contains("best"));
  }
}

TEST_F(ReportRanking, EachPairOfCpusHasItsStates) {
  Cell far = results[0].document.cells[1];
  far.spec.placement = Placement::cross_socket;
  for (Trial& trial : far.trials) {
    trial.position += 1000;
    trial.canary = {600, 602, 1000, 1000, false, {0, 2}};
  }
  results[0].document.cells.push_back(far);
  const Json data = Json::parse(report_data(parts(), {}));
  EXPECT_EQ(data["results"][0]["states"],
            Json({"CPU 0 to CPU 1 151 ns (ranked)", "CPU 0 to CPU 1 549 ns",
                  "CPU 0 to CPU 2 601 ns (ranked)"}));
  EXPECT_NE(environment_section(parts()).find("CPU 0 to CPU 2: 601 ns"), std::string::npos);
}

TEST_F(ReportRanking, TwoGroupsOfTrialsAreShownAsTwo) {
  results[0].document = sample_in_two_groups();
  const std::string answers = answers_section(parts());
  EXPECT_NE(answers.find("<b>shm_ring (spin)</b> <span class=value>310 ns (10), 465 ns (10)<"),
            std::string::npos)
      << answers;
  EXPECT_NE(answers.find("41.4 M/s (10), 62.1 M/s (10), "), std::string::npos) << answers;
  EXPECT_NE(figures_section(parts()).find("<td>341 ns (10), 511 ns (10)"), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
