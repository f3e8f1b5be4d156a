#include "results/export/export.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "results/export/export_cells.hpp"
#include "results/figures/fields.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::json;

std::string exported(const char* format, const ResultDocument& document,
                     const std::string& only = "") {
  const auto text = export_format(format)->write({{&document, 1}, only});
  return text ? *text : "refused: " + text.error();
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

constexpr const char* pipe_key = "latency/pipe/64B/block/cross-cpu";

// The sample, in which one timed cell has failed although one of its trials gave figures.
ResultDocument with_broken_pipe() {
  ResultDocument document = sample_document();
  document.cells[1].trials[3].state = State::deadlock;
  document.cells[1].trials[3].reason = "sender 0 and receiver 1 wait <for> each other & \x01";
  return document;
}

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

TEST(Export, GbenchHasOneEntryATrialWithTheTrialsOwnTimes) {
  const ResultDocument document = sample_document();
  const Json json = Json::parse(exported("gbench", document));
  EXPECT_TRUE(json["context"]["caches"].is_array());
  std::vector<double> times;
  for (const Json& entry : json["benchmarks"]) {
    EXPECT_EQ(entry["run_type"], "iteration");
    EXPECT_EQ(entry["time_unit"], "ns");
    EXPECT_GT(entry["real_time"].get<double>(), 0);
    EXPECT_GT(entry["cpu_time"].get<double>(), 0);
    if (entry["name"] == "latency/posix_mq/64B/block/cross-cpu/p50") {
      times.push_back(entry["real_time"]);
    }
  }
  ASSERT_EQ(times.size(), 6U);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const Histogram& trips = document.cells[2].trials[i].histograms.at("round_trip");
    EXPECT_EQ(times[i], static_cast<double>(trips.quantile(0.5)));
  }
}

TEST(Export, ARateIsATimePerMessageWhereSmallerIsBetter) {
  const ResultDocument document = sample_document();
  const std::string name = "throughput/pipe/64B/block/cross-cpu/per_message";
  bool found = false;
  for (const Json& entry : Json::parse(exported("github-action-benchmark", document))) {
    EXPECT_TRUE(entry["name"].is_string() && entry["unit"].is_string());
    EXPECT_TRUE(entry["value"].is_number() && entry["range"].is_string());
    if (entry["name"] != name) continue;
    found = true;
    EXPECT_EQ(entry["unit"], "ns");
    EXPECT_NEAR(entry["value"].get<double>(), 1e9 / 2.31e6, 10);
    const std::string range = entry["range"];
    EXPECT_LT(std::stod(range), entry["value"].get<double>());
    EXPECT_GT(std::stod(range.substr(range.find("to ") + 3)), entry["value"].get<double>());
  }
  EXPECT_TRUE(found);
}

TEST(Export, BencherHasItsBuiltInMeasures) {
  const Json json = Json::parse(exported("bencher", sample_document()));
  const Json& latency = json.at(pipe_key).at("latency");
  EXPECT_LE(latency.at("lower_value"), latency.at("value"));
  EXPECT_LE(latency.at("value"), latency.at("upper_value"));
  EXPECT_TRUE(json.at(pipe_key).contains("latency-p90"));
  EXPECT_TRUE(json.at("throughput/pipe/64B/block/cross-cpu").contains("throughput"));
  for (const Json& benchmark : json) {
    for (const auto& measure : benchmark.items()) {
      EXPECT_EQ(measure.key().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
                std::string::npos)
          << measure.key();
      EXPECT_LE(measure.key().size(), 64U);
    }
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

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

TEST(Export, JunitSaysWhyAndIsXmlWhateverTheReason) {
  const std::string text = exported("junit", with_broken_pipe());
  EXPECT_NE(text.find("<failure type=\"deadlock\" message=\"sender 0 and receiver 1 wait "
                      "&lt;for&gt; each other &amp; ?\">"),
            std::string::npos);
  EXPECT_NE(text.find("<testsuite name=\"latency\" tests=\"6\" failures=\"1\""), std::string::npos);
  EXPECT_NE(text.find("<failure type=\"failed\" message=\"the counter ended at 14, not 15\">"),
            std::string::npos);
}

TEST(Export, MarkdownCannotBeBrokenByWhatIsInIt) {
  ResultDocument document = sample_document();
  document.cells[10].trials[0].reason = "a | b <c>";
  for (Trial& trial : document.cells[10].trials) trial.reason = "a | b <c>";
  const std::string text = exported("markdown", document);
  EXPECT_EQ(text.find("a | b"), std::string::npos);
  EXPECT_NE(text.find("a \\| b \\<c>"), std::string::npos);
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

TEST(Export, FiguresAreNamedByWhatTheyAre) {
  Figure figure;
  figure.name = "round_trip";
  figure.quantile = 0.999;
  EXPECT_EQ(figure_name(figure), "p99.9");
  figure.name = "response";
  EXPECT_EQ(figure_name(figure), "response_p99.9");
  figure.quantile = -1;
  figure.name = "rate";
  EXPECT_EQ(figure_name(figure), "rate");
}

}  // namespace
}  // namespace ipcmark
