#include "results/fleet/fleet_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "results/figures/statistics.hpp"
#include "results/fleet/history_text.hpp"
#include "results/report/page_frame.hpp"
#include "results/text/html.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t marks = 24;  // of a sparkline

std::string class_name(const FleetPoints& fleet, std::size_t host_class) {
  return fleet.classes[host_class].id;
}

std::string cell_text(double value, double low, double high, Unit unit) {
  const double percent = value > 0 ? 50 * (high - low) / value : 0;
  return fmt::format("<td>{}<td class=dim>± {:.{}f} %", html(scaled(value, unit)), percent,
                     percent < 9.95 ? 1 : 0);
}

std::string scrolled(const std::string& table) { return "<div class=scroll>" + table + "</div>\n"; }

std::string findings_section(const History& history, const std::vector<HostScore>& odd,
                             const FleetPage& page) {
  const auto unnamed = static_cast<std::size_t>(
      std::count_if(history.fleet.runs.begin(), history.fleet.runs.end(),
                    [&](const auto& run) { return history.fleet.hosts[run.host].name.empty(); }));
  std::vector<std::string> lines{
      odd.empty() ? "No host stands out among those of its class."
                  : fmt::format("<a href=#odd>{} odd host{}</a>: worse than those of their class.",
                                odd.size(), odd.size() == 1 ? "" : "s"),
      history.suspects == 0
          ? fmt::format("No figure is suspected of a change ({} series of ten results or more).",
                        history.tested)
          : fmt::format("<a href=#suspects>{} figure{}</a> may have changed.", history.suspects,
                        history.suspects == 1 ? "" : "s")};
  if (unnamed > 0) {
    lines.push_back(fmt::format(
        "{} no host: in no comparison of hosts. 'ipcmark run --host-name' or '--label host=NAME' "
        "says it.",
        unnamed == 1 ? "1 result names" : fmt::format("{} results name", unnamed)));
  }
  std::string out = "<section id=answers><ul class=findings>\n";
  for (const std::string& line : lines) out += "<li>" + line + "\n";
  for (const std::string& note : page.notes) out += "<li>" + html(note) + "\n";
  for (const std::string& note : history.notes) out += "<li>" + html(note) + "\n";
  return out + fmt::format("</ul><p class=note>{}</p></section>\n", html(advisory_text));
}

std::string odd_section(const FleetPoints& fleet, const std::vector<HostScore>& odd) {
  if (odd.empty()) return {};
  std::string rows;
  for (const HostScore& score : odd) {
    const FleetSubject& farthest = fleet.subjects[score.farthest];
    rows += fmt::format(
        "<tr class=bad><th>{}<td>{:.1f} %<td>{:.1f}<td class=dim>{:.1g}<td class=left>{}<td>{}"
        "<td>{:.0f} %<td>{}<td>{}<td class=left>{} {} {:.2f}x<td class=left>{}\n",
        html(fleet.hosts[score.host].name), 100 * score.deviation, score.z, score.p,
        html(score.family), score.cells, 100 * score.worse, score.peers,
        html(state_text(score.state_ns, true)), html(farthest.key), html(farthest.figure),
        score.farthest_ratio, html(class_name(fleet, fleet.hosts[score.host].host_class)));
  }
  return "<section id=odd><h2>Odd hosts</h2>\n" +
         scrolled(
             "<table><thead><tr><th>host<th>worse by<th>robust z<th>p<th class=left>cells "
             "that wait by<th>cells<th>of them worse<th>peers<th>core to core<th class=left>"
             "farthest<th class=left>class</thead><tbody>\n" +
             rows + "</tbody></table>") +
         "<p class=note>By the median of its cells, each against the median of the hosts of its "
         "class in the same state of the machine, less what its other cells "
         "predict.</p></section>\n";
}

std::string suspects_section(const History& history, const FleetPage& page) {
  if (history.suspects == 0) return {};
  std::string rows;
  for (const Series* series : series_by_change(history)) {
    if (!series->suspect) continue;
    const FleetSubject& subject = history.fleet.subjects[series->subject];
    const Suspect& suspect = *series->suspect;
    const FleetMember& run = history.fleet.runs[series->points[suspect.at].run];
    const Confirmation confirmation = confirmation_of(history.fleet, *series);
    const double worse = worsening(subject, suspect.ratio);
    rows += fmt::format(
        "<tr class={}><th>{}<td class=left>{}<td>{}<td>{:+.1f} %<td class=left>{}<td>{}<td>{}<td>{}"
        "<td>{:.1g}<td class=left><code title=\"{}\">{}</code><td class=left>{}\n",
        subject.better == Better::neither ? "plain" : (worse > 1 ? "bad" : "good"),
        html(subject.key), html(subject.figure), html(state_text(series->state_ns, true)),
        100 * (suspect.ratio - 1), html(point_name(run, page.label)),
        html(run.finished.substr(0, 10)), suspect.at, series->points.size() - suspect.at, suspect.p,
        html(confirmation.words), html(confirmation.command),
        html(class_name(history.fleet, series->host_class)));
  }
  return "<section id=suspects><h2>Suspected changes</h2>\n" +
         scrolled(
             "<table><thead><tr><th>cell<th class=left>figure<th>core to core<th>change<th "
             "class=left>since<th>on<th>runs before<th>from it on<th>p<th class=left>to confirm it "
             "on one host<th class=left>class</thead><tbody>\n" +
             rows + "</tbody></table>") +
         "</section>\n";
}

std::string trend_row(const History& history, const Series& series, const FleetPage& page) {
  const FleetSubject& subject = history.fleet.subjects[series.subject];
  const SeriesPoint& first = series.points.front();
  const SeriesPoint& last = series.points.back();
  std::vector<double> levels;
  levels.reserve(series.points.size());
  for (const SeriesPoint& point : series.points) levels.push_back(point.level);
  levels = stretches(levels, marks);
  const auto [low, high] = std::minmax_element(levels.begin(), levels.end());
  const double middle = median(levels);
  std::string out =
      fmt::format("<tr><th>{}<td class=left>{}<td>{}<td>{}<td>{}<td class=\"left dim\">{}",
                  html(subject.key), html(subject.figure), html(state_text(series.state_ns, true)),
                  series.points.size(), series.hosts,
                  sparkline(levels, std::min(*low, middle * (1 - series.min_effect)),
                            std::max(*high, middle * (1 + series.min_effect)), true));
  out += cell_text(first.median, first.low, first.high, subject.unit);
  out += cell_text(last.median, last.low, last.high, subject.unit);
  return out + fmt::format(
                   "<td>{:+.1f} %<td class=left>{}\n", 100 * (trend_ratio(series) - 1),
                   series.suspect
                       ? html(point_name(history.fleet.runs[series.points[series.suspect->at].run],
                                         page.label))
                       : "");
}

std::string trends_section(const History& history, const FleetPage& page) {
  std::map<std::size_t, std::string> rows;  // by class
  std::map<std::size_t, std::size_t> counts;
  std::size_t shown = 0;
  for (const Series* series : series_by_change(history)) {
    ++counts[series->host_class];
    if (shown >= max_trend_rows) continue;
    ++shown;
    rows[series->host_class] += trend_row(history, *series, page);
  }
  if (rows.empty()) return {};
  std::string out = "<section id=trends><h2>Trends</h2>\n";
  for (const auto& [host_class, text] : rows) {
    out += fmt::format("<details{}><summary>{} ({} series)</summary>\n",
                       host_class == rows.begin()->first ? " open" : "",
                       html(history.fleet.classes[host_class].machine), counts[host_class]);
    out += scrolled(
        "<table><thead><tr><th>cell<th class=left>figure<th>core to core<th>runs<th>hosts<th "
        "class=left>trend<th>first<th><th>last<th><th>change<th class=left>suspect since</thead>"
        "<tbody>\n" +
        text + "</tbody></table>");
    out += "</details>\n";
  }
  if (shown < history.series.size()) {
    out += fmt::format(
        "<p class=note>The {} series that changed most, of {}; 'ipcmark history "
        "--only' shows others.</p>\n",
        shown, history.series.size());
  }
  return out +
         "<p class=note>Change: the last fifth of the runs over the first, each at the level "
         "of its own host. A trend that stays within the smallest change that counts is drawn "
         "level.</p></section>\n";
}

struct Extent {
  std::size_t runs = 0, failed = 0;
  std::set<std::size_t> hosts;
  std::string first, last;
};

std::string classes_section(const FleetPoints& fleet) {
  std::vector<Extent> extents(fleet.classes.size());
  for (const FleetMember& run : fleet.runs) {
    Extent& extent = extents[run.host_class];
    ++extent.runs;
    extent.failed += run.failed > 0 ? 1U : 0U;
    extent.hosts.insert(run.host);
    if (extent.first.empty()) extent.first = run.finished.substr(0, 10);
    extent.last = run.finished.substr(0, 10);
  }
  std::string rows;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const Extent& extent = extents[i];
    if (extent.runs == 0) continue;  // there were others of its runs
    rows += fmt::format("<tr><th>{}<td class=left>{}<td>{}<td>{}<td>{}<td>{}<td{}>{}\n",
                        html(fleet.classes[i].id), html(fleet.classes[i].machine),
                        extent.hosts.size(), extent.runs, html(extent.first), html(extent.last),
                        extent.failed > 0 ? " class=bad" : "", extent.failed);
  }
  return "<section id=classes><h2>Host classes</h2>\n" +
         scrolled(
             "<table><thead><tr><th>class<th class=left>machine, of its first result<th>hosts<th>"
             "results<th>first<th>last<th>with failed cells</thead><tbody>\n" +
             rows + "</tbody></table>") +
         "</section>\n";
}

std::string states_row(const FleetPoints& fleet, const HostStates& host, std::size_t states) {
  std::size_t runs = host.unknown;
  for (const std::size_t each : host.runs) runs += each;
  const std::string& name = fleet.hosts[host.host].name;
  std::string out = fmt::format("<tr><th>{}<td>{}", name.empty() ? "not named" : html(name), runs);
  for (std::size_t state = 0; state < states; ++state) {
    const std::size_t count = state < host.runs.size() ? host.runs[state] : 0;
    const double percent = 100 * static_cast<double>(count) / static_cast<double>(runs);
    out += fmt::format("<td class=\"bar f{:.0f}\">{:.0f} %", percent, percent);
  }
  return out +
         fmt::format("<td class=dim>{}\n", host.unknown > 0 ? std::to_string(host.unknown) : "");
}

std::string states_section(const FleetPoints& fleet) {
  std::map<std::size_t, std::vector<HostStates>> by_class;
  for (HostStates& each : states_of_hosts(fleet)) {
    by_class[fleet.hosts[each.host].host_class].push_back(std::move(each));
  }
  std::string out;
  std::size_t shown = 0;
  std::size_t left_out = 0;
  for (auto& [host_class, hosts] : by_class) {
    const auto states = fleet.class_states.find(host_class);
    if (states == fleet.class_states.end() || states->second.empty()) continue;
    const std::vector<double>& names = states->second;  // of its states: their round trips
    // Those that are least often in the fastest state first.
    const auto fast = [](const HostStates& host) {
      double runs = static_cast<double>(host.unknown);
      for (const std::size_t each : host.runs) runs += static_cast<double>(each);
      return host.runs.empty() ? 0 : static_cast<double>(host.runs.front()) / runs;
    };
    std::stable_sort(hosts.begin(), hosts.end(),
                     [&fast](const auto& a, const auto& b) { return fast(a) < fast(b); });
    std::string rows;
    for (const HostStates& host : hosts) {
      if (shown++ < max_host_rows) {
        rows += states_row(fleet, host, names.size());
      } else {
        ++left_out;
      }
    }
    if (rows.empty()) continue;
    std::string head = "<table><thead><tr><th>host<th>results";
    for (const double name : names) head += "<th>" + html(state_text(name, true));
    out += fmt::format("<details><summary>{} ({} host{})</summary>\n",
                       html(fleet.classes[host_class].machine), hosts.size(),
                       hosts.size() == 1 ? "" : "s");
    out += scrolled(fmt::format("{}<th>unknown</thead><tbody>\n{}</tbody></table>", head, rows));
    out += "</details>\n";
  }
  if (out.empty()) return {};
  if (left_out > 0) out += fmt::format("<p class=note>and {} hosts more</p>\n", left_out);
  return "<section id=states><h2>States of the machines</h2>\n<p class=note>The share of a host's "
         "results that are from each state, named by the round trip between two CPUs.</p>\n" +
         out + "</section>\n";
}

}  // namespace

std::vector<const Series*> series_by_change(const History& history) {
  std::vector<std::pair<double, const Series*>> ranked;
  ranked.reserve(history.series.size());
  for (const Series& series : history.series) {
    const FleetSubject& subject = history.fleet.subjects[series.subject];
    // A single fifth of few runs says little: those of many runs come first.
    const double runs = std::min(1.0, static_cast<double>(series.points.size()) / 10);
    const double rank = series.suspect ? 1000 + std::log(worsening(subject, series.suspect->ratio))
                                       : runs * std::abs(std::log(trend_ratio(series)));
    ranked.emplace_back(rank, &series);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<const Series*> order;
  order.reserve(ranked.size());
  for (const auto& [rank, series] : ranked) order.push_back(series);
  return order;
}

std::string fleet_to_html(const History& history, const std::vector<HostScore>& scores,
                          const FleetPage& page) {
  static constexpr std::array<std::string_view, 2> charts{{"hosts", "trends"}};
  const std::vector<HostScore> odd = odd_hosts(scores);
  std::string out = page_head("ipcmark: a fleet") + "<body>\n<header><h1>ipcmark: a fleet</h1>" +
                    "<button id=theme type=button hidden>Dark</button>";
  out += fmt::format("<p class=provenance>{}</p></header>\n", html(extent_text(history.fleet)));
  out += "<main>\n" + findings_section(history, odd, page);
  out += "<div id=filters hidden></div>\n";
  out += odd_section(history.fleet, odd);
  out += suspects_section(history, page);
  out += page_charts();
  out += trends_section(history, page);
  out += classes_section(history.fleet);
  out += states_section(history.fleet);
  out += "</main>\n";
  out += page_scripts(script_json(fleet_page_data(history, scores, page)), charts);
  return out + "</body>\n</html>\n";
}

}  // namespace ipcmark
