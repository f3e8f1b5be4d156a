#include "scenarios/foreign/answer_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/figures/cost_figures.hpp"
#include "scenarios/launch/figure_check.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {
namespace {

std::int64_t count_in(const Trial& trial, const char* name) {
  const auto found = trial.counts.find(name);
  return found == trial.counts.end() ? -1 : found->second;
}

// Of a proof ("15 of 15") both numbers are there, and one: but where updates are lost on purpose.
std::string wrong_proof(const ScenarioEntry& scenario, bool control, const Trial& trial) {
  std::int64_t reached = -1;
  std::int64_t expected = -1;
  for (const FigureEntry& figure : scenario.figures) {
    if (figure.proof == Proof::none) continue;
    const std::int64_t count = count_in(trial, figure.name);
    if (count < 0) return fmt::format("has no {}", figure.name);
    (figure.proof == Proof::reached ? reached : expected) = count;
  }
  if (reached == expected || control) return {};
  return fmt::format("says passed, and {} of {}", reached, expected);
}

// What a cell is ranked by, of a timed scenario.
std::string no_headline(const ScenarioFacts& facts, const Trial& trial) {
  if (!facts.timed || count_in(trial, "saturated") > 0) return {};
  const auto headlines = facts.headlines();
  const auto headline = headline_of(trial, headlines);
  if (headline && std::isfinite(headline->value) && headline->value > 0) return {};
  std::string names;
  for (const FigureEntry& each : headlines)
    names += (names.empty() ? "" : " or ") + std::string(each.name);
  return "has no " + names;
}

}  // namespace

std::string wrong_answer(const Program& program, const RunSpec& spec,
                         const ForeignMechanism& mechanism, const Trial& trial,
                         std::uint64_t took_ns) {
  const Catalogue catalogue = catalogue_of(program);
  const ScenarioEntry& scenario = *program.scenario(spec.scenario);
  if (const auto name = undeclared_figure(catalogue, spec.scenario, trial); !name.empty()) {
    return fmt::format(
        "has the figure '{}', which {} does not declare as what it is and with its "
        "unit",
        name, spec.scenario);
  }
  if (!trial.integrity.clean()) {
    return "says passed, though not all was intact: " + describe(trial.integrity);
  }
  if (auto none = no_headline(*catalogue.scenario(spec.scenario), trial); !none.empty())
    return none;
  const bool control = mechanism.about.lock && !mechanism.about.exclusive;
  if (auto wrong = wrong_proof(scenario, control, trial); !wrong.empty()) return wrong;
  if (scenario.contradiction != nullptr) {
    if (auto wrong = scenario.contradiction(spec, trial); !wrong.empty()) return wrong;
  }
  // One sender waits for each of them in turn; what is measured lies within the trial.
  const auto measured =
      static_cast<double>(std::max<std::int64_t>(count_in(trial, "measured_ns"), 0));
  if (measured > static_cast<double>(took_ns)) {
    return fmt::format("says that {:.3g} s were measured, of the {:.3g} s that it took",
                       measured / 1e9, static_cast<double>(took_ns) / 1e9);
  }
  return {};
}

}  // namespace ipcmark
