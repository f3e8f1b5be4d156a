// From the trials of a cell to the figures that are published.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/figures/machine_states.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// Trials that lie together.
struct FigureGroup {
  double median = 0;
  unsigned trials = 0;
};

// A published figure: the median over trials and its binomial order-statistic interval.
struct Figure {
  std::string name;      // "round_trip", "rate", "bytes_rate", "cpu_per_message", …
  double quantile = -1;  // of the trial's histogram; -1: not a quantile
  Unit unit = Unit::count;
  FigureEntry entry;  // its declaration; of what is not declared what its unit says
  double median = 0, low = 0, high = 0;
  double coverage =
      0;  // exact coverage of [low, high]; 0: too few trials, low and high are the range
  unsigned trials = 0;        // behind it
  std::uint64_t samples = 0;  // messages behind it, all trials
  std::uint64_t needs = 0;    // not 0: not published, needs that many samples per trial
  // Trials beyond 1.5 and beyond 3 interquartile ranges from the quartiles (Tukey), all kept.
  unsigned mild_outliers = 0, severe_outliers = 0;
  double farthest = 0;  // the severe one farthest from the median; 0: none
  // By how much [low, high] is wider than the trials have it, because the clock moves in steps of
  // that many ns, too coarse for the figure (resolution.hpp).
  double step = 0;
  // The two groups that its trials fall into, the lower first (two_groups() in statistics.hpp, and
  // more than 5 % of the median between them): the median then tells of neither. Empty: one group.
  std::vector<FigureGroup> groups;
};

struct Summary {
  State state = State::passed;  // the worst of its trials
  std::string reason;
  unsigned trials = 0, unsteady = 0;
  // Trials that ended other than passed. An interrupted one (by the user, or void in a comparison)
  // came to no end and does not count. A cell with even one has shown that the mechanism may not
  // carry what it is given: its figures are of the trials that passed, and must not be ranked.
  unsigned not_passed = 0;
  // Trials that were void for a declared reason, of a cell in which others passed: left out.
  unsigned voided = 0;
  // Trials whose offered rate did not come through. How long a message waits then depends on how
  // long the trial lasts; and the times of the others would be those of the better trials only. So
  // a cell with even one has no figures of times.
  unsigned saturated = 0;
  std::vector<Figure> figures;
  // Whether the figures are from the machine state of the whole document (machine_states.hpp), as
  // far as canaries tell. False: the cell has too few trials in that state, so that its figures are
  // from the state that most of its trials were in, or from one trial during which the machine
  // changed, and must not be compared with other cells'.
  bool comparable = true;
  double machine_state_ns = 0;  // the state the figures are from; 0: unknown, or none
  unsigned published = 0;       // trials behind the figures
  unsigned left_out = 0;        // trials that passed in other states, or in none
  const Figure* figure(std::string_view name, double quantile = -1) const;
};

// `machine` is that of the whole document: figures of two cells are comparable only when the same
// one was given.
Summary summarize(const Cell& cell, const MachineView& machine, const Catalogue& catalogue);
// Half of a figure's interval over the figure: what the tables show as its precision. 0: no figure.
double half_width(const Figure& figure);
// The same without what the steps of the clock add: what more trials can narrow.
double half_spread(const Figure& figure);
// The half width that serves for choosing between mechanisms.
inline constexpr double target_half_width = 0.05;
// About how many more trials would bring the half width down to `target`, going by its width now,
// which falls with the root of their number. Six at least for an interval. 0: it is there already,
// or two groups of trials keep it as wide as it is. What the steps of the clock add stays, and does
// not count.
std::uint64_t more_trials_for(const Figure& figure, double target);
// The figure of that name, when there is one to rank by: published and above 0; else null.
const Figure* published_figure(const Summary& summary, std::string_view name, double quantile = -1);
// Trials of the cell that passed and were saturated.
unsigned saturated_trials(const Cell& cell);
// "saturated in 2 of 6 trials": why a cell has no times; empty: none was.
std::string saturation_text(const Cell& cell);
// What is ranked in the place of the cell's figure where the clock is too coarse for it: another
// one of the summary's, or itself. `scenario`: as for main_figure().
const Figure& stand_in(const Summary& summary, const ScenarioFacts* scenario, const Figure& figure);
// What a cell of that scenario is ranked by: the first published one of the scenario's headlines,
// of a histogram its median, or what stands in for it where the clock is too coarse
// (resolution.hpp); of a scenario that is not declared the first median of a time, else the first
// rate. Null: it has none.
const Figure* main_figure(const Summary& summary, const ScenarioFacts* scenario);
// The trials behind those figures.
std::vector<const Trial*> published_trials(const Cell& cell, const MachineView& machine);

}  // namespace ipcmark
