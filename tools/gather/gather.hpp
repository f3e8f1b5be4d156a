// The results below some directories, read one at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/fleet/fleet_run.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

struct SkippedFile {
  std::string path;
  std::string why;  // a sentence without the path
};

// What reading came to, beside the runs.
struct Gathered {
  std::size_t files = 0;  // that were looked at
  std::vector<SkippedFile> skipped;
  std::size_t duplicates = 0;  // of the same run, left out
};

// Every result at the places: files, and directories with every *.json below them, in the order of
// their names. Symbolic links are followed to files, and to a directory only where it is itself one
// of the places, so that no loop is walked. What is no regular file (a FIFO, a socket, a device) or
// no result that this build reads is skipped and named; nothing of it is waited for. Each result is
// reduced and forgotten before the next one is read. Duplicates are not told (SameRuns). The error
// is a sentence: a place that does not exist.
tl::expected<Gathered, std::string> for_each_result(const Program& program,
                                                    const std::vector<std::string>& places,
                                                    const std::function<void(FleetRun)>& take);

// All of them at once, without duplicates (`gathered.duplicates`), sorted by the start of the run,
// then by its id.
struct Fleet {
  std::vector<FleetRun> runs;
  Gathered gathered;
};
tl::expected<Fleet, std::string> read_fleet(const Program& program,
                                            const std::vector<std::string>& places);

}  // namespace ipcmark
