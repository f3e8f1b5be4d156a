#include "results/fleet/odd_hosts.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "results/figures/statistics.hpp"
#include "results/model/cell_key.hpp"

namespace ipcmark {
namespace {

constexpr double to_deviation = 1.4826;  // of a normal distribution: its MAD to its deviation
constexpr const char* all_cells = "all";

// How a host stands in one cell.
struct Standing {
  std::uint32_t subject = 0;
  double deviation = 0, z = 0;
};
// Of one class and state: by host.
using Standings = std::map<std::size_t, std::vector<Standing>>;

// The families that a cell is in, by its key.
std::vector<std::string> families_of(const std::string& key) {
  static constexpr std::array<Wait, 4> waits{{Wait::block, Wait::spin, Wait::hybrid, Wait::poll}};
  std::vector<std::string> families{all_cells};
  for (const std::string& part : split_at(key, '/')) {
    for (const Wait wait : waits) {
      if (part == to_string(wait)) families.emplace_back(part);
    }
  }
  return families;
}

// Of one cell in one state, by host: how its value stands to the others'.
void add_standings(const FleetSubject& subject, std::uint32_t index,
                   const std::map<std::size_t, double>& values, Standings& standings) {
  if (values.size() < min_peers) return;
  std::vector<double> all;
  all.reserve(values.size());
  for (const auto& [host, value] : values) all.push_back(value);
  const double middle = median(all);
  std::vector<double> deviations;
  deviations.reserve(all.size());
  const double sign = subject.better == Better::higher ? -1 : 1;
  for (const double value : all) deviations.push_back(sign * (value / middle - 1));
  std::vector<double> absolute;
  absolute.reserve(all.size());
  for (const double each : deviations) absolute.push_back(std::abs(each));
  const double spread = to_deviation * std::max(min_mad, median(std::move(absolute)));
  std::size_t next = 0;
  for (const auto& [host, value] : values) {
    const double deviation = deviations[next++];
    standings[host].push_back({index, deviation, deviation / spread});
  }
}

// By class and state of the machine.
std::map<std::pair<std::size_t, std::int32_t>, Standings> all_standings(const FleetPoints& fleet) {
  std::map<std::tuple<std::size_t, std::int32_t, std::uint32_t>,
           std::map<std::size_t, std::vector<double>>>
      values;
  for (const FleetPoint& point : fleet.points) {
    const FleetMember& run = fleet.runs[point.run];
    if (fleet.hosts[run.host].name.empty()) continue;
    values[{run.host_class, point.state, point.subject}][run.host].push_back(point.median);
  }
  std::map<std::pair<std::size_t, std::int32_t>, Standings> standings;
  for (auto& [key, by_host] : values) {
    const auto& [host_class, state, subject] = key;
    std::map<std::size_t, double> medians;
    for (auto& [host, each] : by_host) medians[host] = median(std::move(each));
    add_standings(fleet.subjects[subject], subject, medians, standings[{host_class, state}]);
  }
  return standings;
}

// How probable it is that a host is so far out, on either side. A MAD of n values tells a deviation
// about as well as the root of 0.37 n squares does.
double p_of(double z, std::size_t peers) {
  const double freedom = 0.37 * static_cast<double>(peers - 1);
  if (freedom > 100) {
    return 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), std::abs(z)));
  }
  return 2 * boost::math::cdf(boost::math::complement(
                 boost::math::students_t(std::max(1.0, freedom)), std::abs(z)));
}

// Of one host in one family; nothing in it: too few cells.
HostScore score_of(std::size_t host, const std::vector<const Standing*>& cells) {
  HostScore score;
  score.host = host;
  score.cells = cells.size();
  std::vector<double> z;
  std::vector<double> deviations;
  std::size_t worse = 0;
  for (const Standing* each : cells) {
    z.push_back(each->z);
    deviations.push_back(each->deviation);
    worse += each->deviation > 0 ? 1U : 0U;
  }
  score.worse = static_cast<double>(worse) / static_cast<double>(cells.size());
  score.z = median(std::move(z));
  score.deviation = median(std::move(deviations));
  const double side = score.z < 0 ? -1 : 1;
  const auto farthest =
      std::max_element(cells.begin(), cells.end(), [side](const Standing* a, const Standing* b) {
        return side * a->z < side * b->z;
      });
  score.farthest = (*farthest)->subject;
  score.farthest_ratio = 1 + (*farthest)->deviation;
  return score;
}

// Standardizes the scores of one family.
void standardize(std::vector<HostScore>& scores) {
  std::vector<double> z;
  z.reserve(scores.size());
  for (const HostScore& each : scores) z.push_back(each.z);
  const double middle = median(z);
  const double spread = to_deviation * median_absolute_deviation(z);
  for (HostScore& each : scores) {
    each.peers = scores.size();
    each.z = spread > 0 ? (each.z - middle) / spread : 0;
    each.p = p_of(each.z, each.peers);
  }
}

// Which scores of one class are odd: of each host the least probable stands for it.
void judge_class(std::vector<HostScore*>& scores) {
  std::map<std::size_t, std::vector<HostScore*>> by_host;
  for (HostScore* score : scores) by_host[score->host].push_back(score);
  std::vector<double> least;
  least.reserve(by_host.size());
  for (auto& [host, each] : by_host) {
    double p = 1;
    for (HostScore* score : each) {
      score->p = std::min(1.0, score->p * static_cast<double>(each.size()));
      p = std::min(p, score->p);
    }
    least.push_back(p);
  }
  std::sort(least.begin(), least.end());
  double level = -1;  // the largest p that is odd
  for (std::size_t i = 0; i < least.size(); ++i) {
    const double share = static_cast<double>(i + 1) / static_cast<double>(least.size());
    if (least[i] <= odd_share * share) level = least[i];
  }
  for (HostScore* score : scores) {
    const bool one_way = (score->z > 0) == (score->deviation > 0);
    score->odd = one_way && score->p <= level && std::abs(score->deviation) >= min_odd;
  }
}

// How many runs of a host have points in a state.
std::map<std::pair<std::size_t, std::int32_t>, std::size_t> count_runs(const FleetPoints& fleet) {
  std::set<std::tuple<std::size_t, std::int32_t, std::uint32_t>> seen;
  for (const FleetPoint& point : fleet.points) {
    seen.insert({fleet.runs[point.run].host, point.state, point.run});
  }
  std::map<std::pair<std::size_t, std::int32_t>, std::size_t> runs;
  for (const auto& [host, state, run] : seen) ++runs[{host, state}];
  return runs;
}

}  // namespace

std::vector<HostScore> host_scores(const FleetPoints& fleet) {
  std::vector<std::vector<std::string>> families;
  families.reserve(fleet.subjects.size());
  for (const FleetSubject& each : fleet.subjects) families.push_back(families_of(each.key));
  const auto runs = count_runs(fleet);
  std::vector<HostScore> all;
  for (const auto& [place, standings] : all_standings(fleet)) {
    std::map<std::string, std::vector<HostScore>> scores;  // by family
    for (const auto& [host, cells] : standings) {
      std::map<std::string, std::vector<const Standing*>> by_family;
      for (const Standing& each : cells) {
        for (const std::string& family : families[each.subject]) by_family[family].push_back(&each);
      }
      for (const auto& [family, chosen] : by_family) {
        if (chosen.size() < min_cells) continue;
        HostScore score = score_of(host, chosen);
        score.family = family;
        score.state = place.second;
        score.state_ns = fleet.state_ns(place.first, chosen.front()->subject, place.second);
        score.runs = runs.at({host, place.second});
        scores[family].push_back(std::move(score));
      }
    }
    for (auto& [family, each] : scores) {
      if (each.size() < min_peers) continue;
      standardize(each);
      all.insert(all.end(), each.begin(), each.end());
    }
  }
  std::map<std::size_t, std::vector<HostScore*>> by_class;
  for (HostScore& score : all) by_class[fleet.hosts[score.host].host_class].push_back(&score);
  for (auto& [host_class, scores] : by_class) judge_class(scores);
  return all;
}

std::vector<HostScore> odd_hosts(const std::vector<HostScore>& scores) {
  std::map<std::size_t, const HostScore*> worst;
  for (const HostScore& score : scores) {
    if (!score.odd) continue;
    const HostScore*& known = worst[score.host];
    if (known == nullptr || score.p < known->p) known = &score;
  }
  std::vector<HostScore> odd;
  odd.reserve(worst.size());
  for (const auto& [host, score] : worst) odd.push_back(*score);
  std::stable_sort(odd.begin(), odd.end(), [](const HostScore& a, const HostScore& b) {
    return a.deviation > b.deviation;
  });
  return odd;
}

std::vector<HostStates> states_of_hosts(const FleetPoints& fleet) {
  std::vector<std::map<std::int32_t, std::size_t>> votes(fleet.runs.size());  // of each run
  for (const FleetPoint& point : fleet.points) ++votes[point.run][point.state];
  std::map<std::size_t, HostStates> found;
  for (std::size_t run = 0; run < fleet.runs.size(); ++run) {
    if (votes[run].empty()) continue;
    HostStates& host = found[fleet.runs[run].host];
    host.host = fleet.runs[run].host;
    const auto most = std::max_element(
        votes[run].begin(), votes[run].end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most->first < 0) {
      ++host.unknown;
      continue;
    }
    const auto state = static_cast<std::size_t>(most->first);
    if (host.runs.size() <= state) host.runs.resize(state + 1, 0);
    ++host.runs[state];
  }
  std::vector<HostStates> all;
  all.reserve(found.size());
  for (auto& [host, each] : found) all.push_back(std::move(each));
  return all;
}

}  // namespace ipcmark
