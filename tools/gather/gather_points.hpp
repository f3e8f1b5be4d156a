// The results of a fleet as the table of numbers that trends and odd hosts are told from.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/fleet/fleet_points.hpp"
#include "scenarios/scenario.hpp"
#include "tools/files/output_place.hpp"

namespace ipcmark {

struct GatheredPoints {
  FleetPoints fleet;
  // What was left out: files that are no result, results of a run that is there already.
  std::vector<std::string> notes;
};

// Every result at the places (gather.hpp), one in memory at a time. Files that were skipped are
// named on stderr. The error is a sentence: a place that does not exist, no result, or nothing in
// them that was chosen.
tl::expected<GatheredPoints, std::string> gather_points(const Program& program,
                                                        const std::vector<std::string>& places,
                                                        const FleetChoice& choice);

// As wrong_outputs(): a sentence if an output is the file of one of these results, else empty.
std::string over_a_result(const std::vector<NamedFile>& outputs, const FleetPoints& fleet);

}  // namespace ipcmark
