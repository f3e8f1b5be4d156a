#include "results/fleet/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "results/comparison/gate_statistics.hpp"
#include "results/figures/published.hpp"
#include "results/figures/statistics.hpp"
#include "results/figures/summary.hpp"
#include "results/fleet/change_point.hpp"

namespace ipcmark {
namespace {

// A change of less makes no difference to anybody.
constexpr double default_min_effect = 0.05;

// What a series is distinguished by: class, subject, state.
using SeriesKey = std::tuple<std::size_t, std::uint32_t, std::int32_t>;

// Values at the level of the class: each over its own host's median, times the median of the
// hosts'.
void level_out(const FleetPoints& fleet, Series& series) {
  std::map<std::size_t, std::vector<double>> by_host;
  for (const SeriesPoint& point : series.points) {
    by_host[fleet.runs[point.run].host].push_back(point.median);
  }
  std::map<std::size_t, double> of_host;
  std::vector<double> levels;
  levels.reserve(by_host.size());
  for (auto& [host, values] : by_host) {
    of_host[host] = median(std::move(values));
    levels.push_back(of_host[host]);
  }
  series.hosts = levels.size();
  const double level = median(std::move(levels));
  for (SeriesPoint& point : series.points) {
    point.level = point.median / of_host[fleet.runs[point.run].host] * level;
  }
}

std::vector<Series> series_of(const FleetPoints& fleet, const Catalogue& catalogue) {
  std::map<SeriesKey, Series> found;
  for (const FleetPoint& point : fleet.points) {
    const std::size_t host_class = fleet.runs[point.run].host_class;
    Series& series = found[{host_class, point.subject, point.state}];
    series.points.push_back(
        {point.run, point.median, point.low, point.high, point.median, point.two_groups});
  }
  std::vector<Series> all;
  all.reserve(found.size());
  for (auto& [key, series] : found) {
    std::tie(series.host_class, series.subject, series.state) = key;
    series.state_ns = fleet.state_ns(series.host_class, series.subject, series.state);
    const FleetSubject& subject = fleet.subjects[series.subject];
    series.min_effect = min_effect_of(catalogue, subject.scenario, subject.figure);
    level_out(fleet, series);
    all.push_back(std::move(series));
  }
  return all;
}

// The numbers of the points' hosts within the series, from 0.
std::vector<std::size_t> blocks_of(const FleetPoints& fleet, const Series& series) {
  std::map<std::size_t, std::size_t> number;
  std::vector<std::size_t> blocks;
  blocks.reserve(series.points.size());
  for (const SeriesPoint& point : series.points) {
    blocks.push_back(number.try_emplace(fleet.runs[point.run].host, number.size()).first->second);
  }
  return blocks;
}

// Of hosts that have points on both sides: the others tell nothing of the change. 1: none has.
double ratio_at(const FleetPoints& fleet, const Series& series, std::size_t at) {
  std::set<std::size_t> early;
  std::set<std::size_t> both;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const std::size_t host = fleet.runs[series.points[i].run].host;
    if (i < at) {
      early.insert(host);
    } else if (early.contains(host)) {
      both.insert(host);
    }
  }
  std::vector<double> before;
  std::vector<double> after;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    if (!both.contains(fleet.runs[series.points[i].run].host)) continue;
    (i < at ? before : after).push_back(series.points[i].level);
  }
  if (before.empty()) return 1;
  return median(std::move(after)) / median(std::move(before));
}

bool counts(const Series& series, double ratio) {
  return std::max(ratio, 1 / ratio) >= 1 + series.min_effect;
}

// By the rule.
void suspect(History& history) {
  std::vector<Series*> tested;
  std::vector<ChangePoint> found;
  std::vector<double> p_values;
  for (Series& series : history.series) {
    std::vector<double> values;
    values.reserve(series.points.size());
    for (const SeriesPoint& point : series.points) values.push_back(point.level);
    const auto change = change_point(values, blocks_of(history.fleet, series));
    if (!change) continue;
    series.p = change->p;
    tested.push_back(&series);
    found.push_back(*change);
    p_values.push_back(change->p);
  }
  history.tested = tested.size();
  const std::vector<double> corrected = holm(p_values);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    if (!(corrected[i] < suspect_level)) continue;
    const double ratio = ratio_at(history.fleet, *tested[i], found[i].at);
    if (!counts(*tested[i], ratio)) continue;
    tested[i]->suspect = Suspect{found[i].at, ratio, corrected[i], false};
    ++history.suspects;
  }
}

// The series of that figure that has a run which ended at that time, and the place of that run in
// it; the first of several series that have one.
std::pair<Series*, std::size_t> place_of(History& history, const OtavaChange& change) {
  for (Series& series : history.series) {
    const FleetSubject& subject = history.fleet.subjects[series.subject];
    if (subject.key + "/" + subject.figure != change.metric) continue;
    for (std::size_t i = 1; i < series.points.size(); ++i) {
      const std::string& ended = history.fleet.runs[series.points[i].run].finished;
      if (seconds_of(ended) == change.time) return {&series, i};
    }
  }
  return {nullptr, 0};
}

void suspect(History& history, const std::vector<OtavaChange>& changes) {
  for (const OtavaChange& change : changes) {
    const auto [series, at] = place_of(history, change);
    if (series == nullptr) {
      history.notes.push_back(fmt::format(
          "Otava found a change of '{}' at {}, but no run here with that figure ended then; give "
          "the results that were exported to it",
          change.metric, change.time));
      continue;
    }
    // Of several in one series the largest.
    const Suspect reported{at, 1 + change.change_percent / 100, change.p, true};
    if (series->suspect && std::abs(std::log(series->suspect->ratio)) >=
                               std::abs(std::log(std::max(reported.ratio, 1e-9)))) {
      continue;
    }
    history.suspects += series->suspect ? 0 : 1;
    series->suspect = reported;
  }
}

std::string label_of(const FleetMember& run, const std::string& name) {
  const auto found = run.labels.find(name);
  return found == run.labels.end() ? std::string() : found->second;
}

// As a shell takes it.
std::string shell_word(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._/:=,@+-").find(c) != std::string_view::npos;
  });
  if (plain) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

double min_effect_of(const Catalogue& catalogue, const std::string& scenario,
                     const std::string& figure) {
  const auto effect = [&figure](const FigureEntry& entry) -> std::optional<double> {
    if (entry.as != Recorded::histogram) {
      if (figure != entry.name) return std::nullopt;
      return minimum_effect(entry, -1).value_or(default_min_effect);
    }
    for (const double quantile : published_quantiles(entry, ~0U)) {
      Figure named;
      named.name = entry.name;
      named.quantile = quantile;
      named.entry = entry;
      if (figure_name(named) != figure) continue;
      return minimum_effect(entry, quantile).value_or(default_min_effect);
    }
    return std::nullopt;
  };
  std::vector<FigureEntry> declared;
  if (const ScenarioFacts* facts = catalogue.scenario(scenario)) declared = facts->figures;
  declared.insert(declared.end(), catalogue.shared.begin(), catalogue.shared.end());
  for (const FigureEntry& entry : declared) {
    if (const auto found = effect(entry)) return *found;
  }
  return default_min_effect;
}

History history_of(FleetPoints fleet, const Catalogue& catalogue) {
  History history;
  history.fleet = std::move(fleet);
  history.series = series_of(history.fleet, catalogue);
  suspect(history);
  return history;
}

History history_of(FleetPoints fleet, const Catalogue& catalogue,
                   const std::vector<OtavaChange>& changes) {
  History history;
  history.fleet = std::move(fleet);
  history.series = series_of(history.fleet, catalogue);
  suspect(history, changes);
  return history;
}

double trend_ratio(const Series& series) {
  const std::size_t some = std::max<std::size_t>(1, series.points.size() / 5);
  std::vector<double> first;
  std::vector<double> last;
  for (std::size_t i = 0; i < some; ++i) {
    first.push_back(series.points[i].level);
    last.push_back(series.points[series.points.size() - 1 - i].level);
  }
  return median(std::move(last)) / median(std::move(first));
}

double worsening(const FleetSubject& subject, double ratio) {
  return subject.better == Better::higher ? 1 / ratio : ratio;
}

std::string change_text(const FleetSubject& subject, double ratio) {
  const double percent = 100 * std::abs(ratio - 1);
  const bool up = ratio > 1;
  const char* word = subject.better == Better::neither ? (up ? "more" : "less")
                     : worsening(subject, ratio) > 1   ? "worse"
                                                       : "better";
  return fmt::format("{:.{}f} % {}", percent, percent < 9.95 ? 1 : 0, word);
}

std::string point_name(const FleetMember& run, const std::string& name) {
  if (!name.empty()) {
    if (std::string label = label_of(run, name); !label.empty()) return label;
  } else if (std::string commit = label_of(run, "commit"); !commit.empty()) {
    return commit;
  }
  return run.finished.substr(0, 10);
}

Confirmation confirmation_of(const FleetPoints& fleet, const Series& series) {
  const std::size_t at = series.suspect ? series.suspect->at : 0;
  if (at == 0) return {};
  const FleetMember& before = fleet.runs[series.points[at - 1].run];
  const FleetMember& after = fleet.runs[series.points[at].run];
  const std::string key = shell_word(fleet.subjects[series.subject].key);
  const std::string old_commit = label_of(before, "commit");
  const std::string new_commit = label_of(after, "commit");
  if (!old_commit.empty() && !new_commit.empty() && old_commit != new_commit) {
    return {fmt::format("ipcmark ab --a {} --b {} --only {}", shell_word("./ipcmark-" + old_commit),
                        shell_word("./ipcmark-" + new_commit), key),
            fmt::format("./ipcmark-{} and ./ipcmark-{} are the builds of these commits", old_commit,
                        new_commit)};
  }
  std::vector<std::string> changed;
  for (const auto& [name, value] : after.labels) {
    const std::string was = label_of(before, name);
    if (name != "host" && !was.empty() && was != value) {
      changed.push_back(fmt::format("label {} went from {} to {}", name, was, value));
    }
  }
  std::string words =
      fmt::format("OLD and NEW are the builds that measured {} and {}", before.file, after.file);
  if (!old_commit.empty() && old_commit == new_commit) {
    words = fmt::format(
        "both sides are builds of commit {}, so that the machine may have changed "
        "instead: OLD and NEW are builds to hold against each other there",
        old_commit);
  }
  if (!changed.empty()) words += fmt::format("; {}", fmt::join(changed, ", "));
  return {fmt::format("ipcmark ab --a OLD --b NEW --only {}", key), words};
}

}  // namespace ipcmark
