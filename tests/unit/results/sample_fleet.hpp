// Made-up runs of a fleet, the same everywhere: whole numbers and no mathematics but + and *.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/fleet/fleet_points.hpp"

namespace ipcmark {

// Uniform in [0, 1).
class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint64_t seed) : state_(seed) {}
  double next();
  // About normal, mean 0, deviation 1: twelve throws.
  double bell();

 private:
  std::uint64_t state_;
};

struct MadeCell {
  std::string key;
  double value = 0;  // ns
  double state_ns = 150;
  bool rate = false;  // the headline is a rate, of which more is better
};

// `day`: the day after 2026-01-01 on which it ended.
FleetRun made_run(unsigned day, const std::string& host, const std::vector<MadeCell>& cells);
// "2026-02-10T03:00:00Z"
std::string made_time(unsigned day);
FleetPoints points_of(const std::vector<FleetRun>& runs, const FleetChoice& choice = {});

// A history of 40 runs of two hosts in which, from the 26th on, one cell takes 12 % longer; and
// three runs of a host of another class.
std::vector<FleetRun> sample_fleet();

}  // namespace ipcmark
