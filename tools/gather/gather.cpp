#include "tools/gather/gather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "results/fleet/read_fleet.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

tl::expected<Gathered, std::string> for_each_result(const Program& program,
                                                    const std::vector<std::string>& places,
                                                    const std::function<void(FleetRun)>& take) {
  const Catalogue catalogue = catalogue_of(program);
  // An older result says nothing of options that stood at their defaults.
  const auto resolve = [&program](RunSpec& spec) { resolve_options(program, spec); };
  Gathered gathered;
  auto skipped = for_each_json(places, [&](const std::string& path, const std::string& text) {
    ++gathered.files;
    auto run = fleet_run_from_json(text, path, catalogue, resolve);
    if (!run) return std::move(run.error());
    take(std::move(*run));
    return std::string();
  });
  if (!skipped) return tl::make_unexpected(std::move(skipped.error()));
  gathered.skipped = std::move(*skipped);
  return gathered;
}

tl::expected<Fleet, std::string> read_fleet(const Program& program,
                                            const std::vector<std::string>& places) {
  Fleet fleet;
  SameRuns same;
  std::vector<FleetRun> all;
  std::set<std::size_t> dropped;
  auto gathered = for_each_result(program, places, [&](FleetRun run) {
    if (const auto place = same.dropped(run, all.size())) {
      dropped.insert(*place);
      if (*place == all.size()) run.cells = {};
      if (*place < all.size()) all[*place].cells = {};
    }
    all.push_back(std::move(run));
  });
  if (!gathered) return tl::make_unexpected(std::move(gathered.error()));
  fleet.gathered = std::move(*gathered);
  fleet.gathered.duplicates = dropped.size();
  fleet.runs.reserve(all.size() - dropped.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!dropped.contains(i)) fleet.runs.push_back(std::move(all[i]));
  }
  std::sort(fleet.runs.begin(), fleet.runs.end(), [](const FleetRun& a, const FleetRun& b) {
    return std::tie(a.run.started, a.run.id) < std::tie(b.run.started, b.run.id);
  });
  return fleet;
}

void tell_skipped(const Gathered& gathered) {
  for (const SkippedFile& file : gathered.skipped) {
    complain(fmt::format("skipped '{}': {}", file.path, file.why));
  }
}

}  // namespace ipcmark
