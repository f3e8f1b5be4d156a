// A history for people, in a terminal, and for programs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "results/console/console.hpp"
#include "results/fleet/history.hpp"
#include "results/fleet/odd_hosts.hpp"

namespace ipcmark {

struct HistoryText {
  std::string label = {};  // that points are named by; empty: commit, else the day
  // Every series, else those of several results, at most 60 a class and all that are suspected.
  bool all = false;
};

// A line a series, with its suspects, each with the command that confirms it, and the odd hosts.
std::string history_to_console(const History& history, const std::vector<HostScore>& odd,
                               const ConsoleStyle& style, const HistoryText& how);

// {"schema":"ipcmark.history","version":…}: every series with its points, every suspect with the
// command that confirms it, the odd hosts, and the runs that all of it is from; described by
// ipcmark.history.schema.json. `left_out`: of files that do not count, a sentence each; `label` as
// in HistoryText. Ends with a newline.
std::string history_to_json(const History& history, const std::vector<HostScore>& odd,
                            const std::vector<std::string>& left_out, const std::string& label);

// `values` as one character each of `ramp` between `low` and `high`.
std::string sparkline(std::span<const double> values, double low, double high, bool unicode);
// At most so many values: medians of stretches of about the same length, in order.
std::vector<double> stretches(const std::vector<double>& values, std::size_t max_count);
// "latency/pipe/64B/block/cross-cpu p50, in the state of 150 ns"
std::string series_name(const History& history, const Series& series, bool unicode);
// "10 % worse since a1b2c3 (2026-01-26): 25 runs before it, 15 from it on; p 2e-08"
std::string suspect_text(const History& history, const Series& series, const std::string& label);
// "db7: 9.3 % worse than the 49 hosts of its class, by the median of its 34 cells that wait by
// block"
std::string odd_text(const FleetPoints& fleet, const HostScore& score, bool unicode);
// A few words on what the results are: how many, of how many hosts and classes, from when to when.
std::string extent_text(const FleetPoints& fleet);
inline constexpr const char* advisory_text =
    "Advisory: figures of other days, loads and machines are compared with each other here; "
    "'ipcmark "
    "ab' on one host is the judge.";

}  // namespace ipcmark
