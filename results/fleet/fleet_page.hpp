// One page about a fleet, of `ipcmark report DIR` and `ipcmark history --html`: odd hosts,
// suspects, trends, host classes and the states of their machines. It holds what the results come
// to and none of them, so that ten thousand results are as quick to open as ten.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "results/fleet/history.hpp"
#include "results/fleet/odd_hosts.hpp"

namespace ipcmark {

struct FleetPage {
  std::vector<std::string> notes;  // of files that were left out, a sentence each; shown first
  std::string label;               // that points are named by (history_text.hpp)
};

// The whole file. `scores` are those of host_scores().
std::string fleet_to_html(const History& history, const std::vector<HostScore>& scores,
                          const FleetPage& page);

// What its charts draw, as JSON.
std::string fleet_page_data(const History& history, const std::vector<HostScore>& scores,
                            const FleetPage& page);

// At most so many rows of a kind; what is left out is said, and is never a suspect or an odd host.
inline constexpr std::size_t max_trend_rows = 1500;
inline constexpr std::size_t max_host_rows = 1500;
inline constexpr std::size_t max_panels = 24;
inline constexpr std::size_t max_panel_points = 60;

// Suspects first, the worst of them foremost; then those whose last fifth lies farthest from their
// first.
std::vector<const Series*> series_by_change(const History& history);

}  // namespace ipcmark
