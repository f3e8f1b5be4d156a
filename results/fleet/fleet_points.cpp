#include "results/fleet/fleet_points.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "results/figures/statistics.hpp"
#include "results/model/cell_key.hpp"

namespace ipcmark {
namespace {

constexpr std::array<Placement, 5> placements{{Placement::cross_cpu, Placement::same_cpu,
                                               Placement::unpinned, Placement::same_core,
                                               Placement::cross_socket}};

// By the time they ended; those of one moment by their file. Without those that were dropped.
void order_runs(FleetPoints& fleet, const std::set<std::size_t>& dropped) {
  std::vector<std::size_t> order;
  order.reserve(fleet.runs.size());
  for (std::size_t i = 0; i < fleet.runs.size(); ++i) {
    if (!dropped.contains(i)) order.push_back(i);
  }
  std::erase_if(fleet.points,
                [&dropped](const FleetPoint& point) { return dropped.contains(point.run); });
  std::sort(order.begin(), order.end(), [&fleet](std::size_t a, std::size_t b) {
    const FleetMember& one = fleet.runs[a];
    const FleetMember& other = fleet.runs[b];
    return std::tie(one.finished, one.file) < std::tie(other.finished, other.file);
  });
  std::vector<std::uint32_t> place(fleet.runs.size());
  std::vector<FleetMember> runs;
  runs.reserve(order.size());
  for (const std::size_t each : order) {
    place[each] = static_cast<std::uint32_t>(runs.size());
    runs.push_back(std::move(fleet.runs[each]));
  }
  fleet.runs = std::move(runs);
  for (FleetPoint& point : fleet.points) point.run = place[point.run];
  std::stable_sort(fleet.points.begin(), fleet.points.end(),
                   [](const FleetPoint& a, const FleetPoint& b) { return a.run < b.run; });
}

// The states of each class and placement, by the rule for the trials of one run
// (group_canaries() in statistics.hpp).
void split_states(FleetPoints& fleet) {
  std::map<std::pair<std::size_t, std::string>, std::vector<FleetPoint*>> alike;
  std::vector<std::string> placement;
  placement.reserve(fleet.subjects.size());
  for (const FleetSubject& each : fleet.subjects) placement.push_back(placement_in(each.key));
  for (FleetPoint& point : fleet.points) {
    alike[{fleet.runs[point.run].host_class, placement[point.subject]}].push_back(&point);
  }
  for (auto& [key, points] : alike) {
    std::vector<double> readings;
    readings.reserve(points.size());
    for (const FleetPoint* point : points) readings.push_back(point->state_ns);
    MachineStates states = group_canaries(readings);
    for (std::size_t i = 0; i < points.size(); ++i) points[i]->state = states.group[i];
    fleet.states[key] = std::move(states.medians);
  }
}

// The states of each class, from those of its placements.
void join_states(FleetPoints& fleet) {
  std::map<std::size_t, std::vector<double>> medians;  // by class, one placement after the other
  std::map<std::pair<std::size_t, std::string>, std::size_t> first;  // of a placement, in those
  for (const auto& [key, states] : fleet.states) {
    std::vector<double>& all = medians[key.first];
    first[key] = all.size();
    all.insert(all.end(), states.begin(), states.end());
  }
  std::map<std::size_t, MachineStates> joined;
  for (const auto& [host_class, all] : medians) {
    joined[host_class] = group_canaries(all);
    fleet.class_states[host_class] = joined[host_class].medians;
  }
  std::vector<std::string> placement;
  placement.reserve(fleet.subjects.size());
  for (const FleetSubject& each : fleet.subjects) placement.push_back(placement_in(each.key));
  for (FleetPoint& point : fleet.points) {
    if (point.state < 0) continue;
    const std::size_t host_class = fleet.runs[point.run].host_class;
    const std::size_t place =
        first[{host_class, placement[point.subject]}] + static_cast<std::size_t>(point.state);
    point.class_state = joined[host_class].group[place];
  }
}

}  // namespace

std::string placement_in(const std::string& key) {
  std::string found;
  for (const std::string& part : split_at(key, '/')) {
    const bool named = std::any_of(placements.begin(), placements.end(),
                                   [&part](Placement each) { return part == to_string(each); });
    if (named || part.starts_with("cpus=")) found.append(found.empty() ? "" : " ").append(part);
  }
  return found;
}

std::string state_text(double state_ns, bool unicode) {
  return state_ns > 0 ? scaled(state_ns, Unit::nanoseconds, unicode) : std::string();
}

std::pair<std::size_t, std::set<std::string>> FleetPoints::runs_and_hosts(
    std::size_t host_class) const {
  std::pair<std::size_t, std::set<std::string>> found;
  for (const FleetMember& run : runs) {
    if (run.host_class != host_class) continue;
    ++found.first;
    if (!hosts[run.host].name.empty()) found.second.insert(hosts[run.host].name);
  }
  return found;
}

double FleetPoints::state_ns(std::size_t host_class, std::size_t subject,
                             std::int32_t state) const {
  const auto found = states.find({host_class, placement_in(subjects[subject].key)});
  if (state < 0 || found == states.end()) return 0;
  return found->second.at(static_cast<std::size_t>(state));
}

bool FleetGatherer::wanted(const FleetCell& cell) {
  if (choice_.only.empty()) return true;
  const auto [found, fresh] = wanted_.try_emplace(cell.key, false);
  if (fresh) {
    found->second = std::any_of(choice_.only.begin(), choice_.only.end(),
                                [&cell](const auto& only) { return matches(only, cell.key); });
  }
  return found->second;
}

std::uint32_t FleetGatherer::subject_of(const FleetCell& cell, const FleetFigure& figure) {
  const auto [found, fresh] = subjects_[cell.key].try_emplace(
      figure.name, static_cast<std::uint32_t>(found_.subjects.size()));
  if (fresh) {
    found_.subjects.push_back({cell.key, cell.scenario, figure.name, figure.unit, figure.better});
  }
  return found->second;
}

std::size_t FleetGatherer::add(const FleetRun& run) {
  const auto [host_class, new_class] = classes_.try_emplace(run.host_class, classes_.size());
  if (new_class) found_.classes.push_back({run.host_class, run.machine});
  const FleetHost named{host_class->second, run.host};
  const auto [host, new_host] = hosts_.try_emplace(named, hosts_.size());
  if (new_host) found_.hosts.push_back(named);
  // A document that somebody else wrote may have no end.
  const std::string& ended = run.run.finished.empty() ? run.run.started : run.run.finished;
  FleetMember member{run.file,           ended,        run.run.labels,
                     host_class->second, host->second, run.run.interrupted};
  for (const FleetCell& cell : run.cells) {
    if (!wanted(cell)) continue;
    ++member.cells;
    if (is_failure(cell.state)) ++member.failed;
    if (cell.state != State::passed) continue;  // whoever loses messages may be fast by that
    for (const FleetFigure& figure : cell.figures) {
      figures_.insert(figure.name);
      const bool chosen = choice_.figure.empty() ? figure.headline : figure.name == choice_.figure;
      if (!chosen || !(figure.median > 0) || !std::isfinite(figure.median)) continue;
      FleetPoint point;
      point.run = static_cast<std::uint32_t>(found_.runs.size());
      point.subject = subject_of(cell, figure);
      point.state_ns = cell.machine_state_ns;
      point.median = figure.median;
      point.low = figure.low;
      point.high = figure.high;
      point.two_groups = figure.two_groups;
      found_.points.push_back(point);
    }
  }
  found_.runs.push_back(std::move(member));
  return found_.runs.size() - 1;
}

FleetPoints FleetGatherer::gathered() {
  FleetPoints fleet = std::exchange(found_, {});
  classes_.clear();
  hosts_.clear();
  subjects_.clear();
  order_runs(fleet, dropped_);
  dropped_.clear();
  split_states(fleet);
  join_states(fleet);
  return fleet;
}

}  // namespace ipcmark
