#include "tools/commands/run_baseline.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "results/comparison/changes.hpp"
#include "results/comparison/fingerprint.hpp"
#include "results/json/json.hpp"
#include "tools/files/baselines.hpp"
#include "tools/files/result_file.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {
namespace {

std::string no_such(const std::string& name) {
  const std::vector<std::string> names = baseline_names();
  return names.empty()
             ? fmt::format("no baseline '{}': there is none yet; store one with --save-baseline",
                           name)
             : fmt::format("no baseline '{}'; there are: {}", name, fmt::join(names, ", "));
}

}  // namespace

tl::expected<RunBaseline, std::string> RunBaseline::open(const std::string& shown,
                                                         const std::string& saved,
                                                         const Catalogue& catalogue,
                                                         const std::atomic<int>* stop) {
  RunBaseline baseline;
  baseline.shown_name_ = shown;
  baseline.saved_name_ = saved;
  if (!shown.empty()) {
    const auto path = baseline_path(shown);
    if (!path) return tl::make_unexpected(path.error());
    if (!std::filesystem::exists(*path)) return tl::make_unexpected(no_such(shown));
    auto read = read_result_file(*path, catalogue);
    if (!read) return tl::make_unexpected(read.error());
    baseline.shown_ = std::move(*read);
  }
  if (!saved.empty()) {
    const auto path = prepare_baseline(saved);
    if (!path) return tl::make_unexpected(path.error());
    if (auto opened = open_output(*path, baseline.saved_, stop); !opened) {
      return tl::make_unexpected(opened.error());
    }
  }
  return baseline;
}

void RunBaseline::compare(const ResultDocument& document, TableChoice& choice) const {
  if (!shown_) return;
  const auto differences = result_differences(*shown_, document);
  if (!differences.empty()) {
    print_error(
        fmt::format("no change since '{}' is shown: it is of another machine or build ({}{})",
                    shown_name_, differences.front().text, differences.size() > 1 ? "; ..." : ""));
    return;
  }
  choice.baseline = shown_name_;
  choice.changes = changes_since(*shown_, document);
  unsigned curves = 0;
  unsigned shown = 0;
  for (const Cell& cell : document.cells) {
    const ScenarioFacts* scenario = document.catalogue.scenario(cell.spec.scenario);
    const bool curve = scenario != nullptr && scenario->view == ScenarioView::load;
    const bool ranked = scenario == nullptr || scenario->timed;
    curves += curve ? 1U : 0U;
    shown += !curve && ranked && choice.changes.contains(cell.spec.key()) ? 1U : 0U;
  }
  if (curves > 0) {
    print_error(
        fmt::format("no change since '{}' is shown of {} cell{} whose table is by rate; 'ipcmark "
                    "compare --all' tells it",
                    shown_name_, curves, curves == 1 ? "" : "s"));
  } else if (shown == 0) {
    print_error(
        fmt::format("no change since '{}' is shown: no cell is ranked by a figure", shown_name_));
  }
}

bool RunBaseline::save(const ResultDocument& document) {
  if (!saved_) return true;
  if (document.run.interrupted) {
    print_error(fmt::format("the run was ended, so the baseline '{}' is not stored", saved_name_));
    return false;
  }
  if (const auto done = saved_->commit_measured(result_to_json(document)); !done) {
    print_error(done.error());
    return false;
  }
  return true;
}

}  // namespace ipcmark
