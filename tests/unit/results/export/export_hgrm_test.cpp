#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "results/export/export_cells.hpp"
#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/lines.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

struct Percentile {
  double value, level;
  std::uint64_t total;
};

std::vector<Percentile> percentiles_of(const std::string& text) {
  std::vector<Percentile> rows;
  for (const std::string& line : lines_of(text)) {
    std::istringstream fields(line);
    Percentile row{};
    if (!line.starts_with("#") && fields >> row.value >> row.level >> row.total) {
      rows.push_back(row);
    }
  }
  return rows;
}

TEST(Export, HgrmStepsThroughThePercentilesToTheMaximum) {
  const ResultDocument document = sample_document();
  const std::string text = exported("hgrm", document, pipe_key);
  EXPECT_EQ(occurrences(text, "#[Cell"), 1U);
  Histogram pooled;
  const auto cells = export_cells(document);
  for (const Trial* trial : cells[1].published) {
    pooled.merge(trial->histograms.at("round_trip"));
  }
  const auto rows = percentiles_of(text);
  ASSERT_GT(rows.size(), 20U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [value, level, total] = rows[i];
    EXPECT_GE(static_cast<double>(total) + 1e-6, level * static_cast<double>(pooled.count()));
    // Three significant digits, as the histogram itself.
    EXPECT_NEAR(value, static_cast<double>(pooled.quantile(level)), value / 1000);
    if (i > 0) {
      EXPECT_GT(level, rows[i - 1].level);
    }
  }
  EXPECT_EQ(rows.back().level, 1.0);
  EXPECT_EQ(rows.back().value, static_cast<double>(pooled.max()));
  EXPECT_EQ(rows.back().total, pooled.count());
  EXPECT_NE(text.find("Total count    =         " + std::to_string(pooled.count())),
            std::string::npos);
}

TEST(Export, HgrmEndsWhereTheLastSampleIsNotToldFromAllOfThem) {
  ResultDocument document = sample_document();
  document.cells.resize(2);
  for (Trial& trial : document.cells[1].trials) {
    trial.histograms["round_trip"].record(1'000'000, std::uint64_t{1} << 57U);
    trial.histograms["round_trip"].record(1'000'000'000);
  }
  EXPECT_LT(lines_of(exported("hgrm", document, pipe_key)).size(), 1000U);
}

TEST(Export, HgrmHasItsCommentsInOneLine) {
  ResultDocument document = sample_document();
  document.cells[1].spec.backend = "pipe\n1 2 3 4\x1b[2J";
  for (Trial& trial : document.cells[1].trials) trial.histograms["a\n0 1 1 1"].record(1000, 2000);
  for (const std::string& line : lines_of(exported("hgrm", document))) {
    EXPECT_FALSE(line.starts_with("1 2 3 4") || line.starts_with("0 1 1 1")) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
  }
}

// A histogram of another state of the machine would be plotted beside the others as one of them.
TEST(Export, HgrmSaysWhatMustBeKnownOfAHistogram) {
  const ResultDocument document = sample_in_two_groups();
  const auto of = [&document](const char* key) { return exported("hgrm", document, key); };
  EXPECT_EQ(occurrences(of("latency/posix_mq/64B/block/cross-cpu"),
                        "\n#[Mark = another machine state]\n"),
            1U);
  EXPECT_EQ(occurrences(of("latency/shm_ring/64B/spin/cross-cpu"),
                        "\n#[Mark = p50 in two groups of trials: 310 ns (10), 465 ns (10)]\n"),
            1U);
  EXPECT_EQ(occurrences(of("latency/shm_ring/64B/block/cross-cpu"), "#[Mark"), 0U);
}

}  // namespace
}  // namespace ipcmark
