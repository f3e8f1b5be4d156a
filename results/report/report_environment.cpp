// Where it was measured, and how quiet it was there.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "results/console/console.hpp"
#include "results/console/findings.hpp"
#include "results/model/run_labels.hpp"
#include "results/report/report_parts.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

std::string states_text(const MachineView& machine) {
  std::string text;
  for (const PairStates& pair : machine.pairs()) {
    text.append(text.empty() ? "" : "; ").append(pair_name(machine, pair) + ":");
    for (const double state : pair.states_ns) text += " " + scaled(state, Unit::nanoseconds);
    if (pair.states_ns.empty()) text += " never quiet";
  }
  return text.empty() ? "not looked at" : text;
}

std::string published_text(const MachineView& machine) {
  std::string text;
  for (const PairStates& pair : machine.pairs()) {
    if (!pair.published) continue;
    text.append(text.empty() ? "" : "; ").append(scaled(pair.published_ns(), Unit::nanoseconds));
  }
  if (!text.empty()) return text;
  return machine.pairs().empty() ? "all of them" : "none, for no trial was quiet";
}

struct Noise {
  unsigned trials = 0, published = 0, left_out = 0, unsteady = 0, wide = 0, cells = 0;
};

Noise noise_of(const View& view) {
  Noise noise;
  for (const ViewGroup& group : view.groups) {
    if (group.kind == TableKind::verdict) continue;
    for (const ViewRow& row : group.rows) {
      ++noise.cells;
      noise.trials += row.summary.trials;
      noise.published += row.summary.published;
      noise.left_out += row.summary.left_out;
      noise.unsteady += row.summary.unsteady;
      noise.wide += row.wide ? 1U : 0U;
    }
  }
  return noise;
}

// One row of a table with a column for each result.
template <class Value>
std::string row_of(const ReportParts& parts, const std::string& name, Value value) {
  std::vector<std::string> values;
  values.reserve(parts.size());
  for (const ReportPart& part : parts) values.push_back(value(part));
  const bool differs =
      std::any_of(values.begin(), values.end(),
                  [&values](const std::string& each) { return each != values.front(); });
  std::string out = fmt::format("<tr{}><th>{}", differs ? " class=differs" : "", html(name));
  for (const std::string& each : values) out += "<td>" + html(each);
  return out + "\n";
}

std::string table_of(const ReportParts& parts, const std::string& title, const std::string& rows) {
  std::string out = "<div class=scroll><table class=facts>";
  if (!title.empty()) out += "<caption>" + html(title) + "</caption>";
  if (parts.size() > 1) {
    out += "\n<thead><tr><th>";
    for (const ReportPart& part : parts) out += "<th>" + html(part.label);
    out += "</thead>";
  }
  return out + "\n<tbody>\n" + rows + "</tbody></table></div>\n";
}

std::string noise_table(const ReportParts& parts) {
  const auto count = [](unsigned Noise::*member) {
    return [member](const ReportPart& part) { return std::to_string(noise_of(part.view).*member); };
  };
  std::string rows = row_of(parts, "states of the machine",
                            [](const auto& part) { return states_text(part.view.machine); });
  rows += row_of(parts, "figures are from",
                 [](const auto& part) { return published_text(part.view.machine); });
  rows += row_of(parts, "timed cells", count(&Noise::cells));
  rows += row_of(parts, "their trials", count(&Noise::trials));
  rows += row_of(parts, "of those behind figures", count(&Noise::published));
  rows += row_of(parts, "left out, in another state or in none", count(&Noise::left_out));
  rows += row_of(parts, "unsteady", count(&Noise::unsteady));
  rows += row_of(parts, "cells that spread over 20 % of the median", count(&Noise::wide));
  return table_of(parts, "Noise", rows);
}

std::string run_table(const ReportParts& parts) {
  using Fact = std::string (*)(const RunInfo&);
  const std::vector<std::pair<const char*, Fact>> facts{
      {"run", [](const RunInfo& run) { return run.id; }},
      {"started", [](const RunInfo& run) { return run.started; }},
      {"finished", [](const RunInfo& run) { return run.finished; }},
      {"command", [](const RunInfo& run) { return "ipcmark " + run.command; }},
      {"version", [](const RunInfo& run) { return run.version; }},
      {"suite", [](const RunInfo& run) { return run.suite; }},
      {"seed", [](const RunInfo& run) { return std::to_string(run.seed); }},
      {"trials asked", [](const RunInfo& run) { return std::to_string(run.trials_asked); }},
      {"host", [](const RunInfo& run) { return run.host; }},
      {"labels", [](const RunInfo& run) { return labels_text(run.labels, ", "); }},
      {"shard", [](const RunInfo& run) { return run.shard; }}};
  std::string rows;
  rows += row_of(parts, "file", [](const auto& part) { return part.result->name; });
  for (const auto& [name, fact] : facts) {
    const bool said = std::any_of(parts.begin(), parts.end(), [fact = fact](const auto& part) {
      return !fact(part.document().run).empty();
    });
    if (!said) continue;
    rows +=
        row_of(parts, name, [fact = fact](const auto& part) { return fact(part.document().run); });
  }
  return table_of(parts, "Run", rows);
}

std::string fact_tables(const ReportParts& parts) {
  std::set<std::pair<std::string, std::string>> names;
  for (const ReportPart& part : parts) {
    for (const auto& [group, facts] : part.document().environment.facts) {
      for (const auto& [name, value] : facts) names.emplace(group, name);
    }
  }
  std::string out;
  for (auto name = names.begin(); name != names.end();) {
    const std::string group = name->first;
    std::string rows;
    for (; name != names.end() && name->first == group; ++name) {
      rows += row_of(parts, name->second, [&](const auto& part) {
        return part.document().environment.get(group, name->second);
      });
    }
    out += fmt::format("<details{}><summary>{}</summary>\n{}</details>\n",
                       group == "cpu" ? " open" : "", html(group), table_of(parts, "", rows));
  }
  return out;
}

}  // namespace

std::string environment_section(const ReportParts& parts) {
  std::string out = "<section id=machine><h2>Machine and noise</h2>\n";
  out += noise_table(parts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out += per_part(parts, i, html_list(caveats(parts[i].view, true), "dim"));
  }
  return out + run_table(parts) + fact_tables(parts) + "</section>\n";
}

}  // namespace ipcmark
