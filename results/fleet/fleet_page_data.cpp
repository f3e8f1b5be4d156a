#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/figures/statistics.hpp"
#include "results/fleet/fleet_page.hpp"
#include "results/fleet/history_text.hpp"
#include "results/json/json_text.hpp"
#include "results/report/page_frame.hpp"

namespace ipcmark {
namespace {

Json chart_json(double value) {
  const double rounded = chart_number(value);
  if (std::abs(rounded) < 1e15 && rounded == std::floor(rounded)) {
    return static_cast<std::int64_t>(rounded);
  }
  return rounded;
}

// [from run, to run, time in s, level, low, high]: the points, or medians of stretches of them.
Json points_json(const History& history, const Series& series) {
  const std::size_t count = std::min(series.points.size(), max_panel_points);
  Json out = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i * series.points.size() / count;
    const std::size_t to = (i + 1) * series.points.size() / count;
    std::vector<double> level;
    std::vector<double> low;
    std::vector<double> high;
    for (std::size_t at = from; at < to; ++at) {
      const SeriesPoint& point = series.points[at];
      const double factor = point.level / point.median;
      level.push_back(point.level);
      low.push_back(point.low * factor);
      high.push_back(point.high * factor);
    }
    const SeriesPoint& middle = series.points[(from + to - 1) / 2];
    out.push_back(
        Json::array({from + 1, to, seconds_of(history.fleet.runs[middle.run].finished),
                     chart_json(median(std::move(level))), chart_json(median(std::move(low))),
                     chart_json(median(std::move(high)))}));
  }
  return out;
}

Json panel_json(const History& history, const Series& series, const FleetPage& page) {
  const FleetSubject& subject = history.fleet.subjects[series.subject];
  Json panel{{"name", subject.key},
             {"figure", subject.figure},
             {"unit", to_string(subject.unit)},
             {"points", points_json(history, series)}};
  if (history.fleet.classes.size() > 1) {
    panel["class"] = history.fleet.classes[series.host_class].id;
  }
  if (series.state_ns > 0) panel["state"] = state_text(series.state_ns, true);
  if (series.suspect) {
    const SeriesPoint& point = series.points[series.suspect->at];
    panel["at"] = seconds_of(history.fleet.runs[point.run].finished);
    panel["run"] = series.suspect->at + 1;
    panel["worse"] = worsening(subject, series.suspect->ratio) > 1 ? 1 : 0;
    panel["says"] = suspect_text(history, series, page.label);
  }
  return panel;
}

// Of each host the score that is farthest out, all odd ones, and of the others evenly so many that
// a browser draws them at once.
constexpr std::size_t max_dots = 1200;

Json hosts_json(const FleetPoints& fleet, const std::vector<HostScore>& scores) {
  const auto out_by = [](const HostScore& score) { return std::abs(score.z); };
  std::vector<const HostScore*> of_host(fleet.hosts.size(), nullptr);
  for (const HostScore& score : scores) {
    const HostScore*& known = of_host[score.host];
    const bool farther = known == nullptr || score.odd > known->odd ||
                         (score.odd == known->odd && out_by(score) > out_by(*known));
    if (farther) known = &score;
  }
  std::erase(of_host, nullptr);
  std::stable_sort(of_host.begin(), of_host.end(), [&out_by](const auto* a, const auto* b) {
    return a->odd != b->odd ? a->odd : out_by(*a) > out_by(*b);
  });
  const auto odd = static_cast<std::size_t>(std::count_if(
      of_host.begin(), of_host.end(), [](const HostScore* each) { return each->odd; }));
  const std::size_t room = std::max(odd, max_dots) - odd;
  const std::size_t others = of_host.size() - odd;
  Json rows = Json::array();
  for (std::size_t i = 0; i < of_host.size(); ++i) {
    const HostScore& score = *of_host[i];
    const std::size_t place = i < odd ? 0 : i - odd;
    const bool drawn =
        i < odd || others <= room || place * room / others != (place + 1) * room / others;
    if (!drawn) continue;
    rows.push_back(Json::array({fleet.hosts[score.host].name, chart_json(100 * score.deviation),
                                chart_json(score.z), score.family, score.cells, score.odd ? 1 : 0,
                                state_text(score.state_ns, true)}));
  }
  return {{"of", of_host.size()}, {"rows", std::move(rows)}};
}

}  // namespace

std::string fleet_page_data(const History& history, const std::vector<HostScore>& scores,
                            const FleetPage& page) {
  Json panels = Json::array();
  for (const Series* series : series_by_change(history)) {
    if (panels.size() >= max_panels) break;
    const FleetMember& first = history.fleet.runs[series->points.front().run];
    const FleetMember& last = history.fleet.runs[series->points.back().run];
    if (first.finished == last.finished) continue;  // no time to draw it over
    panels.push_back(panel_json(history, *series, page));
  }
  // What the charts of single results look for, of which there are none here.
  const Json document{{"detail", Json::object()},
                      {"results", Json::array()},
                      {"cells", Json::array()},
                      {"ends", Json::array()},
                      {"explained", Json::array()},
                      {"comparisons", Json::array()},
                      {"fleet",
                       {{"series", history.series.size()},
                        {"panels", std::move(panels)},
                        {"hosts", hosts_json(history.fleet, scores)}}}};
  return one_line(document);
}

}  // namespace ipcmark
