// The figures of many runs as one table of numbers, ordered by time: what trends and odd hosts are
// told from. Every word is kept once, so that ten thousand runs take some tens of megabytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "results/fleet/fleet_run.hpp"

namespace ipcmark {

// Which figures are looked at.
struct FleetChoice {
  std::string figure;             // figure_name(); empty: the headline of each cell
  std::vector<std::string> only;  // patterns of keys, as --only takes them; empty: all
};

// What is kept of one run.
struct FleetMember {
  std::string file;
  std::string finished;  // when it ended, or was ended
  std::map<std::string, std::string> labels;
  std::size_t host_class = 0;  // index in FleetPoints::classes
  std::size_t host = 0;        // index in FleetPoints::hosts
  bool interrupted = false;
  std::size_t cells = 0, failed = 0;
};

// A host, within its class: one that was measured before and after a change of its kernel is two.
// Runs that name no host are taken for those of one.
struct FleetHost {
  std::size_t host_class = 0;
  std::string name;  // empty: unknown
  bool operator<(const FleetHost& other) const {
    return host_class != other.host_class ? host_class < other.host_class : name < other.name;
  }
};

struct FleetClass {
  std::string id;       // FleetRun::host_class
  std::string machine;  // of its first run
};

// A figure of a cell.
struct FleetSubject {
  std::string key, scenario, figure;
  Unit unit = Unit::count;
  Better better = Better::neither;
};

struct FleetPoint {
  std::uint32_t run = 0, subject = 0;  // indices below
  // Of the states of the machine that the points of the class and placement fall into, from the
  // fastest, 0; -1: unknown. Points of different states are never compared with each other.
  std::int32_t state = -1;
  std::int32_t class_state = -1;  // the same among the states of the class (class_states)
  double state_ns = 0;            // as the run has it; 0: unknown
  double median = 0, low = 0, high = 0;
  bool two_groups = false;
};

struct FleetPoints {
  std::vector<FleetClass> classes;
  std::vector<FleetHost> hosts;
  std::vector<FleetSubject> subjects;
  std::vector<FleetMember> runs;   // by the time they ended
  std::vector<FleetPoint> points;  // in the order of the runs
  // How many runs are of that class, and the names of their hosts, where they have one.
  std::pair<std::size_t, std::set<std::string>> runs_and_hosts(std::size_t host_class) const;
  // The round trip between CPUs in the middle of that state's points, in ns; 0: unknown.
  double state_ns(std::size_t host_class, std::size_t subject, std::int32_t state) const;

  // By class and placement (the part of a key that says so): the medians of the states.
  std::map<std::pair<std::size_t, std::string>, std::vector<double>> states;
  // By class, whatever the placement: those medians, split in the same way, so that what is said of
  // a host or a run names one state by one number.
  std::map<std::size_t, std::vector<double>> class_states;
};

// Takes runs in any order.
class FleetGatherer {
 public:
  explicit FleetGatherer(FleetChoice choice) : choice_(std::move(choice)) {}
  // Returns its place: how many were added before it.
  std::size_t add(const FleetRun& run);
  // The run that was added there does not count, as another of the same id does.
  void drop(std::size_t place) { dropped_.insert(place); }
  // Of all cells that were wanted, the names of figures: what FleetChoice::figure may be.
  const std::set<std::string>& figures() const { return figures_; }
  // Those that were added, put into order; afterwards there are none.
  FleetPoints gathered();

 private:
  bool wanted(const FleetCell& cell);
  std::uint32_t subject_of(const FleetCell& cell, const FleetFigure& figure);

  FleetChoice choice_;
  std::set<std::size_t> dropped_;
  std::set<std::string> figures_;
  FleetPoints found_;
  std::map<std::string, std::size_t> classes_;  // by id
  std::map<FleetHost, std::size_t> hosts_;
  std::map<std::string, std::map<std::string, std::uint32_t>> subjects_;  // by key and figure
  std::map<std::string, bool> wanted_;                                    // by key
};

// The part of a key that says where the processes run: "cross-cpu", or "cross-cpu cpus=0,3".
std::string placement_in(const std::string& key);
// "150 ns", "" when it is unknown.
std::string state_text(double state_ns, bool unicode);

}  // namespace ipcmark
