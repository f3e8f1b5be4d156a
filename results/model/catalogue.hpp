// What figures there are and what each means: declared where they are made (by a scenario's entry
// and by the tables of cost, integrity, canary and set-up), asked by whoever shows, judges or
// exports one. results/ knows no scenario and no mechanism by name; it is handed this by the tools.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/model/spec.hpp"
#include "results/text/units.hpp"

namespace ipcmark {

enum class Better : std::uint8_t { lower, higher, neither };
const char* to_string(Better better);

// Where a trial holds it.
enum class Recorded : std::uint8_t {
  metric,
  histogram,  // of single measurements; its quantiles and extremes are figures
  count,      // a whole number, shown by no table of figures
  derived,    // from what the trial holds: its costs, its integrity, its canary
};

// Which quantiles of a histogram may be published.
enum class Quantiles : std::uint8_t {
  by_trials,  // those of the tail from 20 trials on
  all,        // however few trials: as far as the samples carry
  median,     // of means: a quantile of them is none of single measurements
};

// For a verdict in words: "12 of 15".
enum class Proof : std::uint8_t { none, reached, expected };

// A figure as its maker declares it. Texts are literals: they live as long as the program.
struct FigureEntry {
  const char* name = "";
  Unit unit = Unit::count;
  Better better = Better::neither;
  const char* sentence = "";  // what it means, for people
  Recorded as = Recorded::metric;
  // What a cell is ranked by, of a histogram its median. Of several the first that has a value.
  bool headline = false;
  bool gated = false;    // a comparison judges it
  bool followed = true;  // worth following from run to run: what is exported as a series
  bool column = true;    // has a column of its own where there is room for all
  Quantiles quantiles = Quantiles::by_trials;
  const char* label = "";       // in a table of many figures; empty: the name
  const char* header = "";      // of a column; empty: the label
  bool plain_quantile = false;  // a quantile of it is called "p99" alone, without the name
  Proof proof = Proof::none;    // of a count
};

// What the processes do with each other, as a need states it.
enum class Exchange : std::uint8_t {
  two_way,  // request and reply, one outstanding
  stream,   // one-way, as fast as it goes
  offered,  // one-way at a given rate
  fan_in,   // several producers, one consumer
  fan_out,  // one sender, every receiver gets all
  signals,  // no data
};

// Which need a scenario's cells answer, and by which figure.
struct Answer {
  Exchange exchange = Exchange::two_way;
  const char* figure = "";
  double quantile = -1;
  bool sized = true;            // false: its cells have no size to choose
  const char* amount = "";      // option that holds the need's producers, receivers or rate
  const char* at_default = "";  // option that must have its default
};

// A table of its own beside that of the figures.
enum class ScenarioView : std::uint8_t {
  figures,
  load,  // response over the rate that was offered: options "rate" and "schedule"
};

// What results/ may know of a scenario.
struct ScenarioFacts {
  std::string name;
  bool timed = true;  // its figures are speeds; false: run for its verdict
  ScenarioView view = ScenarioView::figures;
  std::optional<Answer> answer;
  std::string ends = {};  // option that says how many ends work at the same time; empty: none
  std::map<std::string, std::int64_t> defaults;  // of its options
  std::vector<FigureEntry> figures;

  std::vector<FigureEntry> headlines() const;
  // As the cell has it, else its default; nothing: the scenario has no such option.
  std::optional<std::int64_t> option(const RunSpec& spec, const std::string& option_name) const;
};

// What is known of a mechanism that no measurement shows.
struct MechanismFacts {
  std::string name;
  std::string note;      // what to mind: one or two sentences; empty: none
  bool network = false;  // reaches other machines
  std::string snippet;   // a short program to start with, by its file's name; empty: none
  // Facts of the environment's group "limits" that bound it alone, by how their names begin.
  std::vector<std::string> limits = {};
  bool foreign = false;  // a runner's: any limit may bound it
};

struct Catalogue {
  std::vector<ScenarioFacts> scenarios;
  std::vector<FigureEntry> shared;  // of every scenario
  std::vector<MechanismFacts> backends, notifiers;

  const ScenarioFacts* scenario(std::string_view name) const;  // null: not in it
  const ScenarioFacts* answering(Exchange exchange) const;     // null: none does
  // The scenario's own declaration, else the shared one, else null. A histogram's extremes are
  // declared with it: "delivery_min" is found under "delivery".
  const FigureEntry* find(std::string_view scenario_name, std::string_view figure) const;
  // The same; of what is not declared, as of a newer build's, an entry that says what its unit
  // says.
  FigureEntry figure(std::string_view scenario_name, std::string_view figure, Unit unit) const;
  const MechanismFacts* mechanism(const RunSpec& spec) const;  // null: not in it
};

}  // namespace ipcmark
