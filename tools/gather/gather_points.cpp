#include "tools/gather/gather_points.hpp"

#include <fmt/format.h>

#include "results/fleet/read_fleet.hpp"
#include "tools/gather/gather.hpp"

namespace ipcmark {

namespace {

std::vector<std::string> notes_of(const Gathered& gathered, std::size_t duplicates) {
  std::vector<std::string> notes;
  if (!gathered.skipped.empty()) {
    const SkippedFile& first = gathered.skipped.front();
    notes.push_back(fmt::format("{} of {} files were left out: '{}' {}{}", gathered.skipped.size(),
                                gathered.files, first.path, first.why,
                                gathered.skipped.size() > 1 ? ", and others." : ""));
  }
  if (duplicates > 0) {
    notes.push_back(fmt::format("{} result{} of a run that is there already {} left out.",
                                duplicates, duplicates == 1 ? "" : "s",
                                duplicates == 1 ? "was" : "were"));
  }
  return notes;
}

// Empty, or a sentence.
std::string nothing_in(const FleetPoints& fleet, const FleetGatherer& gatherer,
                       const FleetChoice& choice, const Gathered& gathered) {
  if (fleet.runs.empty()) {
    return fmt::format(
        "there is no result among the {} files; name directories of what 'ipcmark run --json' "
        "wrote",
        gathered.files);
  }
  if (!fleet.points.empty()) return {};
  if (gatherer.figures().empty()) {
    return choice.only.empty()
               ? std::string("no cell of these results has a figure: none passed in every trial")
               : fmt::format("no cell that passed matches {}; see the keys in the results",
                             fmt::join(choice.only, ", "));
  }
  return fmt::format("no cell has a published figure '{}'; there are {}", choice.figure,
                     fmt::join(gatherer.figures(), ", "));
}

}  // namespace

tl::expected<GatheredPoints, std::string> gather_points(const Program& program,
                                                        const std::vector<std::string>& places,
                                                        const FleetChoice& choice) {
  FleetGatherer gatherer(choice);
  SameRuns same;
  std::size_t duplicates = 0;
  std::size_t next = 0;
  const auto gathered = for_each_result(program, places, [&](const FleetRun& run) {
    gatherer.add(run);
    if (const auto dropped = same.dropped(run, next++)) {
      gatherer.drop(*dropped);
      ++duplicates;
    }
  });
  if (!gathered) return tl::make_unexpected(gathered.error());
  print_skipped(*gathered);
  GatheredPoints points{gatherer.gathered(), notes_of(*gathered, duplicates)};
  std::string nothing = nothing_in(points.fleet, gatherer, choice, *gathered);
  if (!nothing.empty()) return tl::make_unexpected(std::move(nothing));
  return points;
}

std::string over_a_result(const std::vector<NamedFile>& outputs, const FleetPoints& fleet) {
  std::vector<NamedFile> results;
  results.reserve(fleet.runs.size());
  for (const FleetMember& run : fleet.runs) results.push_back({"a result to be shown", run.file});
  return wrong_outputs(outputs, results);
}

}  // namespace ipcmark
