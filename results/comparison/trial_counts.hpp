// How the trials of each cell came out on either side, and whether one side has more of the
// unsteady ones than chance explains: a comparison judges these with the others, and says so.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ipcmark {

struct Cell;
struct Material;

struct SideTrials {
  std::uint64_t trials = 0;      // all that were measured
  std::uint64_t judged = 0;      // those that take part in the comparison
  std::uint64_t not_steady = 0;  // of these: whose warm-up reached no steady state
  std::uint64_t failed = 0;      // of all: a check did not hold, a worker was killed, …
};

struct CellTrials {
  std::string key;
  SideTrials base, candidate;
  double p_not_steady = 1;  // of numbers so far apart, were both sides alike; for all cells (Holm)
};

// `rounds`: base and candidate of the material go together in pairs, of which those count where one
// side alone was not steady. p_not_steady is of this cell alone.
CellTrials count_trials(const std::string& key, const Cell& base, const Cell& candidate,
                        const Material& material, bool rounds);
// Adjusts the cells' p for their number. One sentence for each cell with an excess, one for all
// unsteady trials together; none when there are none.
std::vector<std::string> note_not_steady(std::vector<CellTrials>& cells);

}  // namespace ipcmark
