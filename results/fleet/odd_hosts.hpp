// Which hosts of a fleet are worse than others of their class? Advisory, from figures that were
// taken on different machines.
//
// Of each cell's figure, within a state of the machine and among the hosts of one class (of a cell
// that has states, figures from no known one are left out: they may be from several):
//   1. a host's value is the median of its runs
//   2. its deviation is that value over the median of all hosts' values, less 1, turned so that
//      above 0 is worse; its robust z is the deviation over 1.4826 times the median of all hosts'
//      absolute deviations (MAD), which counts as `min_mad` at least: hosts that agree by chance
//      make no others odd. (So far the rule of tools/fleet/queries/odd_host.sql.)
// One cell says little of a host: of a hundred cells, one lies far out by chance on any host. So
//   3. the score of a host is the median of its z over a family of cells: those that wait in one
//   way
//      ("block", "spin", ...), for what slows a host down often slows those; and all of them
//   4. what a host's other cells predict is taken off the score of a family: the cells of a run
//   rise
//      and fall together, by more than what a slow host differs by. The slope between the two is
//      that of all hosts (H. Theil's incomplete method, Proc. Ned. Akad. Wet. A 53, 1950: the
//      median of slopes between hosts half the fleet apart, which half of them may spoil)
//   5. scores are standardized by the median and MAD of all hosts' scores, for what is left in
//   common
//      to the cells of one host shows there; the MAD counts as what chance makes of independent
//      cells
//   6. the p-value of a host is the least of its scores' (one-sided: worse; normal, for few hosts
//      Student's t), times their number. Odd are those that Benjamini and Hochberg's rule names at
//      `odd_share` ("Controlling the false discovery rate", J. Royal Statistical Society B 57,
//      1995): of the hosts that are called odd, that share at most is so by chance. And the
//      deviation, the median over the family less what was predicted, must be `min_odd` at least,
//      over all cells `min_odd_all`, for nothing can be taken off there
// Faster hosts are not called odd. At least `min_peers` hosts are needed, and `min_cells` cells of
// the family, and of the others, on a host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "results/fleet/fleet_points.hpp"

namespace ipcmark {

inline constexpr std::size_t min_peers = 5;
inline constexpr std::size_t min_cells = 5;
inline constexpr double min_mad = 0.01;
inline constexpr double min_odd = 0.05;
inline constexpr double min_odd_all = 0.10;
inline constexpr double odd_share = 0.05;
inline constexpr const char* all_cells = "all";  // that family

struct HostScore {
  std::size_t host = 0;     // index in FleetPoints::hosts
  std::int32_t state = -1;  // FleetPoint::class_state
  double state_ns = 0;      // 0: unknown
  std::string family;       // all_cells, "block", "spin", …
  std::size_t runs = 0, cells = 0, peers = 0;
  // Median over the cells, less what its other cells predict; 0.09: 9 % worse than its peers.
  double deviation = 0;
  double plain = 0;  // the same, nothing taken off
  double worse = 0;  // share of the cells on the worse side of the peers' median
  double z = 0;      // standardized score
  double p = 1;      // of that z, among all scores of the host
  bool odd = false;
  std::uint32_t farthest = 0;  // subject whose z is the largest
  double farthest_ratio = 1;   // its value over the peers' median, turned: above 1 is worse
};

// Of every host that has peers, by class, state, family and host. Hosts without a name are left
// out: they may be several.
std::vector<HostScore> host_scores(const FleetPoints& fleet);

// One line a host: of its odd scores the least probable; the worst first.
std::vector<HostScore> odd_hosts(const std::vector<HostScore>& scores);

// How many results of each host are from which state of the machine, by the state of most of those
// of their points that have one.
struct HostStates {
  std::size_t host = 0;
  std::vector<std::size_t> runs;  // by FleetPoint::class_state, from the fastest
  std::size_t unknown = 0;        // that have no point with a state
};
std::vector<HostStates> states_of_hosts(const FleetPoints& fleet);

}  // namespace ipcmark
