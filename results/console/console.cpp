#include "results/console/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "results/console/findings.hpp"
#include "results/console/load_view.hpp"
#include "results/console/table.hpp"
#include "results/console/verdicts.hpp"
#include "results/console/view.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/figures/disturbances.hpp"
#include "results/figures/statistics.hpp"
#include "results/model/run_labels.hpp"
#include "results/text/printable.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

using Column = Table::Column;
using Entry = Table::Entry;

// What lies between two groups of trials is no figure.
std::string text_of(const Figure* figure, const ConsoleStyle& style) {
  if (figure == nullptr) return {};
  return figure->needs != 0 ? "n/a" : value_text(*figure, style.unicode);
}

// The row that others are compared to, if the choice names one that is in this table.
const ViewRow* reference_in(const ViewGroup& group, const TableChoice& choice) {
  if (choice.reference.empty()) return nullptr;
  for (const ViewRow& row : group.rows) {
    if (row.main != nullptr && row.cell->spec.key() == choice.reference) return &row;
  }
  return nullptr;
}

// Above 1: worse than the reference, as the ratios to the best. Of too few trials roughly.
std::string ratio_to(const ViewGroup& group, const ViewRow& row, const ViewRow& reference) {
  if (row.main == nullptr || row.main->median <= 0) return {};
  if (&row != &reference && row.other_state) return unranked_text(row);
  if (&row != &reference && reference.other_state) return "other state";
  const bool higher = group.kind != TableKind::latency;
  const double ratio = higher ? reference.main->median / row.main->median
                              : row.main->median / reference.main->median;
  return (row.few || reference.few ? "~ " : "") + scaled(ratio, Unit::ratio);
}

std::string ratio_header(const ViewGroup& group, const TableChoice& choice) {
  const ViewRow* reference = reference_in(group, choice);
  return "vs " + (reference == nullptr ? "best" : printable(row_name(*reference)));
}

std::string ratio_text(const ViewRow& row, bool best) {
  if (row.ratio == 0) return row.polled_ns > 0 && !row.floor ? "polled" : unranked_text(row);
  if (best) return "1.00";
  return (row.tie ? "= " : "") + scaled(row.ratio, Unit::ratio);
}

// About how many more rounds would narrow an interval that is too wide to rank by, or give one.
std::string more_text(const ViewRow& row) {
  if (row.main == nullptr || !(row.wide || row.few)) return {};
  // The range of a few trials foretells no interval.
  const auto more = row.few ? min_trials_for_interval() - row.main->trials
                            : more_trials_for(*row.main, target_half_width);
  return more == 0 ? std::string{} : "+" + std::to_string(more);
}

// An asterisk sends the reader to the notes below the tables.
bool has_note(const ViewRow& row) {
  return !row.broken && (row.summary.unsteady > 0 || row.summary.left_out > 0 || row.other_state ||
                         (row.lossy && row.main != nullptr) || row.far_out || row.wide || row.few ||
                         row.grouped() != nullptr);
}

std::string marked_label(const ViewRow& row) {
  return row.label + (failed(row) ? failed_mark : has_note(row) ? "*" : "");
}

// "3", and "3=" where several share the place.
std::string place_text(const ViewGroup& group, const ViewRow& row) {
  if (row.place == 0) return {};
  const auto same = [&row](const ViewRow& other) { return other.place == row.place; };
  const bool shared = std::count_if(group.rows.begin(), group.rows.end(), same) > 1;
  return std::to_string(row.place) + (shared ? "=" : "");
}

// The columns that open every timed table.
std::vector<Entry> opening(const ViewGroup& group, const ViewRow& row, const std::string& main,
                           bool best, const ConsoleStyle& style, const TableChoice& choice) {
  const bool passed = row.summary.state == State::passed;
  const bool no_figure = !passed && row.main == nullptr;
  const bool aside = !passed || !unranked_text(row).empty();
  const TextStyle text_style = failed(row) ? TextStyle::bad
                               : best      ? TextStyle::good
                               : aside     ? TextStyle::dim
                                           : TextStyle::plain;
  const auto change = choice.changes.find(row.cell->spec.key());
  return {
      {place_text(group, row), 0, TextStyle::dim},
      {marked_label(row), 0, text_style},
      {to_string(row.cell->spec.wait), 0, aside ? TextStyle::dim : TextStyle::plain},
      {no_figure ? to_string(row.summary.state) : main, 0, text_style},
      {row.shown == nullptr ? "" : half_width_text(*row.shown, style.unicode), 0, TextStyle::dim},
      {change == choice.changes.end() ? "" : change->second, 0, TextStyle::plain}};
}

void add_costs(const ViewGroup& group, const ViewRow& row, double longest, bool best,
               const ConsoleStyle& style, const TableChoice& choice, std::vector<Entry>& entries) {
  const ViewRow* reference = reference_in(group, choice);
  const double length = row.shown == nullptr || longest <= 0 ? 0 : row.shown->median / longest;
  const bool aside = !unranked_text(row).empty();
  entries.push_back({"", length,
                     best    ? TextStyle::good
                     : aside ? TextStyle::dim
                             : TextStyle::plain});
  entries.push_back(
      {reference == nullptr ? ratio_text(row, best) : ratio_to(group, row, *reference), 0,
       best ? TextStyle::good : TextStyle::plain});
  entries.push_back({text_of(row.summary.figure("cpu_per_message"), style), 0, TextStyle::plain});
  const std::string user = text_of(row.summary.figure("user_per_message"), style);
  const std::string system = text_of(row.summary.figure("system_per_message"), style);
  entries.push_back({user.empty() ? "" : user + " + " + system, 0, TextStyle::dim});
  entries.push_back(
      {text_of(row.summary.figure("switches_per_message"), style), 0, TextStyle::plain});
  entries.push_back({more_text(row), 0, TextStyle::dim});
}

std::string baseline_header(const TableChoice& choice) {
  return choice.baseline.empty() ? "" : "since " + printable(choice.baseline);
}

// The rows in the order that was asked for; those that lack what it goes by come last.
std::vector<const ViewRow*> ordered(const ViewGroup& group, TableOrder order) {
  std::vector<const ViewRow*> rows;
  for (const ViewRow& row : group.rows) rows.push_back(&row);
  const auto cpu = [](const ViewRow& row) {
    const Figure* figure = row.summary.figure("cpu_per_message");
    return figure == nullptr || figure->needs != 0 ? std::numeric_limits<double>::infinity()
                                                   : figure->median;
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const ViewRow* a, const ViewRow* b) {
    if (order == TableOrder::name) return row_name(*a) < row_name(*b);
    return order == TableOrder::cpu && cpu(*a) < cpu(*b);
  });
  return rows;
}

bool any_by_means(const ViewGroup& group) {
  return std::any_of(group.rows.begin(), group.rows.end(),
                     [](const ViewRow& row) { return row.by_means(); });
}

// With its precision where it decides.
std::string beside_text(const ViewGroup& group, const ViewRow& row, const ConsoleStyle& style) {
  const std::string text = text_of(row.summary.figure(group.beside.name, 0.5), style);
  return row.by_means() ? text + " " + half_width_text(*row.main, style.unicode) : text;
}

// What a table of latencies shows behind the median, and one of rates behind the rate.
std::vector<Column> further_columns(const ViewGroup& group) {
  if (group.kind != TableKind::latency) return {{"bytes", true, 92}};
  return {{"p90", true, 75},
          {"p99", true, 65},
          {"p99.9", true, 60},
          {group.beside.header, true, any_by_means(group) ? 93 : 55}};
}

void add_further(const ViewGroup& group, const ViewRow& row, const ConsoleStyle& style,
                 std::vector<Entry>& entries) {
  if (group.kind != TableKind::latency) {
    entries.push_back({text_of(row.summary.figure("bytes_rate"), style), 0, TextStyle::plain});
    return;
  }
  for (const double q : {0.9, 0.99, 0.999}) {
    entries.push_back({text_of(row.summary.figure(group.shown, q), style), 0, TextStyle::plain});
  }
  entries.push_back({beside_text(group, row, style), 0, TextStyle::plain});
}

Table timed_table(const ViewGroup& group, const ConsoleStyle& style, const TableChoice& choice) {
  const bool latency = group.kind == TableKind::latency;
  std::vector<Column> columns{{"#", true, 72},
                              {"backend", false},
                              {"wait", false, 95},
                              {latency ? "p50" : "messages"},
                              {style.unicode ? "\u00b1" : "+-", true, 80},
                              {baseline_header(choice), true, 97}};
  for (Column& column : further_columns(group)) columns.push_back(std::move(column));
  columns.insert(columns.end(), {{"", false, 50, true},
                                 {ratio_header(group, choice), true, 90},
                                 {cost_label("cpu_per_message"), true, 85},
                                 {"user + system", true, 45},
                                 {cost_label("switches_per_message"), true, 82},
                                 {"rounds", true, 78}});
  Table table(std::move(columns));
  const double longest = largest_shown(group);
  for (const ViewRow* each : ordered(group, choice.order)) {
    const ViewRow& row = *each;
    const bool best = each == group.best();
    const Figure* shown =
        latency ? row.summary.figure(group.shown, 0.5) : row.summary.figure(group.shown);
    auto entries = opening(group, row, text_of(shown, style), best, style, choice);
    add_further(group, row, style, entries);
    add_costs(group, row, longest, best, style, choice, entries);
    table.add(std::move(entries));
  }
  return table;
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

std::string timed_section(const ViewGroup& group, const ConsoleStyle& style,
                          const TableChoice& choice) {
  const bool latency = group.kind == TableKind::latency;
  const std::string title =
      fmt::format("{} of {}", capitalized(printable(group.scenario)), sizes_for_people(group));
  const std::string rest = fmt::format(
      "  {}, {}", latency ? printable(shown_words(group)) : "received", printable(group.setting));
  std::string out =
      "\n" + styled(title, TextStyle::bold, style) + styled(rest, TextStyle::dim, style) + "\n";
  return out + timed_table(group, style, choice).render(style);
}

std::string joined(const std::vector<std::string>& parts, bool unicode) {
  std::string text;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += unicode ? " \u00b7 " : ", ";
    text += part;
  }
  return text;
}

std::string known(const std::string& fact, const std::string& before = "",
                  const std::string& after = "") {
  return fact.empty() || fact == "n/a" || fact == "none" ? "" : before + fact + after;
}

std::string heading(const ResultDocument& document, const ConsoleStyle& style) {
  const RunInfo& run = document.run;
  const Environment& machine = document.environment;
  const std::string first =
      joined({known(run.version, "ipcmark "), known(run.suite, "", " suite"),
              run.trials_asked == 0 ? "" : fmt::format("{} trials a cell", run.trials_asked),
              run.seed == 0 ? "" : fmt::format("seed {}", run.seed), known(run.id, "run ")},
             style.unicode);
  const std::string hypervisor = machine.get("cpu", "hypervisor");  // "yes (KVM)"
  const std::string second =
      joined({known(machine.get("cpu", "model")), known(machine.get("cpu", "online"), "", " CPUs"),
              known(machine.get("kernel", "release"), "Linux "),
              hypervisor.starts_with("yes") ? "virtual machine" + hypervisor.substr(3) : ""},
             style.unicode);
  const std::string third = joined(origin_words(run), style.unicode);
  std::string out;
  if (!first.empty()) out += styled(wrapped(first, "", style.width), TextStyle::bold, style);
  for (const std::string& line : {second, third}) {
    if (!line.empty()) out += styled(wrapped(line, "", style.width), TextStyle::dim, style);
  }
  const auto warn = [&](const std::string& text) {
    out += styled(text, TextStyle::bad, style) + "\n";
  };
  if (run.interrupted) warn("Interrupted: what was measured until then is shown.");
  for (const std::string& sentence : disturbances(document)) warn(printable(sentence));
  return out;
}

// What occurs in the tables that a reader may not know.
struct Marks {
  double coverage = 1;  // the least of those that have an interval
  bool any = false;
  bool interval = false, range = false, tie = false;
  bool floor = false, other_state = false, unsteady = false, few = false;
  bool grouped = false, note = false, more = false, failures = false;
  bool means = false, step = false, lossy = false;
  std::string polled;  // "polled every 1 ms"; empty: none is
};

Marks marks_of(const View& view) {
  Marks marks;
  for (const ViewGroup& group : view.groups) {
    for (const ViewRow& row : group.rows) {
      marks.failures = marks.failures || (group.kind != TableKind::verdict && failed(row));
      if (row.main == nullptr) continue;
      marks.any = true;
      const bool interval = row.main->coverage > 0;
      if (interval) marks.coverage = std::min(marks.coverage, row.main->coverage);
      marks.interval = marks.interval || interval;
      marks.range = marks.range || !interval;
      marks.tie = marks.tie || row.tie;
      const std::string unranked = unranked_text(row);
      marks.floor = marks.floor || unranked == "floor";
      marks.other_state = marks.other_state || unranked == "other state";
      marks.unsteady = marks.unsteady || unranked == "unsteady";
      marks.few = marks.few || (group.view == ScenarioView::figures && unranked == "few trials");
      marks.lossy = marks.lossy || unranked == "lossy";
      if (marks.polled.empty()) marks.polled = polled_text(row);
      marks.grouped = marks.grouped || row.grouped() != nullptr;
      marks.means = marks.means || row.by_means();
      marks.step = marks.step || row.shown->step > 0;
      marks.note = marks.note || has_note(row);
      marks.more = marks.more || !more_text(row).empty();
    }
  }
  return marks;
}

// How to read the tables: only of what occurs in them.
std::string legend(const View& view, const ConsoleStyle& style) {
  const Marks marks = marks_of(view);
  if (!marks.any && !marks.failures) return {};
  std::string text = marks.any ? "Each figure is the median over trials." : "";
  const auto add = [&text](bool occurs, const std::string& sentence) {
    if (occurs) text.append(text.empty() ? "" : " ").append(sentence);
  };
  add(marks.interval,
      fmt::format("{}: half its interval, which covers the true median with {:.1f} %.",
                  style.unicode ? "\u00b1" : "+-", 100 * marks.coverage));
  add(marks.range, "~: half the range of its trials, fewer than the 6 an interval needs.");
  add(marks.tie, "=: a tie; its interval overlaps that of the first in its place (#).");
  const std::string step = scaled(view.machine.clock_step_ns(), Unit::nanoseconds, style.unicode);
  add(marks.step, fmt::format("Where the clock's step of {} is much of a figure, {} includes it.",
                              step, style.unicode ? "\u00b1" : "+-"));
  add(marks.means, "Such rows are ranked by the batch mean where they have one.");
  add(marks.few, "few trials: no interval, so neither ranked nor tied, only in order.");
  add(marks.floor, "floor: both ends in one process, what the harness itself costs.");
  add(marks.other_state, "other state: of the machine, so not ranked.");
  add(marks.unsteady, "unsteady: of one trial in which the machine changed, so not ranked.");
  add(!marks.polled.empty(),
      "polled: " + marks.polled +
          " by the harness, as nothing ends a wait for several of these; so not ranked.");
  add(marks.lossy,
      "lossy: may lose messages, so not ranked with the others; how many, see the notes.");
  add(marks.grouped, "A (m), B (n): two groups of trials, m near A and n near B.");
  add(marks.more,
      fmt::format("rounds: too noisy or too few, about so many more (--until {:.0f}%) mend it.",
                  100 * target_half_width));
  add(marks.note, "*: see the notes.");
  add(marks.failures,
      fmt::format("{}: did not pass in every trial, so neither ranked nor with figures; the reason "
                  "stands under Did not pass.",
                  failed_mark));
  return "\n" + styled(wrapped(text, "", style.width), TextStyle::dim, style);
}

}  // namespace

std::string result_to_console(const ResultDocument& document, const ConsoleStyle& style,
                              const TableChoice& choice) {
  const View view = make_view(document);
  std::string out = heading(document, style);
  for (const ViewGroup& group : view.groups) {
    if (group.kind != TableKind::verdict && group.view == ScenarioView::figures)
      out += timed_section(group, style, choice);
  }
  out += load_sections(view, style);
  out += verdict_section(view, style);
  out += list_section("Did not pass", broken_lines(view), TextStyle::bad, style);
  out += list_section("Not run", skipped_lines(view), TextStyle::bold, style);
  out += list_section("What stands out", findings(view, style.unicode), TextStyle::bold, style);
  out += list_section("Notes", caveats(view, style.unicode), TextStyle::bold, style);
  return out + legend(view, style);
}

}  // namespace ipcmark
