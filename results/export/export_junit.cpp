// JUnit XML as test reports of CI systems read it: a suite for each scenario, a case for each cell.
// Broken cells are failures; those skipped, or that the run ended before, are skipped cases.
#include <fmt/format.h>

#include <map>
#include <string_view>

#include "results/export/export_cells.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/text/html.hpp"

namespace ipcmark {
namespace {

// Like HTML, but that a newline in an attribute stays one.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : html(text)) {
    if (c == '\n') {
      out += "&#10;";
    } else {
      out += c;
    }
  }
  return out;
}

// Milliseconds, as some schemas allow three decimals.
std::string seconds(std::uint64_t ns) {
  return fmt::format("{:.3f}", static_cast<double>(ns) / 1e9);
}

// From the start barrier to drain, of all its trials.
std::uint64_t wall_ns(const Cell& cell) {
  std::uint64_t total = 0;
  for (const Trial& trial : cell.trials) {
    total += measured_span_ns(trial);
  }
  return total;
}

std::string trial_lines(const Cell& cell) {
  std::string text;
  for (const Trial& trial : cell.trials) {
    if (trial.state == State::passed) continue;
    text += fmt::format("trial {}: {}: {}\n", trial.round, to_string(trial.state), trial.reason);
  }
  return text;
}

struct Suite {
  std::string cases;
  unsigned tests = 0, failures = 0, skipped = 0;
  std::uint64_t ns = 0;
};

void add_case(const ExportCell& cell, Suite& suite) {
  const Summary& summary = cell.summary;
  const std::uint64_t ns = wall_ns(*cell.cell);
  ++suite.tests;
  suite.ns += ns;
  std::string text = fmt::format("    <testcase classname=\"ipcmark.{}\" name=\"{}\" time=\"{}\"",
                                 xml(cell.cell->spec.scenario), xml(cell.key), seconds(ns));
  const std::string message =
      xml(summary.reason.empty() ? to_string(summary.state) : summary.reason);
  if (summary.saturated > 0 && summary.state == State::passed) {
    text += fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", message);
  } else if (summary.state == State::passed) {
    text += "/>\n";
  } else if (!is_failure(summary.state)) {
    ++suite.skipped;
    text += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", message);
  } else {
    ++suite.failures;
    text += fmt::format(
        ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n"
        "    </testcase>\n",
        to_string(summary.state), message, xml(trial_lines(*cell.cell)));
  }
  suite.cases += text;
}

std::string property(const std::string& name, const std::string& value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", xml(name), xml(value));
}

std::string properties_of(const ResultDocument& document) {
  const RunInfo& run = document.run;
  std::string text = "    <properties>\n" + property("run", run.id) +
                     property("version", run.version) +
                     property("kernel", document.environment.get("kernel", "release")) +
                     property("cpu", document.environment.get("cpu", "model"));
  if (!run.host.empty()) text += property("host", run.host);
  if (!run.shard.empty()) text += property("shard", run.shard);
  for (const auto& [name, value] : run.labels) text += property("label." + name, value);
  return text + "    </properties>\n";
}

}  // namespace

Exported export_junit(const ExportInput& input) {
  const ResultDocument& document = input.results.front();
  std::vector<std::string> order;
  std::map<std::string, Suite> suites;
  Suite all;
  for (const ExportCell& cell : export_cells(document)) {
    const std::string& scenario = cell.cell->spec.scenario;
    if (suites.count(scenario) == 0) order.push_back(scenario);
    add_case(cell, suites[scenario]);
  }
  const std::string properties = properties_of(document);
  std::string body;
  for (const std::string& name : order) {
    const Suite& suite = suites.at(name);
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.ns += suite.ns;
    body += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
        "skipped=\"{}\" time=\"{}\" timestamp=\"{}\">\n{}{}  </testsuite>\n",
        xml(name), suite.tests, suite.failures, suite.skipped, seconds(suite.ns),
        xml(document.run.started), properties, suite.cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"ipcmark\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
      "time=\"{}\">\n{}</testsuites>\n",
      all.tests, all.failures, seconds(all.ns), body);
}

}  // namespace ipcmark
