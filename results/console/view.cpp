#include "results/console/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "results/console/console.hpp"
#include "results/figures/published.hpp"
#include "results/model/capabilities.hpp"
#include "results/model/cell_key.hpp"
#include "results/model/cell_options.hpp"
#include "results/text/quantities.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

constexpr double wide_spread = 0.2;
// Where trials agree to the nanosecond, anything else counts as far out; that is no news.
constexpr double far_out_share = 0.05;

TableKind kind_by_unit(Unit unit) {
  return is_time(unit) ? TableKind::latency : TableKind::throughput;
}

// What a table of a scenario's cells shows, as its entry says; of a scenario that is not declared
// what its cells' trials tell.
struct ShownFigures {
  TableKind kind = TableKind::verdict;
  std::string figure;
};

ShownFigures shown_of_unknown(const Cell& cell) {
  // A trial that ends with its work rather than its time was run for its verdict.
  if (cell.spec.duration_ns == 0 && cell.spec.messages == 0) return {};
  for (const Trial& trial : cell.trials) {
    if (!trial.histograms.empty()) return {TableKind::latency, trial.histograms.begin()->first};
    for (const Metric& metric : trial.metrics) {
      if (is_rate(metric.unit)) return {TableKind::throughput, metric.name};
    }
  }
  return {};
}

ShownFigures shown_of(const Cell& cell, const ScenarioFacts* facts) {
  if (facts == nullptr) return shown_of_unknown(cell);
  const std::vector<FigureEntry> headlines = facts->headlines();
  if (!facts->timed || headlines.empty()) return {};
  return {kind_by_unit(headlines.front().unit), headlines.front().name};
}

// Tables are shown in the order of their keys: by kind, by the document's order of scenarios, by
// size, by silence (whose text would have the alphabet's order), and by setting.
using GroupKey = std::tuple<TableKind, std::size_t, std::uint64_t, std::int64_t, std::string>;
GroupKey group_key(TableKind kind, std::size_t scenario, const RunSpec& spec) {
  return {kind, scenario, spec.size, spec.option("gap_ns", 0), setting_of(spec)};
}

int rank_class(const ViewRow& row) {
  if (row.broken) return row.summary.state == State::skipped ? 6 : 5;
  if (row.main != nullptr)
    return row.floor ? 3 : row.other_state || row.polled_ns > 0 || row.lossy ? 2 : row.few ? 1 : 0;
  return row.summary.state == State::passed ? 4 : 5;
}

void drop_figures(Summary& summary) {
  summary.figures.clear();
  summary.published = 0;
  summary.left_out = 0;
  summary.comparable = true;  // it is not the machine that keeps it from being compared
}

std::vector<std::string> setting_parts(const std::string& setting) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < setting.size();) {
    const std::size_t end = std::min(setting.find(", ", begin), setting.size());
    parts.push_back(setting.substr(begin, end - begin));
    begin = end + 2;
  }
  return parts;
}

bool higher_is_better(const ViewGroup& group) {
  for (const ViewRow& row : group.rows) {
    if (row.main != nullptr) return row.main->entry.better == Better::higher;
  }
  return false;
}

// Options may give a scenario's cells another headline than the first (latency --one-way).
void show_what_it_has(ViewGroup& group) {
  const auto has = [&group](const ViewRow& row) {
    return std::any_of(row.summary.figures.begin(), row.summary.figures.end(),
                       [&group](const Figure& figure) { return figure.name == group.shown; });
  };
  if (std::any_of(group.rows.begin(), group.rows.end(), has)) return;
  for (const ViewRow& row : group.rows) {
    if (row.main == nullptr) continue;
    group.shown = row.main->name;
    return;
  }
}

void rank(ViewGroup& group) {
  const bool higher = higher_is_better(group);
  for (ViewRow& row : group.rows) {
    row.few = row.main != nullptr && row.main->coverage <= 0 && !row.floor && !row.other_state;
  }
  std::stable_sort(group.rows.begin(), group.rows.end(), [&](const ViewRow& a, const ViewRow& b) {
    if (rank_class(a) != rank_class(b)) return rank_class(a) < rank_class(b);
    if (a.main == nullptr) return false;
    return higher ? a.main->median > b.main->median : a.main->median < b.main->median;
  });
  const ViewRow* best = group.best();
  for (ViewRow& row : group.rows) {
    if (row.main == nullptr) continue;
    const Figure& figure = *row.main;
    row.wide = 2 * half_spread(figure) > wide_spread;
    row.far_out = figure.severe_outliers > 0 &&
                  std::abs(figure.farthest - figure.median) > far_out_share * figure.median;
    if (best == nullptr || rank_class(row) != 0) continue;
    const Figure& top = *best->main;
    row.ratio = higher ? top.median / figure.median : figure.median / top.median;
    row.tie = &row != best && overlap(figure, top);
  }
  const ViewRow* first = nullptr;  // of those that share a place
  unsigned ranked = 0;
  for (ViewRow& row : group.rows) {
    if (row.ratio == 0) continue;
    ++ranked;
    if (first == nullptr || !overlap(*row.main, *first->main)) first = &row;
    row.place = first == &row ? ranked : first->place;
  }
}

// Settings are lists: what not all of those with the same scenario and size have tells them apart.
void distinguish(std::vector<ViewGroup>& groups) {
  std::map<std::pair<std::string, std::uint64_t>, std::vector<ViewGroup*>> alike;
  for (ViewGroup& group : groups) alike[{group.scenario, group.size}].push_back(&group);
  for (const auto& [place, several] : alike) {
    std::map<std::string, std::size_t> in;  // how many of them have that part
    for (const ViewGroup* group : several) {
      for (const std::string& part : setting_parts(group->setting)) ++in[part];
    }
    for (ViewGroup* group : several) {
      for (const std::string& part : setting_parts(group->setting)) {
        if (in[part] == several.size()) continue;
        group->apart.append(group->apart.empty() ? "" : ", ").append(part);
      }
    }
  }
}

}  // namespace

std::string mechanism_label(const RunSpec& spec) {
  std::string text = spec.backend;
  if (text.empty()) text = spec.lock.empty() ? "notifier " + spec.notifier : "lock " + spec.lock;
  if (!spec.backend.empty() && !spec.lock.empty()) text += " lock=" + spec.lock;
  for (const CellOption& option : cell_options()) {
    if (option.shown == Shown::row && !is_default(option, spec)) {
      text += " " + named_text(option, spec);
    }
  }
  return text;
}

namespace {

ViewRow row_for(const Cell& cell, const MachineView& machine, const Catalogue& catalogue) {
  ViewRow row;
  row.cell = &cell;
  row.summary = summarize(cell, machine, catalogue);
  row.broken = row.summary.not_passed > 0;
  if (row.broken) drop_figures(row.summary);
  row.other_state = !row.summary.comparable;
  row.label = mechanism_label(cell.spec);
  row.polled_ns = poll_interval(cell);
  row.floor = declares(cell.capabilities, "one_process");
  row.lossy = declares(cell.capabilities, "lossy");
  return row;
}

}  // namespace

const ViewRow* ViewGroup::best() const {
  if (rows.empty() || rank_class(rows.front()) != 0) return nullptr;
  return &rows.front();
}

View make_view(const ResultDocument& document) {
  View view;
  view.machine = MachineView(document);
  view.cpus = cpus_of(document.environment);
  view.searches = document.searches;
  std::map<std::string, std::size_t> seen;  // scenarios in the order of the document
  std::map<std::string, ShownFigures> shown;
  for (const Cell& cell : document.cells) {
    const std::string& name = cell.spec.scenario;
    seen.emplace(name, seen.size());
    // Where one cell was skipped, another of the same scenario tells what it shows.
    ShownFigures& scenario = shown[name];
    ShownFigures own = shown_of(cell, document.catalogue.scenario(name));
    if (own.kind < scenario.kind) scenario = std::move(own);
  }
  std::map<GroupKey, ViewGroup> groups;
  for (const Cell& cell : document.cells) {
    const RunSpec& spec = cell.spec;
    const ShownFigures& scenario = shown.at(spec.scenario);
    ViewGroup& group = groups[group_key(scenario.kind, seen.at(spec.scenario), spec)];
    group.kind = scenario.kind;
    group.shown = scenario.figure;
    group.scenario = spec.scenario;
    if (const ScenarioFacts* facts = document.catalogue.scenario(spec.scenario)) {
      group.view = facts->view;
      group.defaults = facts->defaults;
      const std::vector<FigureEntry> headlines = facts->headlines();
      if (headlines.size() > 1) group.beside = headlines[1];
      for (const FigureEntry& entry : facts->figures) {
        if (entry.proof == Proof::reached) group.reached = entry;
        if (entry.proof == Proof::expected) group.expected = entry;
      }
    }
    group.size = spec.size;
    group.setting = setting_of(spec);
    group.rows.push_back(row_for(cell, view.machine, document.catalogue));
  }
  for (auto& [order, group] : groups) view.groups.push_back(std::move(group));
  distinguish(view.groups);
  // Only now: the figures pointed to must not move any more.
  for (ViewGroup& group : view.groups) {
    const ScenarioFacts* facts = document.catalogue.scenario(group.scenario);
    for (ViewRow& row : group.rows) {
      if (group.kind == TableKind::verdict) continue;
      row.main = main_figure(row.summary, facts);
      const double quantile = group.kind == TableKind::latency ? 0.5 : -1;
      const Figure* shown = published_figure(row.summary, group.shown, quantile);
      row.shown = row.main == nullptr || shown == nullptr ? row.main : shown;
    }
    show_what_it_has(group);
    rank(group);
  }
  return view;
}

bool overlap(const Figure& a, const Figure& b) { return a.low <= b.high && b.low <= a.high; }

std::vector<std::size_t> first_table(const std::vector<RunSpec>& cells,
                                     const Catalogue& catalogue) {
  std::map<std::string, std::size_t> seen;
  std::map<GroupKey, std::vector<std::size_t>> tables;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t scenario = seen.emplace(cells[i].scenario, seen.size()).first->second;
    const TableKind kind = shown_of({cells[i], {}, {}}, catalogue.scenario(cells[i].scenario)).kind;
    if (kind != TableKind::verdict) tables[group_key(kind, scenario, cells[i])].push_back(i);
  }
  return tables.empty() ? std::vector<std::size_t>{} : tables.begin()->second;
}

std::string size_for_people(std::uint64_t bytes) {
  const std::string text = size_text(bytes);
  const std::size_t unit = text.find_first_not_of("0123456789");
  std::string digits = text.substr(0, unit);
  for (std::size_t i = digits.size(); i > 3;) digits.insert(i -= 3, 1, ' ');
  return digits + " " + text.substr(unit);
}

std::string sizes_for_people(const ViewGroup& group) {
  const auto is_several = [](const RunSpec& spec) {
    return !spec.size_mix.empty() || !spec.replay.empty();
  };
  const bool several = !group.rows.empty() && is_several(group.rows.front().cell->spec);
  return (several ? "up to " : "") + size_for_people(group.size);
}

std::string polled_text(const ViewRow& row) {
  if (row.polled_ns == 0) return {};
  return "polled every " + scaled(static_cast<double>(row.polled_ns), Unit::nanoseconds);
}

double largest_shown(const ViewGroup& group) {
  double largest = 0;
  for (const ViewRow& row : group.rows) {
    if (row.shown != nullptr) largest = std::max(largest, row.shown->median);
  }
  return largest;
}

bool failed(const ViewRow& row) { return is_failure(row.summary.state); }

std::string outcome_text(const ViewRow& row) {
  const Summary& summary = row.summary;
  const auto same = [&summary](const Trial& trial) { return trial.state == summary.state; };
  const auto count = std::count_if(row.cell->trials.begin(), row.cell->trials.end(), same);
  if (summary.state == State::skipped && count == summary.trials) return to_string(summary.state);
  return fmt::format("{} in {} of {} trials: {}", to_string(summary.state), count, summary.trials,
                     summary.reason.empty() ? "no reason given" : summary.reason);
}

std::string row_name(const ViewRow& row) {
  const Wait wait = row.cell->spec.wait;
  return wait == Wait::block ? row.label : row.label + " (" + to_string(wait) + ")";
}

std::string unranked_text(const ViewRow& row) {
  if (row.main == nullptr) return {};
  if (row.floor) return "floor";
  if (row.polled_ns > 0) return polled_text(row);
  if (row.lossy) return "lossy";
  if (row.other_state) return row.summary.machine_state_ns > 0 ? "other state" : "unsteady";
  return row.few ? "few trials" : "";
}

std::string size_words(const ViewGroup& group) {
  const std::string size = size_for_people(group.size);
  return group.apart.empty() ? size : fmt::format("{} ({})", size, group.apart);
}

std::string pair_name(const MachineView& machine, const PairStates& pair) {
  if (machine.pairs().size() == 1) return "core to core";
  if (pair.cpus.empty()) return to_string(pair.placement);
  return fmt::format("CPU {} to CPU {}", pair.cpus[0], pair.cpus[1]);
}

std::string ranked_text(const ViewRow& row, bool unicode) {
  const std::string text = value_text(*row.main, unicode);
  return row.by_means() ? fmt::format("{} ({})", text, header_of(*row.main)) : text;
}

std::string losses_text(const ViewRow& row, bool unicode) {
  const Figure* share = row.summary.figure(lost_share_name);
  const Figure* longest = row.summary.figure(longest_loss_name);
  const Figure* rate = row.summary.figure(sent_rate_name);
  if (!row.lossy || share == nullptr || longest == nullptr || rate == nullptr) return {};
  double worst = 0;
  double run = 0;
  for (const Trial& trial : row.cell->trials) {
    if (trial.state != State::passed) continue;
    if (const Metric* lost = trial.metric(lost_share_name)) worst = std::max(worst, lost->value);
    if (const Metric* lost = trial.metric(longest_loss_name)) run = std::max(run, lost->value);
  }
  const std::string sent =
      "of those sent at " + scaled(rate->median, Unit::messages_per_second, unicode);
  if (worst <= 0) return "none " + sent;
  return fmt::format("{:.2g} % (at most {:.2g} % in a trial) {}, {:.0f} in a row at most",
                     100 * share->median, 100 * worst, sent, run);
}

std::string half_width_text(const Figure& figure, bool unicode) {
  if (!(figure.median > 0)) return {};
  const double percent = 100 * half_width(figure);
  const char* sign = figure.coverage <= 0 ? "~" : unicode ? "\u00b1" : "+-";
  return fmt::format("{}{:.{}f}%", sign, percent, percent < 9.95 ? 1 : 0);
}

std::string groups_text(const Figure& figure, bool unicode) {
  std::string text;
  for (const FigureGroup& group : figure.groups) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ",
                        scaled(group.median, figure.unit, unicode), group.trials);
  }
  return text;
}

std::string value_text(const Figure& figure, bool unicode) {
  return figure.groups.empty() ? scaled(figure.median, figure.unit, unicode)
                               : groups_text(figure, unicode);
}

std::string place_name(const ViewGroup& group, const ViewRow& row) {
  return fmt::format("{} {} {}", group.scenario, size_words(group), row_name(row));
}

std::string shown_words(const ViewGroup& group) {
  std::string text = group.shown;
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

}  // namespace ipcmark
