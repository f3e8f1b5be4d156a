// What the charts draw: figures of cells, reduced curves, trials in time order, the machine's
// states, comparisons. Short names and few digits, because a result holds thousands of trials.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "results/comparison/comparison_text.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/figures/published.hpp"
#include "results/json/json_text.hpp"
#include "results/model/cell_key.hpp"
#include "results/model/cell_options.hpp"
#include "results/report/page_frame.hpp"
#include "results/report/report_curves.hpp"
#include "results/report/report_parts.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  const double rounded = chart_number(value);
  if (std::abs(rounded) < 1e15 && rounded == std::floor(rounded)) {
    return static_cast<std::int64_t>(rounded);
  }
  return rounded;
}

// How finely curves are kept; coarser where there are many cells.
struct Detail {
  unsigned percentiles = 0;   // points a decade
  unsigned distribution = 0;  // bins a decade
};

Detail detail_for(const ReportParts& parts) {
  std::size_t cells = 0;
  for (const ReportPart& part : parts) {
    for (const ViewGroup& group : part.view.groups) {
      if (group.kind == TableKind::latency) cells += group.rows.size();
    }
  }
  if (cells <= 600) return {10, 32};
  if (cells <= 2000) return {6, 20};
  return {4, 12};
}

// The place of each trial in the run, from 0.
using TimeOrder = std::map<std::pair<std::uint32_t, std::uint32_t>, int>;

TimeOrder time_order(const ResultDocument& document) {
  TimeOrder order;
  for (const Cell& cell : document.cells) {
    for (const Trial& trial : cell.trials) order[{trial.round, trial.position}] = 0;
  }
  int next = 0;
  for (auto& [place, number] : order) number = next++;
  return order;
}

// The states of all pairs of CPUs one after the other, in words.
Json state_names(const MachineView& machine) {
  Json names = Json::array();
  for (const PairStates& pair : machine.pairs()) {
    for (std::size_t i = 0; i < pair.states_ns.size(); ++i) {
      names.push_back(fmt::format("{} {}{}", pair_name(machine, pair),
                                  scaled(pair.states_ns[i], Unit::nanoseconds),
                                  pair.published == i ? " (ranked)" : ""));
    }
  }
  return names;
}

// Runs of one state: [first trial, place among all states, …]; -1 where no canary tells, or the
// machine changed meanwhile.
Json state_runs(const ResultDocument& document, const MachineView& machine,
                const TimeOrder& order) {
  std::map<const PairStates*, int> before;  // states of the pairs before
  int all = 0;
  for (const PairStates& pair : machine.pairs()) {
    before[&pair] = all;
    all += static_cast<int>(pair.states_ns.size());
  }
  std::map<int, int> states;
  for (const Cell& cell : document.cells) {
    for (const Trial& trial : cell.trials) {
      const TrialPlace where = machine.place_of(cell.spec, trial);
      int& state = states[order.at({trial.round, trial.position})];
      state = -1;
      if (where.states.empty()) continue;
      const PairState& shown = decisive(where.states);
      state = before.at(shown.pair) + static_cast<int>(shown.state);
    }
  }
  Json runs = Json::array();
  int last = -2;
  for (const auto& [place, state] : states) {
    if (state == last) continue;
    runs.push_back(place);
    runs.push_back(state);
    last = state;
  }
  return runs;
}

std::string known(const std::string& text) { return text == "n/a" ? std::string() : text; }

Json part_json(const ReportPart& part, const TimeOrder& order) {
  const ResultDocument& document = part.document();
  const Environment& machine = document.environment;
  return {{"label", part.label},
          {"started", document.run.started},
          {"version", document.run.version},
          {"revision", known(machine.get("build", "revision"))},
          {"model", known(machine.get("cpu", "model"))},
          {"kernel", known(machine.get("kernel", "release"))},
          {"states", state_names(part.view.machine)},
          {"runs", state_runs(document, part.view.machine, order)},
          {"trials", order.size()},
          {"cpus", part.view.cpus}};
}

// What tells this group's column from another's, beside size, rate and placement.
std::string column_of(const ViewGroup& group) {
  std::string text = group.scenario;
  const RunSpec& spec = group.rows.front().cell->spec;
  for (const auto& [name, value] : spec.own_options()) {
    if (name != "rate") text += fmt::format(" {}={}", name, value);  // told by itself
  }
  for (const CellOption& option : cell_options()) {
    if (option.shown != Shown::table || option.in_key == InKey::value) continue;
    if (!is_default(option, spec)) text += " " + named_text(option, spec);
  }
  return text;
}

void add_curves(const std::string& name, const std::vector<const Trial*>& trials, Detail detail,
                Json& out) {
  std::vector<const Histogram*> histograms;
  histograms.reserve(trials.size());
  for (const Trial* trial : trials) {
    const auto found = trial->histograms.find(name);
    if (found != trial->histograms.end()) histograms.push_back(&found->second);
  }
  const PercentileCurve curve = percentile_curve(histograms, detail.percentiles);
  if (curve.points.empty()) return;
  Json points = Json::array();
  for (const auto& point : curve.points) {
    for (const double value : {point.median, point.low, point.high}) {
      points.push_back(number(value));
    }
  }
  out["q"] = std::move(points);
  out["qp"] = curve.published;
  const Distribution shape = distribution(histograms, detail.distribution);
  Json bins = Json::array();
  bins.push_back(shape.first);
  for (const std::uint32_t share : shape.per_mille) bins.push_back(share);
  out["d"] = std::move(bins);
}

Json trials_json(const ViewGroup& group, const Cell& cell, const TimeOrder& order) {
  Json trials = Json::array();
  for (const Trial& trial : cell.trials) {
    const double quantile = group.kind == TableKind::latency ? 0.5 : -1;
    const double value = trial_value(trial, group.shown, quantile).value_or(0);
    if (trial.state != State::passed || !(value > 0)) continue;
    trials.push_back(order.at({trial.round, trial.position}));
    trials.push_back(number(value));
  }
  return trials;
}

Json figure_json(const Figure& figure) {
  return Json::array({number(figure.median), number(figure.low), number(figure.high)});
}

void add_figure(const Summary& summary, const std::string& name, double quantile, const char* as,
                Json& out) {
  const Figure* figure = summary.figure(name, quantile);
  if (figure != nullptr && figure->needs == 0 && figure->median > 0) out[as] = figure_json(*figure);
}

// Of an open loop; 0 of anything else.
double offered_rate(const Cell& cell) {
  for (const Trial& trial : cell.trials) {
    if (const Metric* offered = trial.metric("offered_rate")) return offered->value;
  }
  const auto asked = cell.spec.options.find("rate");
  return asked == cell.spec.options.end() ? 0 : static_cast<double>(asked->second);
}

void add_rank(const ViewGroup& group, const ViewRow& row, Json& out) {
  if (row.ratio > 0) out["ratio"] = number(row.ratio);
  if (&row == group.best()) out["best"] = 1;
  if (row.tie) out["tie"] = 1;
  if (const auto why = unranked_text(row); !why.empty()) out["unranked"] = why;
  if (row.grouped() != nullptr) out["groups"] = groups_text(*row.grouped(), true);
}

Json cell_json(const ReportPart& part, std::size_t index, const ViewGroup& group,
               const ViewRow& row, const TimeOrder& order, Detail detail) {
  const RunSpec& spec = row.cell->spec;
  Json out{{"r", index},
           {"s", group.scenario},
           {"col", column_of(group)},
           {"l", group.kind == TableKind::latency ? 1 : 0},
           {"z", spec.size},
           {"w", to_string(spec.wait)},
           {"p", to_string(spec.placement)},
           {"m", row.label}};
  if (const std::string kind = group_of(row.cell->capabilities); !kind.empty()) out["g"] = kind;
  if (row.summary.state != State::passed) out["state"] = to_string(row.summary.state);
  add_rank(group, row, out);
  if (row.shown != nullptr) out["v"] = figure_json(*row.shown);
  if (row.by_means()) out["by"] = ranked_text(row, true);
  add_figure(row.summary, "cpu_per_message", -1, "cpu", out);
  add_figure(row.summary, "cpus_busy", -1, "busy", out);
  add_figure(row.summary, "bytes_rate", -1, "bytes", out);
  add_figure(row.summary, group.shown, 0.9, "p90", out);
  add_figure(row.summary, group.shown, 0.99, "p99", out);
  if (const auto rate = offered_rate(*row.cell); rate > 0) {
    out["rate"] = number(rate);
    if (row.summary.saturated > 0 && !row.broken) out["saturated"] = row.summary.reason;
  }
  if (group.kind == TableKind::latency && !row.broken && row.summary.saturated == 0) {
    add_curves(group.shown, published_trials(*row.cell, part.view.machine), detail, out);
  }
  const bool withheld = group.kind == TableKind::latency && row.summary.saturated > 0;
  out["t"] = withheld ? Json::array() : trials_json(group, *row.cell, order);
  return out;
}

// Option of the group's scenario that says how many ends there are; empty: none.
std::string ends_option(const ReportPart& part, const ViewGroup& group) {
  const ScenarioFacts* facts = part.document().catalogue.scenario(group.scenario);
  return facts == nullptr ? std::string() : facts->ends;
}

std::int64_t ends_of(const ReportPart& part, const std::string& option, const RunSpec& spec) {
  return part.document().catalogue.scenario(spec.scenario)->option(spec, option).value_or(1);
}

// The scenarios whose cells differ in how many ends they have: there is something to draw.
std::set<std::string> scenarios_of_many(const ReportParts& parts) {
  std::map<std::string, std::set<std::int64_t>> seen;
  for (const ReportPart& part : parts) {
    for (const ViewGroup& group : part.view.groups) {
      const std::string option = ends_option(part, group);
      if (option.empty()) continue;
      for (const ViewRow& row : group.rows) {
        if (!row.broken) seen[group.scenario].insert(ends_of(part, option, row.cell->spec));
      }
    }
  }
  std::set<std::string> names;
  for (const auto& [name, counts] : seen) {
    if (counts.size() > 1) names.insert(name);
  }
  return names;
}

// A cell as one point over the number of its ends.
Json ends_json(const ReportPart& part, std::size_t index, const ViewGroup& group,
               const ViewRow& row) {
  const RunSpec& spec = row.cell->spec;
  const std::string option = ends_option(part, group);
  RunSpec alike = spec;
  alike.options.erase(option);
  std::size_t processes = 0;
  for (const Trial& trial : row.cell->trials) processes = std::max(processes, trial.costs.size());
  Json out{{"r", index},
           {"s", group.scenario},
           {"by", option},
           {"set", setting_of(alike)},
           {"z", spec.size},
           {"w", to_string(spec.wait)},
           {"p", to_string(spec.placement)},
           {"m", row.label},
           {"x", ends_of(part, option, spec)},
           {"n", processes}};
  if (const std::string kind = group_of(row.cell->capabilities); !kind.empty()) out["g"] = kind;
  if (group.kind == TableKind::latency) {
    add_figure(row.summary, group.shown, 0.5, "mid", out);
    add_figure(row.summary, group.shown, 0.99, "high", out);
  }
  add_figure(row.summary, "rate", -1, "rate", out);
  add_figure(row.summary, "fairness", -1, "fair", out);
  add_figure(row.summary, "cpus_busy", -1, "busy", out);
  return out;
}

Json all_ends_json(const ReportParts& parts) {
  Json ends = Json::array();
  const std::set<std::string> many = scenarios_of_many(parts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const ViewGroup& group : parts[i].view.groups) {
      if (!many.contains(group.scenario)) continue;
      for (const ViewRow& row : group.rows) {
        if (!row.broken) ends.push_back(ends_json(parts[i], i, group, row));
      }
    }
  }
  return ends;
}

Json comparison_json(const ReportComparison& each) {
  Json figures = Json::array();
  for (const ComparedFigure* figure : by_gravity(each.comparison)) {
    if (!figure->gated) continue;
    // Without a ratio, which is 0 then, it is counted where the others are drawn.
    figures.push_back(
        Json::array({figure->key, label_of(*figure), number(std::max(figure->ratio.ratio, 0.0)),
                     number(figure->ratio.interval.low), number(figure->ratio.interval.high),
                     number(figure->limit), to_string(figure->judgement.verdict),
                     figure->entry.better == Better::higher ? 1 : 0}));
  }
  return {{"c", each.candidate}, {"figures", std::move(figures)}};
}

// The commonest way of a cell: [label, kind of work, scaled, traced, …].
Json explained_json(std::size_t part, const ExplainedCell& cell) {
  const ExplainedPath& path = cell.paths.front();
  Json segments = Json::array();
  for (const ExplainedSegment& segment : path.segments) {
    segments.push_back(Json::array(
        {segment.label, segment.work, number(segment.scaled_ns), number(segment.traced_ns)}));
  }
  return {{"r", part},
          {"cell", cell.cell},
          {"seen", cell.seen},
          {"share", number(path.share)},
          {"estimate", cell.estimate ? 1 : 0},
          {"segments", std::move(segments)}};
}

}  // namespace

std::string report_data(const ReportParts& parts,
                        const std::vector<ReportComparison>& comparisons) {
  const Detail detail = detail_for(parts);
  Json results = Json::array();
  Json cells = Json::array();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const TimeOrder order = time_order(parts[i].document());
    results.push_back(part_json(parts[i], order));
    for (const ViewGroup& group : parts[i].view.groups) {
      if (group.kind == TableKind::verdict) continue;
      for (const ViewRow& row : group.rows) {
        cells.push_back(cell_json(parts[i], i, group, row, order, detail));
      }
    }
  }
  Json explained = Json::array();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const ExplainedCell& cell : parts[i].document().explained) {
      if (!cell.paths.empty()) explained.push_back(explained_json(i, cell));
    }
  }
  Json compared = Json::array();
  for (const ReportComparison& each : comparisons) {
    if (each.differences.empty()) compared.push_back(comparison_json(each));
  }
  const Json document{{"detail", {{"q", detail.percentiles}, {"d", detail.distribution}}},
                      {"results", std::move(results)},
                      {"cells", std::move(cells)},
                      {"ends", all_ends_json(parts)},
                      {"explained", std::move(explained)},
                      {"comparisons", std::move(compared)}};
  return script_json(one_line(document));
}

}  // namespace ipcmark
