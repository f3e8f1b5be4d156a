#include "results/console/findings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "results/console/console.hpp"
#include "results/console/load_view.hpp"
#include "results/figures/published.hpp"
#include "results/figures/statistics.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t max_named = 4;

std::string listed(const Lines& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < max_named; ++i) {
    text.append(i == 0 ? "" : ", ").append(names[i]);
  }
  if (names.size() > max_named) text += fmt::format(" and {} more", names.size() - max_named);
  return text;
}

template <class Visit>  // visit(const ViewGroup&, const ViewRow&)
void each_row(const View& view, Visit visit) {
  for (const ViewGroup& group : view.groups) {
    for (const ViewRow& row : group.rows) visit(group, row);
  }
}

std::string times(double ratio) {
  return ratio < 9.95 ? fmt::format("{:.1f}x", ratio) : fmt::format("{:.0f}x", ratio);
}

double median_of(const ViewRow& row, const char* name) {
  const Figure* figure = row.summary.figure(name);
  return figure == nullptr ? 0 : figure->median;
}

// The group of that kind with the smallest message that has a ranking.
const ViewGroup* smallest(const View& view, TableKind kind) {
  const ViewGroup* found = nullptr;
  for (const ViewGroup& group : view.groups) {
    if (group.kind != kind || group.best() == nullptr || group.view != ScenarioView::figures)
      continue;
    if (found == nullptr || group.size < found->size) found = &group;
  }
  return found;
}

// What is best of those ranked need not be best of all.
const char* not_counted(const ViewGroup& group) {
  const bool any =
      std::any_of(group.rows.begin(), group.rows.end(), [](const ViewRow& row) { return row.few; });
  return any ? "; rows of few trials are not counted" : "";
}

std::string tied_text(const Lines& names) {
  return names.empty() ? "" : "; tied with " + listed(names);
}

// Of those ranked in the group that are taken, the first and who cannot be told from it.
struct Winner {
  const ViewRow* row = nullptr;  // null: none is taken
  Lines tied;
};

template <class Takes>
Winner winner_of(const ViewGroup& group, Takes takes) {
  Winner winner;
  for (const ViewRow& row : group.rows) {
    if (row.ratio == 0 || !takes(row)) continue;
    if (winner.row == nullptr) {
      winner.row = &row;
    } else if (overlap(*row.main, *winner.row->main)) {
      winner.tied.push_back(row_name(row));
    }
  }
  return winner;
}

bool any_row(const ViewRow&) { return true; }
bool sleeps(const ViewRow& row) { return row.cell->spec.wait == Wait::block; }

void fastest(const View& view, bool unicode, Lines& lines) {
  const ViewGroup* group = smallest(view, TableKind::latency);
  if (group == nullptr || group->rows.size() < 2) return;
  const Winner best = winner_of(*group, any_row);
  const auto named = [unicode](const Winner& winner) {
    return fmt::format("{}, {}{}", row_name(*winner.row), ranked_text(*winner.row, unicode),
                       tied_text(winner.tied));
  };
  std::string text =
      fmt::format("Shortest {} at {}: {}", shown_words(*group), size_words(*group), named(best));
  if (!sleeps(*best.row)) {
    const Winner sleeping = winner_of(*group, sleeps);
    if (sleeping.row != nullptr) {
      text += "; of those that sleep while they wait: " + named(sleeping);
    }
  }
  lines.push_back(text + not_counted(*group) + ".");
}

// Whatever the size: those tied with it may be of others.
void highest_byte_rate(const View& view, bool unicode, Lines& lines) {
  const Figure* max = nullptr;
  const ViewRow* widest = nullptr;
  const ViewGroup* where = nullptr;
  const auto each_ranked = [&view](auto visit) {
    each_row(view, [&visit](const ViewGroup& group, const ViewRow& row) {
      if (group.kind != TableKind::throughput || row.ratio == 0) return;
      const Figure* bytes = row.summary.figure("bytes_rate");
      if (bytes != nullptr) visit(group, row, *bytes);
    });
  };
  each_ranked([&](const ViewGroup& group, const ViewRow& row, const Figure& bytes) {
    if (max != nullptr && bytes.median <= max->median) return;
    max = &bytes;
    widest = &row;
    where = &group;
  });
  if (max == nullptr || where->rows.size() < 2 || max->median <= 0) return;
  Lines tied;
  each_ranked([&](const ViewGroup& group, const ViewRow& row, const Figure& bytes) {
    if (&row == widest || !overlap(bytes, *max)) return;
    tied.push_back(&group == where ? row_name(row)
                                   : fmt::format("{} ({})", row_name(row), size_words(group)));
  });
  lines.push_back(fmt::format("Most bytes a second: {} with messages of {}, {}{}{}.",
                              row_name(*widest), size_words(*where), value_text(*max, unicode),
                              tied_text(tied), not_counted(*where)));
}

void highest_rate(const View& view, bool unicode, Lines& lines) {
  const ViewGroup* small = smallest(view, TableKind::throughput);
  if (small != nullptr && small->rows.size() > 1) {
    const Winner best = winner_of(*small, any_row);
    const Figure& rate = *best.row->main;
    lines.push_back(fmt::format("Most {} a second at {}: {}, {}{}{}.",
                                rate.unit == Unit::messages_per_second ? "messages" : "operations",
                                size_words(*small), row_name(*best.row),
                                ranked_text(*best.row, unicode), tied_text(best.tied),
                                not_counted(*small)));
  }
  highest_byte_rate(view, unicode, lines);
}

std::string cpus_text(const ViewRow& spin, const ViewRow& block) {
  const double spinning = median_of(spin, "cpus_busy");
  const double blocking = median_of(block, "cpus_busy");
  if (spinning <= 0 || blocking <= 0) return {};
  const bool grouped = !spin.summary.figure("cpus_busy")->groups.empty() ||
                       !block.summary.figure("cpus_busy")->groups.empty();
  if (grouped) return {};  // no one number of CPUs
  return fmt::format("; it keeps {:.1f} CPUs busy instead of {:.1f}", spinning, blocking);
}

// Once for each mechanism, at the smallest message both were measured with.
void spinning(const View& view, bool unicode, Lines& lines) {
  std::set<std::string> reported;
  std::vector<const ViewGroup*> groups;
  for (const ViewGroup& group : view.groups) {
    if (group.kind == TableKind::latency && group.view == ScenarioView::figures)
      groups.push_back(&group);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const ViewGroup* a, const ViewGroup* b) { return a->size < b->size; });
  for (const ViewGroup* group : groups) {
    for (const ViewRow& spin : group->rows) {
      if (spin.ratio == 0 || spin.cell->spec.wait != Wait::spin) continue;
      const auto block =
          std::find_if(group->rows.begin(), group->rows.end(), [&](const ViewRow& row) {
            return row.ratio > 0 && row.label == spin.label && row.cell->spec.wait == Wait::block;
          });
      if (block == group->rows.end() || !reported.insert(spin.label).second) continue;
      if (overlap(*spin.main, *block->main)) continue;  // neither is lower
      const double gain = block->main->median / spin.main->median;
      // The ratio of what lies between two groups of trials tells of neither.
      const bool grouped = !spin.main->groups.empty() || !block->main->groups.empty();
      const std::string text =
          grouped ? "spinning has another latency than its blocking wait"
                  : fmt::format("spinning has {} {} latency than its blocking wait",
                                times(std::max(gain, 1 / gain)), gain >= 1 ? "lower" : "higher");
      lines.push_back(fmt::format("{}: {} at {} ({} against {}){}.", spin.label, text,
                                  size_words(*group), ranked_text(spin, unicode),
                                  ranked_text(*block, unicode), cpus_text(spin, *block)));
    }
  }
}

void spread(const View& view, Lines& lines) {
  Lines wide;
  each_row(view, [&wide](const ViewGroup& group, const ViewRow& row) {
    if (!row.wide || row.few || row.grouped() != nullptr) return;
    wide.push_back(fmt::format("{} ({:.0f} %, about {} more rounds)", place_name(group, row),
                               200 * half_spread(*row.main),
                               more_trials_for(*row.main, target_half_width)));
  });
  if (wide.empty()) return;
  lines.push_back(fmt::format(
      "Too noisy to rank closely, spread over 20 % of the median: {}; --until {:.0f}% adds "
      "rounds until each interval is that narrow.",
      listed(wide), 100 * target_half_width));
}

void two_groups_of_trials(const View& view, bool unicode, Lines& lines) {
  Lines rows;
  each_row(view, [&](const ViewGroup& group, const ViewRow& row) {
    if (row.grouped() == nullptr) return;
    rows.push_back(
        fmt::format("{}: {}", place_name(group, row), groups_text(*row.grouped(), unicode)));
  });
  if (rows.empty()) return;
  lines.push_back(
      "Two groups of trials (how many each), which more rounds do not bring together: " +
      listed(rows) + ".");
}

void few_trials(const View& view, Lines& lines) {
  Lines rows;
  std::size_t ranked = 0;
  each_row(view, [&](const ViewGroup& group, const ViewRow& row) {
    if (group.view != ScenarioView::figures) return;  // nothing is ranked there
    ranked += row.ratio > 0 ? 1U : 0U;
    if (!row.few) return;
    rows.push_back(fmt::format("{} ({})", place_name(group, row), row.main->trials));
  });
  if (rows.empty()) return;
  lines.push_back(fmt::format(
      "Too few trials to rank {}: an interval takes {} in one state of the machine; --trials or "
      "--until {:.0f}% adds them.",
      ranked == 0 ? "any" : listed(rows), min_trials_for_interval(), 100 * target_half_width));
}

// "151 ns, 547 ns"
std::string states_text(const PairStates& pair, bool unicode) {
  Lines states;
  for (const double state : pair.states_ns)
    states.push_back(scaled(state, Unit::nanoseconds, unicode));
  return listed(states);
}

// Of those with more than one.
std::string states_of_pairs(const MachineView& machine, bool unicode) {
  Lines parts;
  for (const PairStates& pair : machine.pairs()) {
    if (pair.states_ns.size() < 2) continue;
    parts.push_back(fmt::format("{} {} (the figures are from {})", pair_name(machine, pair),
                                states_text(pair, unicode),
                                scaled(pair.published_ns(), Unit::nanoseconds, unicode)));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

void machine_states(const View& view, bool unicode, Lines& lines) {
  Lines fewer;
  Lines elsewhere;
  Lines unsteady;
  each_row(view, [&](const ViewGroup& group, const ViewRow& row) {
    const Summary& summary = row.summary;
    if (row.other_state && summary.machine_state_ns > 0) {
      elsewhere.push_back(
          fmt::format("{} (~{})", row.cell->spec.key(),
                      scaled(summary.machine_state_ns, Unit::nanoseconds, unicode)));
    } else if (row.other_state) {
      unsteady.push_back(row.cell->spec.key());
    } else if (summary.left_out > 0) {
      fewer.push_back(fmt::format("{} ({} of {})", place_name(group, row), summary.published,
                                  summary.published + summary.left_out));
    }
  });
  const std::string states = states_of_pairs(view.machine, unicode);
  if (!states.empty()) lines.push_back("The machine was in several states: " + states + ".");
  if (!fewer.empty()) {
    lines.push_back(
        "Trials in another state, or in none because it changed meanwhile, are left "
        "out of the figures; those that are left: " +
        listed(fewer) + ".");
  }
  if (!elsewhere.empty()) {
    lines.push_back("Not ranked, measured in another machine state; run again with --only KEY: " +
                    listed(elsewhere) + ".");
  }
  if (!unsteady.empty()) {
    lines.push_back(
        "Not ranked, the machine changed its state or could not be looked at in every trial, and "
        "one is shown; run again with --only KEY: " +
        listed(unsteady) + ".");
  }
}

void far_out(const View& view, bool unicode, Lines& lines) {
  Lines rows;
  each_row(view, [&](const ViewGroup& group, const ViewRow& row) {
    if (!row.far_out) return;
    rows.push_back(fmt::format("{} ({} of {}, {})", place_name(group, row),
                               row.main->severe_outliers, row.main->trials,
                               scaled(row.main->farthest, row.main->unit, unicode)));
  });
  if (rows.empty()) return;
  lines.push_back(
      "Trials far out (more than 3 interquartile ranges outside the quartiles), kept: " +
      listed(rows) + ".");
}

void unsteady(const View& view, Lines& lines) {
  Lines rows;
  each_row(view, [&rows](const ViewGroup& group, const ViewRow& row) {
    if (row.summary.unsteady == 0 || row.broken) return;
    rows.push_back(fmt::format("{} ({} of {} trials)", place_name(group, row), row.summary.unsteady,
                               row.summary.trials));
  });
  if (rows.empty()) return;
  lines.push_back(
      "Unsteady (no steady state after warm-up: kept; or the machine moved, or could not be looked "
      "at: left out): " +
      listed(rows) + ".");
}

void void_trials(const View& view, Lines& lines) {
  Lines rows;
  each_row(view, [&rows](const ViewGroup& group, const ViewRow& row) {
    if (row.summary.voided == 0 || row.broken) return;
    rows.push_back(fmt::format("{} ({} of {})", place_name(group, row), row.summary.voided,
                               row.summary.trials));
  });
  if (rows.empty()) return;
  lines.push_back("Trials void for a declared reason, left out: " + listed(rows) + ".");
}

// Of mechanisms that may lose messages, whether or not they did.
void losses(const View& view, bool unicode, Lines& lines) {
  each_row(view, [&](const ViewGroup& group, const ViewRow& row) {
    const std::string lost = losses_text(row, unicode);
    if (!lost.empty()) lines.push_back(fmt::format("Lost: {}: {}.", place_name(group, row), lost));
  });
}

// "fragments above 8192 B" and the like: what the mechanism did to carry the message; else the file
// system it lies on.
void granted_notes(const View& view, Lines& lines) {
  // By "backend: note"; of a cell without one by "scenario: note".
  std::map<std::string, std::vector<std::uint64_t>> sizes;
  each_row(view, [&sizes](const ViewGroup& group, const ViewRow& row) {
    for (const Trial& trial : row.cell->trials) {
      const Granted& granted = trial.granted;
      const std::string& note = granted.note.empty() ? granted.file_system : granted.note;
      if (note.empty()) continue;
      const RunSpec& spec = row.cell->spec;
      const std::string& over = spec.backend.empty() ? spec.scenario : spec.backend;
      auto& known = sizes[fmt::format("{}: {}", over, note)];
      if (std::find(known.begin(), known.end(), group.size) == known.end()) {
        known.push_back(group.size);
      }
    }
  });
  for (auto& [note, known] : sizes) {
    std::sort(known.begin(), known.end());
    Lines names;
    for (const std::uint64_t size : known) names.push_back(size_for_people(size));
    lines.push_back(note + " (" + listed(names) + ").");
  }
}

void too_few_samples(const View& view, Lines& lines) {
  Lines rows;
  std::uint64_t needs = 0;
  each_row(view, [&](const ViewGroup& group, const ViewRow& row) {
    if (group.kind != TableKind::latency) return;
    for (const Figure& figure : row.summary.figures) {
      if (figure.needs == 0) continue;
      const std::string which = figure.name == group.shown
                                    ? fmt::format("p{:g}", figure.quantile * 100)
                                    : header_of(figure);
      rows.push_back(fmt::format("{} {}", place_name(group, row), which));
      needs = std::max(needs, figure.needs);
    }
  });
  if (rows.empty()) return;
  lines.push_back(
      fmt::format("Not published, since a trial had too few samples (at most {} are "
                  "needed; --duration lengthens it): {}.",
                  needs, listed(rows)));
}

// What comparison.cpp exempts from the gate.
void more_processes_than_cpus(const View& view, Lines& lines) {
  std::map<std::string, std::size_t> max;  // processes, by scenario
  each_row(view, [&](const ViewGroup& group, const ViewRow& row) {
    for (const Trial& trial : row.cell->trials) {
      if (view.cpus == 0 || trial.costs.size() <= view.cpus) continue;
      max[group.scenario] = std::max(max[group.scenario], trial.costs.size());
    }
  });
  if (max.empty()) return;
  Lines names;
  for (const auto& [scenario, processes] : max) {
    names.push_back(fmt::format("{} ({})", scenario, processes));
  }
  lines.push_back(
      fmt::format("More processes than CPUs ({}): waiting for a CPU is in the figures, and no gate "
                  "judges them: {}.",
                  view.cpus, fmt::join(names, ", ")));
}

}  // namespace

std::vector<std::string> broken_lines(const View& view) {
  Lines lines;
  each_row(view, [&lines](const ViewGroup& group, const ViewRow& row) {
    const State state = row.summary.state;
    if (state == State::passed || state == State::skipped || state == State::interrupted) return;
    lines.push_back(fmt::format("{}: {}. Once more: ipcmark run --only {}", place_name(group, row),
                                outcome_text(row), row.cell->spec.key()));
  });
  return lines;
}

std::vector<std::string> skipped_lines(const View& view) {
  std::vector<std::pair<std::string, Lines>> by_reason;
  each_row(view, [&by_reason](const ViewGroup& group, const ViewRow& row) {
    const State state = row.summary.state;
    if (state != State::skipped && state != State::interrupted) return;
    const bool in_part = row.broken && row.summary.not_passed < row.summary.trials;
    const std::string reason = in_part                      ? outcome_text(row)
                               : row.summary.reason.empty() ? to_string(state)
                                                            : row.summary.reason;
    auto found = std::find_if(by_reason.begin(), by_reason.end(),
                              [&reason](const auto& each) { return each.first == reason; });
    if (found == by_reason.end()) found = by_reason.insert(found, {reason, {}});
    found->second.push_back(place_name(group, row));
  });
  Lines lines;
  for (const auto& [reason, rows] : by_reason) lines.push_back(listed(rows) + ": " + reason);
  return lines;
}

std::vector<std::string> findings(const View& view, bool unicode) {
  Lines lines;
  fastest(view, unicode, lines);
  spinning(view, unicode, lines);
  highest_rate(view, unicode, lines);
  for (const auto& more : {gap_findings(view, unicode), load_findings(view, unicode)}) {
    lines.insert(lines.end(), more.begin(), more.end());
  }
  return lines;
}

std::vector<std::string> caveats(const View& view, bool unicode) {
  Lines lines;
  losses(view, unicode, lines);
  machine_states(view, unicode, lines);
  unsteady(view, lines);
  void_trials(view, lines);
  spread(view, lines);
  few_trials(view, lines);
  two_groups_of_trials(view, unicode, lines);
  far_out(view, unicode, lines);
  more_processes_than_cpus(view, lines);
  granted_notes(view, lines);
  too_few_samples(view, lines);
  return lines;
}

}  // namespace ipcmark
