#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "results/export/export.hpp"
#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/lines.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

TEST(Export, OtavaHasARowForEachResultInTheOrderOfTime) {
  std::vector<ResultDocument> documents(2, sample_document());
  documents[0].run.finished = "2026-01-03T00:00:00Z";
  documents[0].run.id = "later";
  documents[0].cells.erase(documents[0].cells.begin());  // it lacks the columns of `null`
  const auto text = export_format("otava")->write({documents, ""});
  ASSERT_TRUE(text) << text.error();
  const auto lines = lines_of(*text);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[0].starts_with("time,run,"));
  EXPECT_TRUE(lines[1].starts_with("2026-01-02T03:06:00Z,a1b2c3,"));
  EXPECT_TRUE(lines[2].starts_with("2026-01-03T00:00:00Z,later,"));
  for (const std::string& line : lines) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ','),
              std::count(lines[0].begin(), lines[0].end(), ','));
  }
  EXPECT_EQ(lines[1].find(",,"), lines[1].find("0.1.0,,") + 5) << "only the revision is unknown";
  EXPECT_NE(lines[2].find(",,", lines[2].find("quick")), std::string::npos)
      << "a missing figure is an empty field";
}

TEST(Export, OtavaHasNoFormulas) {
  ResultDocument document = sample_document();
  document.run.id = "=1+1";
  document.run.version = "@x";
  document.run.suite = "-1";
  document.run.finished = "+2026";
  document.environment.facts["build"]["revision"] = "\t=1";
  for (Cell& cell : document.cells) cell.spec.scenario.insert(0, "=");
  const auto lines = lines_of(exported("otava", document));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[1].starts_with("'+2026,'=1+1,'@x,\\t=1,'-1,")) << lines[1];
  EXPECT_EQ(lines[0].find(",="), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find(",'=latency"), std::string::npos) << lines[0];
}

TEST(Export, OtavaNamesTheColumnsOfTwoGroups) {
  const auto lines = lines_of(exported("otava", sample_in_two_groups()));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find(",suite,cells_in_other_state,in_two_groups,"), std::string::npos);
  const std::size_t named = lines[1].find("latency/shm_ring/64B/spin/cross-cpu/p50;");
  ASSERT_NE(named, std::string::npos) << lines[1];
  EXPECT_LT(named, lines[1].find("throughput/shm_ring/64B/block/cross-cpu/rate"));
  EXPECT_EQ(lines[1].find("pipe"), std::string::npos) << lines[1];
}

}  // namespace
}  // namespace ipcmark
