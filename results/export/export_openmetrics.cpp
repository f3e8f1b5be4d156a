// OpenMetrics text: a family of gauges for each figure in base units, with two more for its
// interval, a label `q` where it is a quantile, and `# EOF`. Samples carry the end of the run as
// their time: a result is read long after it was measured, and `promtool tsdb create-blocks-from
// openmetrics` takes no sample without one.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "results/export/export_cells.hpp"
#include "results/figures/published.hpp"
#include "results/text/printable.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

// " 1767323160" from "2026-01-02T03:06:00Z"; empty when it is no such time.
std::string stamp_of(const std::string& finished) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  // NOLINTNEXTLINE(cert-err34-c): six numbers or none
  if (std::sscanf(finished.c_str(), "%d-%u-%uT%d:%d:%dZ", &year, &month, &day, &hours, &minutes,
                  &seconds) != 6) {
    return {};
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return {};
  const auto time = std::chrono::sys_seconds(std::chrono::sys_days(date)) +
                    std::chrono::hours(hours) + std::chrono::minutes(minutes) +
                    std::chrono::seconds(seconds);
  return fmt::format(" {}", time.time_since_epoch().count());
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : printable_lines(text)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

// Letters, digits and underscores: the colon is for what rules make.
std::string valid_name(std::string name) {
  for (char& c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9')) c = '_';
  }
  return name;
}

struct Suffix {
  const char* name;  // of the family's name
  double per;        // ours in one of theirs
};

std::optional<Suffix> suffix_of(Unit unit) {
  const UnitRow& row = row_of(unit);
  if (*row.open_metrics == '\0') return std::nullopt;
  return Suffix{row.open_metrics, is_time(unit) ? row_of(Unit::seconds).in_base / row.in_base : 1};
}

class Exposition {
 public:
  explicit Exposition(std::string stamp) : stamp_(std::move(stamp)) {}

  // A unit is part of the name. Samples of one family must stand together, in whatever order they
  // are added, and none may come twice.
  void add(std::string name, const std::optional<Suffix>& unit, const std::string& help,
           const std::string& labels, double value) {
    if (unit) name.append("_").append(unit->name);
    if (!std::isfinite(value) || !samples_.insert({name, labels}).second) return;
    auto found = std::find_if(families_.begin(), families_.end(),
                              [&name](const Family& family) { return family.name == name; });
    if (found == families_.end()) {
      found = families_.insert(found, {name, unit ? unit->name : "", help, ""});
    }
    if (found->help != help) found->help = "What it means depends on the scenario.";
    const double scaled = unit ? value / unit->per : value;
    found->samples += fmt::format("{}{{{}}} {}{}\n", name, labels, scaled, stamp_);
  }

  std::string text() const {
    std::string out;
    for (const Family& family : families_) {
      out += fmt::format("# TYPE {} gauge\n", family.name);
      if (!family.unit.empty()) out += fmt::format("# UNIT {} {}\n", family.name, family.unit);
      out += fmt::format("# HELP {} {}\n", family.name, escaped(family.help));
      out += family.samples;
    }
    return out + "# EOF\n";
  }

 private:
  struct Family {
    std::string name, unit, help, samples;
  };
  std::string stamp_;
  std::vector<Family> families_;
  std::set<std::pair<std::string, std::string>> samples_;  // by name and labels
};

class Labels {
 public:
  // Without a value, or with a name that is there already, it is left out.
  Labels& add(const std::string& name, const std::string& value) {
    if (value.empty() || !names_.insert(name).second) return *this;
    if (!text_.empty()) text_ += ",";
    text_ += fmt::format("{}=\"{}\"", name, escaped(value));
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::set<std::string> names_;
};

// What tells the samples of one host or commit from another's; `label_` keeps the user's names
// apart from ours.
Labels origin_of(const RunInfo& run) {
  Labels labels;
  labels.add("host", run.host);
  for (const auto& [name, value] : run.labels) labels.add("label_" + valid_name(name), value);
  return labels;
}

Labels labels_of(const ExportCell& cell, const RunInfo& run) {
  const RunSpec& spec = cell.cell->spec;
  return origin_of(run)
      .add("key", cell.key)
      .add("scenario", spec.scenario)
      .add("backend", spec.backend)
      .add("lock", spec.lock)
      .add("notifier", spec.notifier)
      .add("size_bytes", std::to_string(spec.size))
      .add("wait", to_string(spec.wait))
      .add("placement", to_string(spec.placement));
}

// The two groups into which its trials fall: the median over all tells of neither.
void add_groups(const std::string& base, const std::optional<Suffix>& unit, const Labels& labels,
                const Figure& figure, Exposition& out) {
  for (std::size_t i = 0; i < figure.groups.size(); ++i) {
    const std::string text = Labels(labels).add("group", i == 0 ? "low" : "high").text();
    out.add(base + "_group", unit,
            "Median of each of the two groups into which the trials of " + base + " fall.", text,
            figure.groups[i].median);
    out.add(base + "_group_trials", std::nullopt, "Trials in each of them.", text,
            figure.groups[i].trials);
  }
}

void add_figure(const ExportCell& cell, const RunInfo& run, const Figure& figure, Exposition& out) {
  if (figure.needs != 0 || !std::isfinite(figure.median)) return;
  const std::optional<Suffix> unit = suffix_of(figure.unit);
  std::string base = "ipcmark_" + valid_name(figure.name);
  for (const std::string_view ending : {"_ns", "_bytes"}) {  // the unit is appended again
    if (unit && base.ends_with(ending)) base.erase(base.size() - ending.size());
  }
  Labels labels = labels_of(cell, run);
  if (figure.quantile >= 0) labels.add("q", fmt::format("{}", figure.quantile));
  // Two names may become one.
  if (valid_name(figure.name) != figure.name) labels.add("figure", figure.name);
  add_groups(base, unit, labels, figure, out);
  if (!figure.groups.empty()) labels.add("groups", "2");
  out.add(base, unit, sentence_of(figure) + " Median over trials.", labels.text(), figure.median);
  // Too few trials leave a mere range, which is no interval.
  if (!(figure.coverage > 0)) return;
  out.add(base + "_interval_low", unit, "Lower end of the interval of " + base + ".", labels.text(),
          figure.low);
  out.add(base + "_interval_high", unit, "Upper end of the interval of " + base + ".",
          labels.text(), figure.high);
}

void add_run(const ResultDocument& document, Exposition& out) {
  const Labels labels = origin_of(document.run)
                            .add("shard", document.run.shard)
                            .add("run", document.run.id)
                            .add("version", document.run.version)
                            .add("suite", document.run.suite)
                            .add("cpu", document.environment.get("cpu", "model"))
                            .add("kernel", document.environment.get("kernel", "release"));
  out.add("ipcmark_run_info", std::nullopt, "The run, its machine and its kernel.", labels.text(),
          1);
}

}  // namespace

Exported export_openmetrics(const ExportInput& input) {
  const ResultDocument& document = input.results.front();
  const std::vector<ExportCell> cells = export_cells(document);
  Exposition out(stamp_of(document.run.finished));
  add_run(document, out);
  for (const ExportCell& cell : cells) {
    const bool passed = cell.summary.state == State::passed;
    out.add("ipcmark_cell_passed", std::nullopt,
            "1: every trial of the cell passed; otherwise see the label state.",
            labels_of(cell, document.run).add("state", to_string(cell.summary.state)).text(),
            passed ? 1 : 0);
  }
  for (const ExportCell& cell : cells) {
    if (cell.summary.saturated == 0) continue;
    out.add("ipcmark_cell_saturated_trials", std::nullopt,
            "Trials whose offered rate did not come through; the cell has no times then.",
            labels_of(cell, document.run).text(), cell.summary.saturated);
  }
  for (const ExportCell& cell : cells) {
    if (cell.summary.comparable) continue;
    out.add("ipcmark_cell_other_machine_state", std::nullopt,
            "1: the cell's figures are from another state of the machine than the result's; not to "
            "be compared with other cells.",
            labels_of(cell, document.run).text(), 1);
  }
  for (const ExportCell& cell : cells) {
    if (!sound(cell)) continue;
    for (const Figure& figure : cell.summary.figures) add_figure(cell, document.run, figure, out);
  }
  return out.text();
}

}  // namespace ipcmark
