// Where the time of one cell's messages goes, as documents hold it: names and figures alone, times
// in ns. What each means is told by results/json/ipcmark.explanation.schema.json.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ipcmark {

struct ExplainedSegment {
  std::string label;  // "A: in write, until it wakes B"
  std::string work;   // its kind: "call"
  bool inferred = false;
  std::uint32_t probes = 0;
  double traced_ns = 0, scaled_ns = 0;
};

struct ExplainedPath {
  std::uint64_t trips = 0;
  double share = 0;
  double traced_ns = 0, scaled_ns = 0;
  std::map<std::string, std::uint32_t> system_calls;
  std::vector<ExplainedSegment> segments;
};

// A kind of work, of all trips.
struct ExplainedWork {
  std::string work;
  double segments = 0, probes = 0;  // a trip
  double traced_ns = 0, scaled_ns = 0;
};

// How often a trip does what, of all trips.
struct ExplainedCounts {
  std::map<std::string, double> system_calls;
  double page_faults = 0, interrupts_sent = 0, switches = 0;
};

struct ExplainedDisturbance {
  std::string by, name;
  double share = 0, mean_ns = 0;
};

struct ExplainedTrip {
  struct Part {
    std::string what;
    std::uint64_t ns = 0;
    bool stall = false;
  };
  std::uint64_t duration_ns = 0;
  bool cut = false;
  std::vector<Part> parts;
};

// The median trip of each trial, in the order of rounds; `chains` is by the stamps of the traced
// trial of the same place. `stamped_ratio`, where few trips are stamped: how much longer they are
// in stretches of a trial with stamps than in those without.
struct ExplainedTrials {
  std::vector<double> plain_ns, coarse_ns, traced_ns, chains_ns;
  std::vector<double> stamped_ratio;
};

struct ExplainedCell {
  std::string cell;  // its key
  std::string seen;
  std::string not_seen;
  std::uint32_t stamp_every = 1;
  std::uint64_t trials = 0;
  std::uint64_t void_rounds = 0;
  double plain_ns = 0, coarse_ns = 0, traced_ns = 0, fine_ns = 0, chains_ns = 0;
  double core_to_core_ns = 0;
  bool estimate = false;
  double probe_ns = 0, probe_alone_ns = 0, probes = 0;
  bool probes_are_stamps = false;
  double stamps_ns = 0;
  double difference_a_probe_ns = 0;
  std::uint64_t trips = 0, complete = 0, cut = 0, negative = 0, inferred = 0, lost = 0, ways = 0;
  ExplainedTrials by_trial;
  ExplainedCounts counts;
  std::vector<ExplainedPath> paths;
  std::vector<ExplainedWork> work;
  std::vector<ExplainedDisturbance> disturbances;
  std::vector<ExplainedTrip> slowest;
  std::vector<std::string> sentences;
};

}  // namespace ipcmark
