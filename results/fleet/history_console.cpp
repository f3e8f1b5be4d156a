#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>

#include "results/console/table.hpp"
#include "results/figures/statistics.hpp"
#include "results/fleet/history_text.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t max_marks = 20;  // of a sparkline
constexpr std::size_t max_rows = 60;   // series a class; those with a suspect are always shown

std::string count_text(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "14.6 µs ±2.1%"
std::string value_text(const SeriesPoint& point, Unit unit, bool unicode) {
  std::string text = scaled(point.median, unit, unicode);
  if (point.high > point.low) {
    const double percent = 50 * (point.high - point.low) / point.median;
    text += fmt::format(" {}{:.{}f}%", unicode ? "±" : "+-", percent, percent < 9.95 ? 1 : 0);
  }
  return text;
}

std::string ratio_text(double ratio) { return fmt::format("{:+.1f}%", 100 * (ratio - 1)); }

std::string trend_text(const Series& series, bool unicode) {
  std::vector<double> values;
  values.reserve(series.points.size());
  for (const SeriesPoint& point : series.points) values.push_back(point.level);
  values = stretches(values, max_marks);
  // What is within the smallest change that counts is level.
  const double middle = median(values);
  const double low =
      std::min(*std::min_element(values.begin(), values.end()), middle * (1 - series.min_effect));
  const double high =
      std::max(*std::max_element(values.begin(), values.end()), middle * (1 + series.min_effect));
  return sparkline(values, low, high, unicode);
}

TextStyle style_of(const FleetSubject& subject, double ratio) {
  if (subject.better == Better::neither) return TextStyle::bold;
  return worsening(subject, ratio) > 1 ? TextStyle::bad : TextStyle::good;
}

// Suspects first, the worst of them foremost; the others as they are.
std::vector<const Series*> in_order(const History& history, std::size_t host_class) {
  std::vector<const Series*> chosen;
  for (const Series& series : history.series) {
    if (series.host_class == host_class) chosen.push_back(&series);
  }
  const auto rank = [&history](const Series* series) {
    if (!series->suspect) return 0.0;
    return worsening(history.fleet.subjects[series->subject], series->suspect->ratio);
  };
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&rank](const Series* a, const Series* b) { return rank(a) > rank(b); });
  return chosen;
}

// A single result has no trend; what it shows is a state that was met once.
bool is_single(const Series* series) { return series->points.size() < 2; }

// Where all are of one state, it tells nothing apart.
bool several_states(const std::vector<const Series*>& all) {
  return std::any_of(all.begin(), all.end(), [&all](const Series* each) {
    return each->state_ns > 1.5 * all.front()->state_ns ||
           all.front()->state_ns > 1.5 * each->state_ns;
  });
}

std::string class_table(const History& history, std::size_t host_class, const ConsoleStyle& style,
                        const HistoryText& how) {
  std::vector<const Series*> chosen = in_order(history, host_class);
  const auto singles =
      static_cast<std::size_t>(std::count_if(chosen.begin(), chosen.end(), is_single));
  const bool hide = !how.all && singles < chosen.size();
  if (hide) std::erase_if(chosen, is_single);
  const bool states = several_states(chosen);
  Table table({{"cell", false},
               {"figure", false, 40},
               {"state", true, 75},
               {"runs", true, 60},
               {"trend", false, 50},
               {"first", true, 30},
               {"last", true, 45},
               {"change", true, 70},
               {"suspect since", false, 80}});
  std::size_t shown = 0;
  for (const Series* series : chosen) {
    if (!how.all && shown >= max_rows && !series->suspect) continue;
    ++shown;
    const FleetSubject& subject = history.fleet.subjects[series->subject];
    const double ratio = series->suspect ? series->suspect->ratio : trend_ratio(*series);
    const TextStyle text_style = series->suspect ? style_of(subject, ratio) : TextStyle::plain;
    const std::string since =
        series->suspect
            ? point_name(history.fleet.runs[series->points[series->suspect->at].run], how.label)
            : std::string();
    table.add({{subject.key},
               {subject.figure},
               {states ? state_text(series->state_ns, style.unicode) : ""},
               {std::to_string(series->points.size())},
               {trend_text(*series, style.unicode)},
               {value_text(series->points.front(), subject.unit, style.unicode)},
               {value_text(series->points.back(), subject.unit, style.unicode)},
               {series->points.size() > 1 ? ratio_text(ratio) : "", 0, text_style},
               {since, 0, text_style}});
  }
  std::string out = table.render(style);
  const std::size_t left_out = chosen.size() - shown + (hide ? singles : 0);
  if (left_out > 0) {
    out +=
        wrapped(fmt::format("and {} more series, without a suspect{}; choose cells by --only, or "
                            "see all of them by --all",
                            left_out, hide && singles > 0 ? " or of one result" : ""),
                "  ", style.width);
  }
  return out;
}

std::string hosts_text(std::size_t named) {
  return named == 0 ? "unnamed hosts" : count_text(named, "host", "hosts");
}

// "AMD EPYC, Linux 6.1, …: 12 results of 3 hosts (class 0123456789ab)"
std::string class_text(const FleetPoints& fleet, std::size_t host_class) {
  const auto [runs, hosts] = fleet.runs_and_hosts(host_class);
  return fmt::format("{}: {} of {} (class {})", fleet.classes[host_class].machine,
                     count_text(runs, "result", "results"), hosts_text(hosts.size()),
                     fleet.classes[host_class].id);
}

std::string suspects_text(const History& history, const ConsoleStyle& style,
                          const HistoryText& how) {
  std::string out = styled("Suspects", TextStyle::bold, style) + "\n";
  for (std::size_t host_class = 0; host_class < history.fleet.classes.size(); ++host_class) {
    for (const Series* series : in_order(history, host_class)) {
      if (!series->suspect) continue;
      out += wrapped(series_name(history, *series, style.unicode) + ": " +
                         suspect_text(history, *series, how.label),
                     "  ", style.width);
      const Confirmation confirmation = confirmation_of(history.fleet, *series);
      // Never broken: it is there to be copied.
      out += "    " + printable(confirmation.command) + "\n";
      out += wrapped(confirmation.words, "    ", style.width);
    }
  }
  return out;
}

}  // namespace

std::string sparkline(std::span<const double> values, double low, double high, bool unicode) {
  static constexpr std::array<const char*, 8> blocks{
      {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"}};
  static constexpr const char* letters = "_.,-=+*#";
  std::string text;
  for (const double value : values) {
    const double place = high > low ? (value - low) / (high - low) : 0.5;
    const auto mark = static_cast<std::size_t>(std::clamp(place * 8, 0.0, 7.0));
    text += unicode ? std::string(blocks[mark]) : std::string(1, letters[mark]);
  }
  return text;
}

std::vector<double> stretches(const std::vector<double>& values, std::size_t max_count) {
  const std::size_t count = std::min(values.size(), max_count);
  std::vector<double> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(i * values.size() / count);
    const auto to = values.begin() + static_cast<std::ptrdiff_t>((i + 1) * values.size() / count);
    out.push_back(median({from, to}));
  }
  return out;
}

std::string series_name(const History& history, const Series& series, bool unicode) {
  const FleetSubject& subject = history.fleet.subjects[series.subject];
  std::string text = subject.key + " " + subject.figure;
  if (series.state_ns > 0) {
    text += fmt::format(", core to core {}", state_text(series.state_ns, unicode));
  }
  return text;
}

std::string suspect_text(const History& history, const Series& series, const std::string& label) {
  const Suspect& suspect = *series.suspect;
  const FleetMember& run = history.fleet.runs[series.points[suspect.at].run];
  const std::string name = point_name(run, label);
  const std::string day = run.finished.substr(0, 10);
  const auto split = std::count_if(series.points.begin(), series.points.end(),
                                   [](const SeriesPoint& point) { return point.two_groups; });
  return fmt::format(
      "{} since {}{}: {} runs before it, {} from it on; p {:.1g}{}{}",
      change_text(history.fleet.subjects[series.subject], suspect.ratio), name,
      name == day ? "" : fmt::format(" ({})", day), suspect.at, series.points.size() - suspect.at,
      suspect.p, suspect.otava ? ", told by Otava" : "",
      split == 0 ? ""
                 : fmt::format("; of {} of them the trials fall into two groups, and "
                               "the median tells of neither",
                               split));
}

std::string odd_text(const FleetPoints& fleet, const HostScore& score, bool unicode) {
  const FleetSubject& farthest = fleet.subjects[score.farthest];
  const bool all = score.family == all_cells;
  return fmt::format(
      "{}: {:.1f} % worse than the {} hosts of its class{}, by the median of its {} cells{}; "
      "robust "
      "z {:.1f}, p {:.1g}, {:.0f} % of these cells worse; farthest {} {}, {:.2f}x",
      fleet.hosts[score.host].name, 100 * score.deviation, score.peers,
      score.state_ns > 0 ? " (core to core " + state_text(score.state_ns, unicode) + ")" : "",
      score.cells,
      all ? "" : " that wait by " + score.family + ", less what its other cells predict", score.z,
      score.p, 100 * score.worse, farthest.key, farthest.figure, score.farthest_ratio);
}

std::string extent_text(const FleetPoints& fleet) {
  if (fleet.runs.empty()) return "no results";
  std::set<std::string> hosts;  // by name: one that changed its class is still one
  std::set<std::size_t> classes;
  for (const FleetMember& run : fleet.runs) {
    if (!fleet.hosts[run.host].name.empty()) hosts.insert(fleet.hosts[run.host].name);
    classes.insert(run.host_class);
  }
  return fmt::format(
      "{} of {} in {}, {} to {}", count_text(fleet.runs.size(), "result", "results"),
      hosts_text(hosts.size()), count_text(classes.size(), "host class", "host classes"),
      fleet.runs.front().finished.substr(0, 10), fleet.runs.back().finished.substr(0, 10));
}

std::string history_to_console(const History& history, const std::vector<HostScore>& odd,
                               const ConsoleStyle& style, const HistoryText& how) {
  std::string out = styled(extent_text(history.fleet), TextStyle::bold, style) + "\n";
  for (std::size_t host_class = 0; host_class < history.fleet.classes.size(); ++host_class) {
    const std::string table = class_table(history, host_class, style, how);
    if (in_order(history, host_class).empty()) continue;
    out += "\n" + wrapped(class_text(history.fleet, host_class), "", style.width) + table;
  }
  out += "\n";
  if (history.suspects > 0) {
    out += suspects_text(history, style, how);
  } else {
    out += history.tested > 0 ? fmt::format("No suspects among {} with ten results or more.\n",
                                            count_text(history.tested, "series", "series"))
                              : "No series has the ten results that a suspect takes.\n";
  }
  if (!odd.empty()) {
    out += "\n" + styled("Odd hosts", TextStyle::bold, style) + "\n";
    for (const HostScore& score : odd) {
      out += wrapped(odd_text(history.fleet, score, style.unicode), "  ", style.width);
    }
  }
  for (const std::string& note : history.notes) out += wrapped(note, "", style.width);
  if (history.suspects > 0 || !odd.empty()) out += "\n" + wrapped(advisory_text, "", style.width);
  return out;
}

}  // namespace ipcmark
