// A cell with a saturated trial has no times, in no output, and every output says why.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "results/console/console.hpp"
#include "results/console/view.hpp"
#include "results/export/export.hpp"
#include "results/figures/summary.hpp"
#include "results/json/json.hpp"
#include "results/report/report.hpp"
#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

constexpr const char* words = "saturated in 2 of 6 trials";

Trial trial_of(std::uint32_t round, std::uint64_t response_ns) {
  Trial trial;
  trial.round = round;
  trial.metrics.push_back({"offered_rate", 20'000, Unit::messages_per_second, 20'000});
  trial.metrics.push_back({"achieved_rate", 20'000, Unit::messages_per_second, 20'000});
  trial.counts["messages_total"] = 20'000;
  trial.costs.resize(2);
  trial.costs[0].user_ns = 1'000'000;
  for (const char* times : {"response", "service", "lag"}) {
    trial.histograms[times].record(response_ns, 20'000);
  }
  return trial;
}

Cell cell_of(const char* backend, std::uint64_t response_ns) {
  Cell cell;
  cell.spec.scenario = "load";
  cell.spec.backend = backend;
  cell.spec.duration_ns = 1'000'000'000;
  cell.spec.options["rate"] = 20'000;
  for (std::uint32_t round = 0; round < 6; ++round) {
    cell.trials.push_back(trial_of(round, response_ns));
  }
  return cell;
}

// The pipe is faster by far in the four trials that kept up.
ResultDocument two_of_six() {
  ResultDocument document = empty_document();
  document.cells = {cell_of("pipe", 15'551), cell_of("unix_stream", 31'007)};
  for (const std::size_t late : {1U, 4U}) {
    Trial& trial = document.cells[0].trials[late];
    trial.histograms.clear();
    trial.counts["saturated"] = 1;
  }
  return document;
}

TEST(Saturation, TakesTheTimesFromTheWholeCell) {
  const ResultDocument document = two_of_six();
  const Summary summary = summarize(document.cells[0], MachineView(document), document.catalogue);
  EXPECT_EQ(summary.state, State::passed);
  EXPECT_EQ(summary.saturated, 2U);
  EXPECT_EQ(summary.reason, words);
  EXPECT_NE(summary.figure("achieved_rate"), nullptr);
  for (const Figure& figure : summary.figures) {
    EXPECT_NE(figure.entry.as, Recorded::histogram) << figure.name;
  }
  EXPECT_NE(summarize(document.cells[1], MachineView(document), document.catalogue)
                .figure("response", 0.99),
            nullptr);
}

TEST(Saturation, IsNeverRanked) {
  const ResultDocument document = two_of_six();
  const View view = make_view(document);
  ASSERT_EQ(view.groups.size(), 1U);
  ASSERT_NE(view.groups[0].best(), nullptr);
  EXPECT_EQ(view.groups[0].best()->label, "unix_stream");
  for (const ViewRow& row : view.groups[0].rows) {
    if (row.label != "pipe") continue;
    EXPECT_EQ(row.main, nullptr);
    EXPECT_EQ(row.place, 0U);
  }
}

// "15.6 us", "15551": how the pipe's time would be written.
bool shows_times(const std::string& text) {
  return text.find("15.6") != std::string::npos || text.find("1555") != std::string::npos;
}

TEST(Saturation, StandsInEveryOutputInsteadOfTimes) {
  const ResultDocument document = two_of_six();
  const std::string console = result_to_console(document, {false, false, 160});
  EXPECT_FALSE(shows_times(console)) << console;
  EXPECT_NE(console.find("2 of 6"), std::string::npos) << console;
  for (const ExportFormat& format : export_formats()) {
    const auto text = format.write({{&document, 1}, ""});
    ASSERT_TRUE(text) << format.name;
    EXPECT_FALSE(shows_times(*text)) << format.name << "\n" << *text;
    const std::string_view name = format.name;
    if (name == "hgrm" || name == "otava") continue;  // hold times, or numbers, alone
    const char* said = name == "bencher"       ? "saturated-trials"
                       : name == "openmetrics" ? "cell_saturated_trials{"
                                               : words;
    EXPECT_NE(text->find(said), std::string::npos) << format.name << "\n" << *text;
  }
  const ReportedResult reported{"r.json", document};
  const std::string page = report_to_html({&reported, 1});
  EXPECT_NE(page.find(words), std::string::npos);
  EXPECT_EQ(page.find("15.6 "), std::string::npos);
}

TEST(Saturation, StandsInTheSummaryOfTheResult) {
  const auto json = nlohmann::json::parse(result_to_json(two_of_six()));
  const auto& summary = json["cells"][0]["summary"];
  EXPECT_EQ(summary["saturated"], 2);
  EXPECT_EQ(summary["reason"], words);
  for (const auto& figure : summary["figures"]) EXPECT_NE(figure["name"], "response");
}

}  // namespace
}  // namespace ipcmark
