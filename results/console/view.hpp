// A document arranged for a person: cells grouped into tables, rows ranked.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "results/figures/summary.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

enum class TableKind { latency, throughput, verdict };

struct ViewRow {
  const Cell* cell = nullptr;    // of the document, which must outlive the view
  Summary summary;               // of a cell that did not pass in every trial: without figures
  std::string label;             // mechanism_label its cell
  const Figure* main = nullptr;  // what it is ranked by, in `summary`; null: nothing published
  // What a table shows first of it: `main`, or the median in whose place `main` is ranked because
  // the clock is too coarse for it. Null with `main`.
  const Figure* shown = nullptr;
  bool floor = false;  // both ends in one process: the harness's own cost, not ranked
  double ratio = 0;    // to the best, 1 and above; 0: not ranked
  bool tie = false;    // its interval overlaps the best's
  // Place in the ranking, from 1; 0: not ranked. Those whose interval overlaps that of the first of
  // them share a place.
  unsigned place = 0;
  bool other_state = false;    // not comparable (summary.hpp): shown, but not ranked
  std::int64_t polled_ns = 0;  // its receivers slept that long between looks: not ranked; 0: none
  // Its mechanism may lose messages: shown, but ranked with no other.
  bool lossy = false;
  // It would be ranked, had it not fewer trials than an interval takes. The range of a few says
  // little of the next, so it is neither ranked nor tied.
  bool few = false;
  // Did not pass in every trial. Whoever loses messages may well be the fastest by that, so there
  // is no figure of it in a view: nothing to rank, to draw or to name. Its trials still have
  // theirs.
  bool broken = false;
  bool far_out = false;  // trials behind it lie far from the others
  bool wide = false;     // its interval spans more than a fifth of it
  // The figure whose trials fall into two groups: what is shown, else what is ranked. Null: none.
  const Figure* grouped() const {
    for (const Figure* figure : {shown, main}) {
      if (figure != nullptr && !figure->groups.empty()) return figure;
    }
    return nullptr;
  }
  bool by_means() const { return shown != main; }
};

// Cells that differ in mechanism only (and in how they use it: wait, depth, batch, zero copy).
struct ViewGroup {
  TableKind kind = TableKind::verdict;
  std::string scenario;
  ScenarioView view = ScenarioView::figures;     // that the scenario asks for
  std::map<std::string, std::int64_t> defaults;  // of the scenario's options
  // The figure that the table is about: the histogram of a latency table, the rate of another.
  std::string shown;
  FigureEntry reached, expected;  // counts that prove its verdict; without a name: none
  FigureEntry beside;  // a second histogram of it, for a column of its own; without a name: none
  std::uint64_t size = 0;
  std::string setting;  // "cross-cpu, verify=full"
  std::string apart;    // of that, what tells it from groups of the same scenario and size
  // Best first, then those of too few trials, those of another machine state, that were polled or
  // may lose messages, the floor, those
  // without a figure, and last those that did not pass in every trial, in the order of the
  // document.
  std::vector<ViewRow> rows;
  const ViewRow* best() const;  // null: none ranked
};

// Of the figures that the rows of a table show, the largest median; 0: there is none.
double largest_shown(const ViewGroup& group);

// Moved, never copied: rows point into their own figures.
struct View {
  View() = default;
  View(View&&) = default;
  View& operator=(View&&) = default;
  MachineView machine;
  unsigned cpus = 0;  // that were allowed; 0: not known
  std::vector<ViewGroup> groups;
  std::vector<RateSearch> searches;
};
View make_view(const ResultDocument& document);

// Whether neither can be said to be the better: their intervals, a step of the clock counted in,
// have a value in common.
bool overlap(const Figure& a, const Figure& b);

// The positions in `cells` of those whose table is shown first when they have been measured; empty:
// there is no table of figures, as far as that can be told beforehand.
std::vector<std::size_t> first_table(const std::vector<RunSpec>& cells, const Catalogue& catalogue);

std::string mechanism_label(const RunSpec& spec);  // "shm_ring", "lock futex", "pipe batch=16"
std::string size_for_people(std::uint64_t bytes);  // "64 B", "1 KiB", "1 000 000 B"
// Of a table's messages: "64 B"; of a mix, whose weights the setting has, "up to 1 MiB".
std::string sizes_for_people(const ViewGroup& group);
// "polled every 1 ms"; empty: it was not.
std::string polled_text(const ViewRow& row);
// Whether a trial of it failed, timed out or hung; what a terminal marks its row with then.
bool failed(const ViewRow& row);
inline constexpr const char* failed_mark = "!";
// How it ended that did not pass in every trial: "failed in 5 of 6 trials: 3 lost"; "skipped" when
// none was made.
std::string outcome_text(const ViewRow& row);
// "pipe", "shm_ring (spin)"
std::string row_name(const ViewRow& row);
// Why a row with a figure is not ranked, for its place in the column of ratios: "floor", "lossy",
// "other state", "unsteady" or "few trials"; empty: it is.
std::string unranked_text(const ViewRow& row);
// "64 B", and what else tells the group from others of its scenario: "64 B (same-cpu)"
std::string size_words(const ViewGroup& group);
// Between what the pair's round trip is: "core to core", of one of several pairs "CPU 0 to CPU 8",
// or its placement.
std::string pair_name(const MachineView& machine, const PairStates& pair);
// "0.31 % (at most 0.9 % in a trial) of those sent at 520 k/s, 41 in a row at most"; "none of those
// sent at 24.1 k/s". Empty: of a mechanism that loses nothing, or without figures.
std::string losses_text(const ViewRow& row, bool unicode);
// "5.10 µs", or its two groups; "165 ns (batch mean)" of what is ranked in the place of what is
// shown.
std::string ranked_text(const ViewRow& row, bool unicode);
std::string half_width_text(const Figure& figure, bool unicode);  // "±2.1%", "~12%" of a range
// "5.10 µs (11), 8.90 µs (9)": the two groups of a figure's trials, with how many they are.
std::string groups_text(const Figure& figure, bool unicode);
// Its median, or its two groups: what lies between them is a value that no trial had.
std::string value_text(const Figure& figure, bool unicode);
// "latency 64 B shm_ring (spin)", "latency 64 B (same-cpu) pipe"
std::string place_name(const ViewGroup& group, const ViewRow& row);
// "round trip": the figure that the table is about, in words.
std::string shown_words(const ViewGroup& group);

}  // namespace ipcmark
