// What ipcmark writes, compared with files in tests/unit/results/golden. After a wanted change run
// the tests once with IPCMARK_RENEW_GOLDEN=1 and read the difference before committing it. The same
// renews tests/command/golden (test_help.py) and scenarios/pages (test_runs.py).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "results/comparison/comparison_text.hpp"
#include "results/console/console.hpp"
#include "results/export/csv.hpp"
#include "results/export/export.hpp"
#include "results/fleet/fleet_page.hpp"
#include "results/fleet/history_text.hpp"
#include "results/json/json.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"
#include "tests/unit/results/sample_document.hpp"
#include "tests/unit/results/sample_fleet.hpp"

namespace ipcmark {
namespace {

std::string golden_path(const std::string& name) {
  return std::string(IPCMARK_GOLDEN_DIR) + "/" + name;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_golden(const std::string& name, const std::string& text) {
  const char* renew = std::getenv("IPCMARK_RENEW_GOLDEN");  // NOLINT(concurrency-mt-unsafe)
  if (renew != nullptr && *renew != '\0') {
    std::ofstream(golden_path(name), std::ios::binary) << text;
  }
  const std::string expected = content_of(golden_path(name));
  std::istringstream wanted(expected);
  std::istringstream got(text);
  std::string wanted_line;
  std::string got_line;
  for (int line = 1; std::getline(wanted, wanted_line); ++line) {
    got_line.clear();
    std::getline(got, got_line);
    ASSERT_EQ(got_line, wanted_line) << name << ", line " << line;
  }
  EXPECT_EQ(text.size(), expected.size()) << name;
}

// The sample, of a run that is one of many.
ResultDocument labelled_document() {
  ResultDocument document = sample_document();
  document.run.host = "lab-7";
  document.run.labels = {{"commit", "4f2a9c1"}, {"kernel", "6.1.0-18"}};
  document.run.shard = "3/8";
  return document;
}

TEST(Golden, Json) { expect_golden("result.json", result_to_json(labelled_document())); }

TEST(Golden, Csv) { expect_golden("result.csv", result_to_csv(labelled_document())); }

TEST(Golden, Console) {
  expect_golden("console.txt", result_to_console(labelled_document(), {}));
  ConsoleStyle colored;
  colored.color = true;
  expect_golden("console_color.txt", result_to_console(labelled_document(), colored));
  ConsoleStyle narrow;
  narrow.width = 60;
  narrow.unicode = false;
  expect_golden("console_narrow_ascii.txt", result_to_console(labelled_document(), narrow));
}

// The files in which other tools read a result; csv is above.
TEST(Golden, Exports) {
  const std::map<std::string, std::string> endings{
      {"gbench", "json"},     {"github-action-benchmark", "json"},
      {"bencher", "json"},    {"otava", "csv"},
      {"openmetrics", "txt"}, {"hgrm", "txt"},
      {"junit", "xml"},       {"markdown", "md"}};
  const ResultDocument document = labelled_document();
  for (const ExportFormat& format : export_formats()) {
    const auto text = format.write({{&document, 1}, ""});
    ASSERT_TRUE(text) << format.name << ": " << text.error();
    if (std::string(format.name) == "csv") {
      EXPECT_EQ(*text, content_of(golden_path("result.csv")));
      continue;
    }
    const auto ending = endings.find(format.name);
    ASSERT_NE(ending, endings.end()) << "no golden file of " << format.name;
    expect_golden(std::string("export_") + format.name + "." + ending->second, *text);
  }
}

Comparison sample_comparison() {
  Comparison comparison = compare_results(sample_base(), sample_candidate(), {}, {});
  comparison.base.name = "base.json";
  comparison.candidate.name = "candidate.json";
  return comparison;
}

TEST(Golden, ComparisonForPeople) {
  const Comparison comparison = sample_comparison();
  expect_golden("compare.txt", comparison_to_console(comparison, {}, false));
  ConsoleStyle narrow;
  narrow.width = 80;
  narrow.unicode = false;
  narrow.color = true;
  expect_golden("compare_all_narrow_ascii.txt", comparison_to_console(comparison, narrow, true));
  expect_golden("compare.md", comparison_to_markdown(comparison));
}

TEST(Golden, ComparisonForPrograms) {
  expect_golden("compare.json", comparison_to_json(sample_comparison()));
}

TEST(Golden, JsonIsReadBack) {
  const auto read = result_from_json(content_of(golden_path("result.json")), built_in_catalogue());
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(result_to_json(*read), result_to_json(labelled_document()));
  EXPECT_EQ(result_to_csv(*read), result_to_csv(labelled_document()));
}

TEST(Golden, History) {
  const History history = history_of(points_of(sample_fleet()), {});
  expect_golden("history.txt", history_to_console(history, {}, {.width = 140}, {}));
  ConsoleStyle narrow;
  narrow.width = 72;
  narrow.unicode = false;
  expect_golden("history_narrow_ascii.txt", history_to_console(history, {}, narrow, {}));
  expect_golden("fleet_page_data.json",
                fleet_page_data(history, host_scores(history.fleet), {}) + "\n");
}

}  // namespace
}  // namespace ipcmark
