// Trends of a fleet: every figure of a cell over time, and since when it may have changed.
//
// A series is one figure of one cell in one state of the machine on the hosts of one class: hosts
// are pooled, as their fingerprints are equal, but a value counts by how it stands to its own
// host's others (change_point.hpp). What differs in class or state is another series.
//
// Suspects are advisory. They come from other hours, loads and often hosts than each other, which
// no statistic undoes; `ipcmark ab` on one host is the judge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/fleet/fleet_points.hpp"
#include "results/fleet/otava_report.hpp"

namespace ipcmark {

// The chance that any of the suspects of one history is none.
inline constexpr double suspect_level = 0.001;

struct Suspect {
  std::size_t at = 0;  // index of the first point after the change
  double ratio = 1;    // of the medians, later over earlier, of hosts with points on both sides
  double p = 1;        // after correction for all splits and all series; as Otava says it
  bool otava = false;  // told by Otava, not by the rule here
};

struct SeriesPoint {
  std::uint32_t run = 0;                 // index in FleetPoints::runs
  double median = 0, low = 0, high = 0;  // as measured
  // The same at the level of the class: times the median of all hosts' medians over this host's.
  double level = 0;
  bool two_groups = false;
};

struct Series {
  std::size_t host_class = 0;  // indices in FleetPoints
  std::size_t subject = 0;
  std::int32_t state = -1;
  double state_ns = 0;  // 0: unknown
  std::size_t hosts = 0;
  std::vector<SeriesPoint> points;  // by time
  double min_effect = 0;            // the smallest change that counts, as a fraction
  double p = 1;                     // of its change point, for all its splits; not of all series
  std::optional<Suspect> suspect;
};

struct History {
  FleetPoints fleet;
  std::vector<Series> series;  // by class, and in the order in which cells were first met
  std::size_t tested = 0;      // that have enough points: what p-values are corrected for
  std::size_t suspects = 0;
  // What Otava says of figures and times that are in no series, a sentence each.
  std::vector<std::string> notes;
};

// Suspects by the rule: the change point of each series (change_point.hpp), Holm's correction over
// all series, p below `suspect_level`, and a change of at least the gate's minimum effect.
History history_of(FleetPoints fleet, const Catalogue& catalogue);
// The same trends, with the change points that Otava found in place of that rule.
History history_of(FleetPoints fleet, const Catalogue& catalogue,
                   const std::vector<OtavaChange>& changes);

// minimum_effect() (published.hpp) by a figure's name: "p50", "response_p99", "rate". Where the
// gate judges no such figure, that of a median.
double min_effect_of(const Catalogue& catalogue, const std::string& scenario,
                     const std::string& figure);

// The last fifth of the points (one at least) over the first, by the medians of their levels.
double trend_ratio(const Series& series);
// Above 1: worse, by so many times; below: better. Of a figure that is neither, later over earlier.
double worsening(const FleetSubject& subject, double ratio);
// "10 % worse", "12 % better", "8.0 % more".
std::string change_text(const FleetSubject& subject, double ratio);
// What a point is called: the run's label `name`, by default its commit, else the day it ended.
std::string point_name(const FleetMember& run, const std::string& name);
// The command that measures before and after in turns on one host, and what to put into it: of runs
// without a commit their files.
struct Confirmation {
  std::string command;
  std::string words;
};
Confirmation confirmation_of(const FleetPoints& fleet, const Series& series);

}  // namespace ipcmark
