// From a result to what is kept of it among many.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>

#include "results/fleet/fleet_run.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// Its figures are those of summarize(), of the machine states of the whole document: what the
// tables of `ipcmark run` show, nothing computed anew. `file` is kept as its path.
FleetRun fleet_run(const ResultDocument& document, std::string file);

// The same from the text of a result. `resolve`, where given, is called for the options of every
// cell: what a program knows of them and an older result does not say (resolve_options()). The
// error is one sentence that names the place, without the path.
tl::expected<FleetRun, std::string> fleet_run_from_json(
    std::string_view text, const std::string& path, const Catalogue& catalogue,
    const std::function<void(RunSpec&)>& resolve = {});

// Of several results with one run id one counts: that of a run that came to its end before one that
// was interrupted; then the one with more trials; then the one that ended later; then the first.
class SameRuns {
 public:
  // Takes note of a run. `place` is where the caller keeps it (its index). Returns the place of the
  // one that is to be dropped: that of an earlier one, or `place` itself. Nothing: none is.
  std::optional<std::size_t> dropped(const FleetRun& run, std::size_t place);

 private:
  struct Seen {
    bool whole = false;
    std::uint64_t trials = 0;
    std::string finished;
    std::size_t place = 0;
  };
  std::unordered_map<std::string, Seen> seen_;  // by the run's id
};

}  // namespace ipcmark
