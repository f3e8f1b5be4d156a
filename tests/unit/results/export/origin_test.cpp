// Host, labels and shard of a run in what is made of its result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "results/comparison/comparison.hpp"
#include "results/comparison/comparison_text.hpp"
#include "results/console/console.hpp"
#include "results/export/csv.hpp"
#include "results/export/export.hpp"
#include "results/json/json.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

ResultDocument labelled() {
  ResultDocument document = sample_document();
  document.run.host = "host-of-test";
  document.run.labels = {{"commit", "4f2a9c1d"}, {"colour", "\"a\" <b> \\ & c"}};
  document.run.shard = "37/41";
  return document;
}

ResultDocument unlabelled() {
  ResultDocument document = sample_document();
  document.run.host.clear();
  document.run.labels.clear();
  document.run.shard.clear();
  return document;
}

TEST(Origin, IsInEachExportThatHasAPlaceForIt) {
  const ResultDocument document = labelled();
  for (const ExportFormat& format : export_formats()) {
    const std::string name = format.name;
    const std::string text = exported(format.name, document);
    const std::size_t expected = name == "bencher" ? 0 : 1;
    EXPECT_GE(occurrences(text, "host-of-test"), expected) << name;
    EXPECT_GE(occurrences(text, "4f2a9c1d"), expected) << name;
    if (name == "bencher") {
      EXPECT_EQ(text, exported("bencher", unlabelled()));
    } else {
      EXPECT_GE(occurrences(text, "37/41"), expected) << name;
    }
  }
}

TEST(Origin, IsNowhereWhereNobodyAsked) {
  const ResultDocument document = unlabelled();
  EXPECT_EQ(occurrences(result_to_json(document), "\"labels\""), 0U);
  EXPECT_EQ(occurrences(result_to_json(document), "\"shard\""), 0U);
  for (const ExportFormat& format : export_formats()) {
    const std::string text = exported(format.name, document);
    for (const char* word :
         {"label_", "label.", "#[Run", "host=", "host ", "\"host_name\"", "shard="}) {
      EXPECT_EQ(occurrences(text, word), 0U) << format.name << ": " << word;
    }
  }
  const std::string table = result_to_console(document, {});
  EXPECT_EQ(occurrences(table.substr(0, table.find("\n\n")), "\n"), 1U) << table;
}

TEST(Origin, EachSampleOfOpenMetricsHasHostAndLabels) {
  const std::string text = exported("openmetrics", labelled());
  std::size_t samples = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    ++samples;
    EXPECT_NE(line.find("{host=\"host-of-test\",label_colour=\"\\\"a\\\" <b> \\\\ & c\","
                        "label_commit=\"4f2a9c1d\","),
              std::string::npos)
        << line;
  }
  EXPECT_GT(samples, 50U);
  EXPECT_EQ(occurrences(text, "shard=\"37/41\""), 1U);  // of the run, not of what was measured
}

TEST(Origin, TheLastColumnsOfCsvHaveIt) {
  const std::string text = result_to_csv(labelled());
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  EXPECT_TRUE(line.ends_with(",options,host,labels,shard")) << line;
  while (std::getline(lines, line)) {
    EXPECT_TRUE(
        line.ends_with(",host-of-test,\"colour=\"\"a\"\" <b> \\ & c;commit=4f2a9c1d\",37/41"))
        << line;
  }
  EXPECT_TRUE(result_to_csv(unlabelled()).ends_with(",,,\n"));
}

// A column for each name that any of the runs has, so that each can be an attribute.
TEST(Origin, OtavaHasAColumnForEachLabel) {
  std::vector<ResultDocument> documents{labelled(), unlabelled()};
  documents[0].run.labels = {{"commit", "4f2a9c1d"}};
  documents[1].run.labels = {{"kernel", "6.1"}};
  const auto text = export_format("otava")->write({documents, ""});
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("in_two_groups,host,shard,label_commit,label_kernel,"), std::string::npos);
  EXPECT_EQ(occurrences(*text, ",host-of-test,37/41,4f2a9c1d,,"), 1U) << *text;
  EXPECT_EQ(occurrences(*text, ",,,,6.1,"), 1U) << *text;
}

TEST(Origin, IsReadBack) {
  const ResultDocument document = labelled();
  const auto read = result_from_json(result_to_json(document), built_in_catalogue());
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->run.host, document.run.host);
  EXPECT_EQ(read->run.labels, document.run.labels);
  EXPECT_EQ(read->run.shard, document.run.shard);
}

TEST(Origin, AComparisonShowsThatOfBothSides) {
  ResultDocument candidate = labelled();
  candidate.run.host = "other-host";
  candidate.run.labels = {{"commit", "99"}};
  candidate.run.shard.clear();
  ResultDocument base = labelled();
  base.run.labels.erase("colour");
  const Comparison comparison = compare_results(base, candidate, {}, {});
  ConsoleStyle wide;
  wide.width = 400;
  const std::string console = comparison_to_console(comparison, wide, false);
  EXPECT_NE(console.find(", host host-of-test, commit=4f2a9c1d, shard 37/41\n"), std::string::npos)
      << console;
  EXPECT_NE(console.find(", host other-host, commit=99\n"), std::string::npos) << console;
  const std::string markdown = comparison_to_markdown(comparison);
  EXPECT_EQ(occurrences(markdown, "4f2a9c1d"), 1U);
  EXPECT_EQ(occurrences(markdown, "commit=99"), 1U);
  const std::string json = comparison_to_json(comparison);
  EXPECT_EQ(occurrences(json, "\"labels\""), 2U);
  EXPECT_EQ(occurrences(json, "\"shard\""), 1U);
  const std::string without =
      comparison_to_json(compare_results(unlabelled(), unlabelled(), {}, {}));
  EXPECT_EQ(occurrences(without, "\"labels\""), 0U);
}

}  // namespace
}  // namespace ipcmark
