#include <gtest/gtest.h>

#include <string>

#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/lines.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

TEST(Export, MarkdownCannotBeBrokenByWhatIsInIt) {
  ResultDocument document = sample_document();
  document.cells[10].trials[0].reason = "a | b <c>";
  for (Trial& trial : document.cells[10].trials) trial.reason = "a | b <c>";
  const std::string text = exported("markdown", document);
  EXPECT_EQ(text.find("a | b"), std::string::npos);
  EXPECT_NE(text.find("a \\| b \\<c\\>"), std::string::npos);
  std::size_t columns = 0;
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with("|")) {
      columns = 0;
      continue;
    }
    const std::size_t here = occurrences(line, "|") - occurrences(line, "\\|");
    if (columns != 0) {
      EXPECT_EQ(here, columns) << line;
    }
    columns = here;
  }
}

TEST(Export, MarkdownDoesNotTakeTheControlWithoutALockForACorrectOne) {
  const std::string text = exported("markdown", sample_document());
  EXPECT_NE(text.find("| lock none | block | 12 of 15, caught |"), std::string::npos);
  EXPECT_NE(text.find("FAILED 14 of 15 |"), std::string::npos);
}

TEST(Export, MarkdownSaysWhyARowIsNotRanked) {
  const std::string text = exported("markdown", sample_document());
  EXPECT_NE(text.find("failed in 5 of 6 trials: 3 messages were lost |"), std::string::npos);
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with("| boost_mq")) continue;
    for (const char* part : {" ns", "best", "tie", "x |"}) {
      EXPECT_EQ(line.find(part), std::string::npos) << part << " in " << line;
    }
  }
  EXPECT_EQ(text.find("Shortest round trip at 64 B: boost_mq"), std::string::npos);
  EXPECT_NE(text.find("Shortest round trip at 64 B: shm_ring (spin)"), std::string::npos);
}

// In each column: what lies between them is a value that no trial had.
TEST(Export, MarkdownHasBothOfTwoGroups) {
  const std::string text = exported("markdown", sample_in_two_groups());
  EXPECT_NE(text.find("| 310 ns (10), 465 ns (10)"), std::string::npos);
  EXPECT_NE(text.find("| 341 ns (10), 511 ns (10) |"), std::string::npos) << text;  // p90
}

}  // namespace
}  // namespace ipcmark
