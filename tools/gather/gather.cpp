#include "tools/gather/gather.hpp"

#include <fmt/format.h>

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

void print_skipped(const Gathered& gathered) {
  for (const SkippedFile& file : gathered.skipped) {
    print_error(fmt::format("skipped '{}': {}", file.path, file.why));
  }
}

}  // namespace ipcmark
