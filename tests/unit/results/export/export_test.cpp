// What every format keeps to; what is one format's own stands in export_NAME_test.cpp.
#include "results/export/export.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

TEST(Export, TheTableFindsEachFormatByItsName) {
  for (const ExportFormat& format : export_formats()) {
    EXPECT_EQ(export_format(format.name), &format);
    EXPECT_NE(std::string(format.summary), "");
  }
  EXPECT_EQ(export_format("xml"), nullptr);
}

TEST(Export, ABrokenCellGivesNoFigureInAnyFormatOfFigures) {
  const ResultDocument whole = sample_document();
  const ResultDocument broken = with_broken_pipe();
  const std::string key = std::string(pipe_key) + "/";
  for (const char* format : {"gbench", "github-action-benchmark", "bencher", "otava"}) {
    const std::string name = std::string(format) == "bencher" ? pipe_key : key;
    EXPECT_NE(exported(format, whole).find(name), std::string::npos) << format;
    EXPECT_EQ(exported(format, broken).find(name), std::string::npos) << format;
  }
  EXPECT_NE(exported("hgrm", whole).find(pipe_key), std::string::npos);
  EXPECT_EQ(exported("hgrm", broken).find(pipe_key), std::string::npos);
  const std::string metrics = exported("openmetrics", broken);
  EXPECT_EQ(occurrences(metrics, pipe_key), 1U) << "only the mark that it did not pass";
  EXPECT_NE(metrics.find("state=\"deadlock\"} 0"), std::string::npos);
}

TEST(Export, ACellSkippedInOneTrialGivesNoFigureEither) {
  ResultDocument document = sample_document();
  document.cells[1].trials[3].state = State::skipped;
  document.cells[1].trials[3].reason = "no descriptor left";
  for (const char* format : {"gbench", "github-action-benchmark", "bencher", "otava", "hgrm"}) {
    EXPECT_EQ(exported(format, document).find(pipe_key), std::string::npos) << format;
  }
  EXPECT_NE(exported("junit", document).find("<skipped message=\"no descriptor left\"/>"),
            std::string::npos);
}

TEST(Export, SkippedCellsAreMarkedWhereThereIsAMarkAndNeverZero) {
  const ResultDocument document = sample_document();
  const std::string key = "throughput/posix_mq/64KiB/block/cross-cpu";
  for (const char* format : {"gbench", "github-action-benchmark", "bencher", "otava", "hgrm"}) {
    EXPECT_EQ(exported(format, document).find(key), std::string::npos) << format;
  }
  EXPECT_EQ(occurrences(exported("openmetrics", document), key), 1U);
  const std::string junit = exported("junit", document);
  EXPECT_NE(junit.find("<skipped message=\"depth 64 exceeds"), std::string::npos);
  EXPECT_NE(exported("markdown", document).find("| skipped |"), std::string::npos);
}

// One of the sample's cells is in another state.
TEST(Export, ACellInAnotherStateOfTheMachineIsMarkedInEveryFormatOfFigures) {
  const ResultDocument document = sample_document();
  EXPECT_EQ(occurrences(exported("bencher", document), "\"other-machine-state\""), 1U);
  EXPECT_EQ(occurrences(exported("openmetrics", document), "other_machine_state{key=\"latency/"),
            1U);
  EXPECT_NE(exported("otava", document).find(",quick,1,"), std::string::npos);
  EXPECT_EQ(occurrences(exported("gbench", document), "\"another machine state\"") %
                document.cells[2].trials.size(),
            0U);
  EXPECT_NE(exported("gbench", document).find("\"another machine state\""), std::string::npos);
  EXPECT_NE(exported("csv", document).find("other-state"), std::string::npos);
  EXPECT_NE(exported("markdown", document).find("other state"), std::string::npos);
}

TEST(Export, WhereNothingPassedThereIsNothingToWrite) {
  ResultDocument document = sample_document();
  for (Cell& cell : document.cells) {
    for (Trial& trial : cell.trials) trial.state = State::failed;
  }
  for (const char* format : {"gbench", "github-action-benchmark", "bencher", "otava", "hgrm"}) {
    EXPECT_TRUE(exported(format, document).starts_with("refused: nothing to write")) << format;
  }
  EXPECT_EQ(occurrences(exported("junit", document), "<failure "), document.cells.size());
}

}  // namespace
}  // namespace ipcmark
