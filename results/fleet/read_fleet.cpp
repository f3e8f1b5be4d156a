#include "results/fleet/read_fleet.hpp"

#include <cmath>
#include <tuple>
#include <utility>

#include "results/comparison/fingerprint.hpp"
#include "results/figures/published.hpp"
#include "results/figures/summary.hpp"
#include "results/json/json.hpp"

namespace ipcmark {
namespace {

bool kept(const Figure& figure) {
  const bool extreme = figure.entry.as == Recorded::histogram && figure.quantile < 0;
  return figure.needs == 0 && std::isfinite(figure.median) && !extreme;
}

FleetFigure fleet_figure(const Figure& figure) {
  FleetFigure made;
  made.name = figure_name(figure);
  made.sentence = figure.entry.sentence;
  made.unit = figure.unit;
  made.better = figure.entry.better;
  made.median = figure.median;
  made.low = figure.low;
  made.high = figure.high;
  made.trials = figure.trials;
  made.two_groups = !figure.groups.empty();
  return made;
}

FleetCell fleet_cell(const Cell& cell, const MachineView& machine, const Catalogue& catalogue) {
  const Summary summary = summarize(cell, machine, catalogue);
  const Figure* headline = main_figure(summary, catalogue.scenario(cell.spec.scenario));
  FleetCell made;
  made.key = cell.spec.key();
  made.scenario = cell.spec.scenario;
  made.mechanism = !cell.spec.backend.empty() ? cell.spec.backend
                   : !cell.spec.lock.empty()  ? cell.spec.lock
                                              : cell.spec.notifier;
  made.state = summary.state;
  made.reason = summary.reason;
  made.machine_state_ns = summary.machine_state_ns;
  made.comparable = summary.comparable;
  made.figures.reserve(summary.figures.size());
  for (const Figure& figure : summary.figures) {
    if (!kept(figure)) continue;
    made.figures.push_back(fleet_figure(figure));
    made.figures.back().headline = &figure == headline;
  }
  made.figures.shrink_to_fit();
  return made;
}

// What is known of it, with a comma between.
std::string machine_of(const Environment& environment) {
  std::string text = environment.get("cpu", "model");
  const std::string kernel = environment.get("kernel", "release");
  if (!text.empty() && !kernel.empty()) text += ", ";
  return text + kernel;
}

// The document's own catalogue is not looked at: a copy of it for each of many would cost more than
// to read them.
FleetRun reduced(const ResultDocument& document, const Catalogue& catalogue, std::string file) {
  FleetRun made;
  made.file = std::move(file);
  made.run = document.run;
  made.host_class = host_class(document.environment);
  const auto label = document.run.labels.find("host");
  made.host = document.run.host;
  if (made.host.empty() && label != document.run.labels.end()) made.host = label->second;
  made.machine = machine_of(document.environment);
  made.revision = document.environment.get("build", "revision");
  const MachineView machine(document);
  made.cells.reserve(document.cells.size());
  for (const Cell& cell : document.cells) {
    made.trials += cell.trials.size();
    made.cells.push_back(fleet_cell(cell, machine, catalogue));
  }
  return made;
}

}  // namespace

FleetRun fleet_run(const ResultDocument& document, std::string file) {
  return reduced(document, document.catalogue, std::move(file));
}

tl::expected<FleetRun, std::string> fleet_run_from_json(
    std::string_view text, const std::string& path, const Catalogue& catalogue,
    const std::function<void(RunSpec&)>& resolve) {
  auto document = result_from_json(text, {});
  if (!document) return tl::make_unexpected(std::move(document.error()));
  for (Cell& cell : document->cells) {
    if (resolve) resolve(cell.spec);
  }
  return reduced(*document, catalogue, path);
}

std::optional<std::size_t> SameRuns::dropped(const FleetRun& run, std::size_t place) {
  const Seen now{!run.run.interrupted && !run.run.finished.empty(), run.trials, run.run.finished,
                 place};
  const auto [known, first] = seen_.emplace(run.run.id, now);
  if (first) return std::nullopt;
  Seen& before = known->second;
  const bool better = std::tie(now.whole, now.trials, now.finished) >
                      std::tie(before.whole, before.trials, before.finished);
  return better ? std::exchange(before, now).place : place;
}

}  // namespace ipcmark
