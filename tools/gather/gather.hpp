// The results below some directories, read one at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/fleet/fleet_run.hpp"
#include "scenarios/scenario.hpp"
#include "tools/gather/json_files.hpp"

namespace ipcmark {

// What reading came to, beside the runs.
struct Gathered {
  std::size_t files = 0;  // that were looked at
  std::vector<SkippedFile> skipped;
};

// Every result at the places (json_files.hpp). Each is reduced and forgotten before the next one is
// read; one that this build cannot read is skipped and named. Duplicates are not distinguished
// (SameRuns). The error is a sentence: a place that does not exist.
tl::expected<Gathered, std::string> for_each_result(const Program& program,
                                                    const std::vector<std::string>& places,
                                                    const std::function<void(FleetRun)>& take);

// Says on stderr which files were skipped and why, a line each.
void print_skipped(const Gathered& gathered);

}  // namespace ipcmark
