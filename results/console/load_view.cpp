#include "results/console/load_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "results/console/table.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/model/capabilities.hpp"
#include "results/model/cell_key.hpp"
#include "results/text/printable.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

struct Point {
  const ViewGroup* group;
  const ViewRow* row;
  std::int64_t value;  // rate or gap
};
// One mechanism, ascending.
using Series = std::vector<Point>;

std::int64_t option_of(const ViewGroup& group, const RunSpec& spec, const char* name) {
  const auto found = group.defaults.find(name);
  return spec.option(name, found == group.defaults.end() ? 0 : found->second);
}

const Figure* published(const Summary& summary, const char* name, double quantile) {
  const Figure* figure = summary.figure(name, quantile);
  return figure != nullptr && figure->needs == 0 ? figure : nullptr;
}

// What did not pass in every trial shows nothing, not even where it ends.
bool saturated(const ViewRow& row) { return !row.broken && row.summary.saturated > 0; }

// What sets a table apart: everything but the mechanism and the rate.
std::string table_setting(const RunSpec& spec) {
  std::string text = to_string(spec.placement);
  if (!spec.replay.empty()) {
    text += ", replay=" + spec.replay;
  } else {
    text += spec.option("schedule", 0) == 0 ? ", evenly spaced" : ", Poisson arrivals";
  }
  if (!spec.size_mix.empty()) text += ", size-mix=" + spec.size_mix;
  if (!spec.burst.empty()) text += ", burst=" + spec.burst;
  if (spec.verify != Verify::off) text += std::string(", verify=") + to_string(spec.verify);
  if (spec.touch != Touch::full) text += std::string(", touch=") + to_string(spec.touch);
  if (!spec.fault.empty()) text += ", fault=" + spec.fault;
  return text;
}

using TableKey = std::tuple<std::uint64_t, std::string>;  // size, setting
using Tables = std::map<TableKey, std::vector<Series>>;

// In the order in which the document names the mechanisms.
void add(std::vector<Series>& all, const Point& point) {
  const auto same = [&point](const Series& series) {
    return series.front().row->label == point.row->label &&
           series.front().row->cell->spec.wait == point.row->cell->spec.wait;
  };
  auto found = std::find_if(all.begin(), all.end(), same);
  if (found == all.end()) found = all.insert(found, Series{});
  found->push_back(point);
}

void arrange(std::vector<Series>& all) {
  for (Series& series : all) {
    std::sort(series.begin(), series.end(),
              [](const Point& a, const Point& b) { return a.value < b.value; });
  }
  // Cells lie in one vector: by address is by position.
  std::sort(all.begin(), all.end(), [](const Series& a, const Series& b) {
    const auto min = [](const Series& series) {
      return std::min_element(
                 series.begin(), series.end(),
                 [](const Point& x, const Point& y) { return x.row->cell < y.row->cell; })
          ->row->cell;
    };
    return min(a) < min(b);
  });
}

Tables load_tables(const View& view) {
  Tables tables;
  for (const ViewGroup& group : view.groups) {
    if (group.view != ScenarioView::load) continue;
    for (const ViewRow& row : group.rows) {
      const RunSpec& spec = row.cell->spec;
      add(tables[{spec.size, table_setting(spec)}], {&group, &row, option_of(group, spec, "rate")});
    }
  }
  for (auto& [key, all] : tables) arrange(all);
  return tables;
}

std::string text_of(const Summary& summary, const char* name, double quantile,
                    const ConsoleStyle& style) {
  const Figure* figure = summary.figure(name, quantile);
  if (figure == nullptr) return {};
  return figure->needs != 0 ? "n/a" : value_text(*figure, style.unicode);
}

std::string offered_text(const Point& point, const ConsoleStyle& style) {
  if (point.value < unlimited_rate) {
    return scaled(static_cast<double>(point.value), Unit::messages_per_second, style.unicode);
  }
  const Figure* achieved = point.row->summary.figure("achieved_rate");
  return achieved == nullptr ? "all" : value_text(*achieved, style.unicode);
}

std::vector<Table::Entry> entries_of(const Point& point, const ConsoleStyle& style) {
  const ViewRow& row = *point.row;
  const Summary& summary = row.summary;
  const bool full = point.value >= unlimited_rate;
  const bool none = summary.state != State::passed && summary.figures.empty();
  const std::string p50 = none             ? to_string(summary.state)
                          : full           ? "capacity"
                          : saturated(row) ? "saturated"
                                           : text_of(summary, "response", 0.5, style);
  const Figure* median = published(summary, "response", 0.5);
  const TextStyle text_style = failed(row)              ? TextStyle::bad
                               : none || saturated(row) ? TextStyle::dim
                                                        : TextStyle::plain;
  std::vector<Table::Entry> entries{
      {row.label + (failed(row)       ? failed_mark
                    : row.other_state ? "*"
                                      : ""),
       0, text_style},
      {to_string(row.cell->spec.wait), 0, TextStyle::plain},
      {offered_text(point, style), 0, text_style},
      {p50, 0, text_style},
      {median == nullptr ? "" : half_width_text(*median, style.unicode), 0, TextStyle::dim}};
  for (const double q : {0.9, 0.99, 0.999}) {
    entries.push_back({text_of(summary, "response", q, style), 0, TextStyle::plain});
  }
  entries.push_back({text_of(summary, "service", 0.99, style), 0, TextStyle::dim});
  const std::string late = full || !saturated(row) ? ""
                                                   : fmt::format("{} of {}", row.summary.saturated,
                                                                 row.cell->trials.size());
  entries.push_back({late, 0, TextStyle::bold});
  const Figure* lost = row.lossy ? summary.figure(lost_share_name) : nullptr;
  entries.push_back(
      {lost == nullptr ? "" : fmt::format("{:.2g} %", 100 * lost->median), 0, TextStyle::plain});
  entries.push_back({text_of(summary, "cpu_per_message", -1, style), 0, TextStyle::plain});
  entries.push_back({text_of(summary, "switches_per_message", -1, style), 0, TextStyle::plain});
  return entries;
}

// "21.3 µs at 67.0 k/s"
std::string at(const Point& point, const Figure& figure, bool unicode) {
  return fmt::format("{} at {}", value_text(figure, unicode),
                     scaled(static_cast<double>(point.value), Unit::messages_per_second, unicode));
}

std::string growth(const Series& series, bool unicode) {
  for (const double q : {0.99, 0.5}) {
    std::vector<std::string> parts;
    for (const Point& point : series) {
      const Figure* figure = published(point.row->summary, "response", q);
      if (figure != nullptr && !point.row->other_state)
        parts.push_back(at(point, *figure, unicode));
    }
    constexpr std::size_t max_named = 6;
    if (parts.size() > max_named) parts = {parts.front(), parts[parts.size() / 2], parts.back()};
    if (!parts.empty()) {
      return fmt::format("response p{:g} {}", q * 100, fmt::join(parts, ", "));
    }
  }
  return {};
}

std::string search_text(const RateSearch& search, bool unicode) {
  const auto rate = [unicode](std::uint64_t value) {
    return scaled(static_cast<double>(value), Unit::messages_per_second, unicode);
  };
  const std::string limit =
      scaled(static_cast<double>(search.p99_limit_ns), Unit::nanoseconds, unicode);
  if (search.within == 0 && search.beyond == 0) {
    return fmt::format("whether its p99 stays within {} could not be told", limit);
  }
  const std::string beyond =
      search.beyond == 0 ? "" : fmt::format("is beyond it at {}", rate(search.beyond));
  if (search.within == 0) {
    return fmt::format("at no rate tried its p99 stays within {}; it {}", limit, beyond);
  }
  return fmt::format("p99 stays within {} up to {}{}, by its interval over trials", limit,
                     rate(search.within), beyond.empty() ? "" : " and " + beyond);
}

// Of what did not pass at full speed nothing is known.
std::string limit_text(const View& view, const Series& series, bool unicode) {
  for (const RateSearch& search : view.searches) {
    for (const Point& point : series) {
      if (point.row->cell->spec.key() == search.cell && !point.row->broken) {
        return search_text(search, unicode);
      }
    }
  }
  return {};
}

std::string saturation(const Series& series, bool unicode) {
  const auto full = std::find_if(series.begin(), series.end(),
                                 [](const Point& point) { return saturated(*point.row); });
  if (full == series.end() || full->value >= unlimited_rate) return {};
  const ViewRow& row = *full->row;
  const std::string rate =
      scaled(static_cast<double>(full->value), Unit::messages_per_second, unicode);
  const std::size_t trials = row.cell->trials.size();
  if (row.summary.saturated == trials) return "saturated at " + rate;
  return fmt::format("saturated at {} in {} of {} trials", rate, row.summary.saturated, trials);
}

std::string series_finding(const View& view, const Series& series, bool unicode) {
  std::vector<std::string> parts{growth(series, unicode), limit_text(view, series, unicode),
                                 saturation(series, unicode)};
  const Figure* capacity = series.back().value < unlimited_rate
                               ? nullptr
                               : series.back().row->summary.figure("achieved_rate");
  if (capacity != nullptr) {
    parts.push_back(value_text(*capacity, unicode) + " get through at most");
  }
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text.append(text.empty() ? "" : "; ").append(part);
  }
  return text;
}

// Of mechanisms whose cells differ in their silence alone.
void add_gap_findings(const std::vector<Series>& all, const std::string& setting, bool unicode,
                      std::vector<std::string>& lines) {
  for (const Series& series : all) {
    if (series.size() < 2 || series.back().value == 0) continue;
    const Point& first = series.front();
    const Point& last = series.back();
    const auto after = [unicode](const Point& point) {
      return point.value == 0
                 ? std::string{"without one"}
                 : "after " + scaled(static_cast<double>(point.value), Unit::nanoseconds, unicode);
    };
    // Trips are timed in batches only where there is no silence, so that is not what is compared.
    const Figure& with = *last.row->shown;
    const Figure& without = *first.row->shown;
    const double ratio = with.median / without.median;
    lines.push_back(fmt::format(
        "{}{}: after a silence of {} a {} of {} takes {}, {:.1f}x what it takes {} ({}).",
        row_name(*last.row), setting.empty() ? "" : " (" + setting + ")",
        scaled(static_cast<double>(last.value), Unit::nanoseconds, unicode),
        shown_words(*last.group), size_for_people(last.group->size),
        scaled(with.median, Unit::nanoseconds, unicode), ratio, after(first),
        scaled(without.median, Unit::nanoseconds, unicode)));
  }
}

}  // namespace

std::string load_sections(const View& view, const ConsoleStyle& style) {
  std::string out;
  for (const auto& [key, all] : load_tables(view)) {
    const std::string& setting = std::get<1>(key);
    Table table({{"backend", false},
                 {"wait", false, 95},
                 {"offered"},
                 {"p50"},
                 {style.unicode ? "\u00b1" : "+-", true, 70},
                 {"p90", true, 80},
                 {"p99"},
                 {"p99.9", true, 75},
                 {"service p99", true, 60},
                 {"saturated", true, 90},
                 {"lost", true, 92},
                 {cost_label("cpu_per_message"), true, 85},
                 {cost_label("switches_per_message"), true, 50}});
    for (const Series& series : all) {
      for (const Point& point : series) table.add(entries_of(point, style));
    }
    const std::string sizes = sizes_for_people(*all.front().front().group);
    out += "\n" + styled("Load of " + sizes, TextStyle::bold, style) +
           styled("  from due to received, " + printable(setting), TextStyle::dim, style) + "\n" +
           table.render(style);
  }
  return out;
}

std::vector<std::string> load_findings(const View& view, bool unicode) {
  std::vector<std::string> lines;
  for (const auto& [key, all] : load_tables(view)) {
    for (const Series& series : all) {
      const std::string text = series_finding(view, series, unicode);
      if (text.empty()) continue;
      lines.push_back(fmt::format("{} at {} under load: {}.", row_name(*series.front().row),
                                  sizes_for_people(*series.front().group), text));
    }
  }
  return lines;
}

std::vector<std::string> gap_findings(const View& view, bool unicode) {
  // What is compared is the same but for the silence.
  std::map<std::pair<std::uint64_t, std::string>, std::map<std::string, std::vector<Series>>>
      by_place;
  for (const ViewGroup& group : view.groups) {
    if (group.kind != TableKind::latency || group.view != ScenarioView::figures) continue;
    for (const ViewRow& row : group.rows) {
      const RunSpec& spec = row.cell->spec;
      if (row.main == nullptr || row.floor || row.other_state || row.few || row.polled_ns > 0 ||
          row.grouped() != nullptr) {
        continue;
      }
      RunSpec rest = spec;
      rest.options.erase("gap_ns");
      add(by_place[{spec.size, group.scenario}][setting_of(rest)],
          {&group, &row, spec.option("gap_ns", 0)});
    }
  }
  std::vector<std::string> lines;
  for (auto& [place, settings] : by_place) {
    for (auto& [setting, all] : settings) {
      arrange(all);
      add_gap_findings(all, settings.size() > 1 ? setting : "", unicode, lines);
    }
  }
  return lines;
}

}  // namespace ipcmark
