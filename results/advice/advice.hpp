// Which mechanism fits a need, answered from a result's figures: pure functions.
//
// A need is bound to cells (scenario, size, options). The mechanisms that were measured in those
// cells are ranked by one figure of theirs; what the need asks beyond it (a rate, a CPU budget, a
// p99, …) rules out those that cannot give it, each with the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/console/console.hpp"
#include "results/figures/summary.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

struct Need {
  std::string name;  // "simple_two_way"; empty: traits alone
  Exchange exchange = Exchange::two_way;
  std::uint64_t size = 64;     // of one message
  std::int64_t producers = 1;  // of fan_in
  std::int64_t receivers = 1;  // of fan_out
  std::int64_t rate = 0;       // messages a second that must come through; 0: none asked
  double cpus = 0;             // CPUs it may keep busy, all processes together; 0: any
  std::uint64_t p99_ns = 0;    // the longest 99th percentile; 0: any
  bool survive_crash = false;  // the others go on when a process is killed
  bool ordered = false;        // messages of one sender arrive in the order sent
  bool network = false;        // between machines
};

struct NamedNeed {
  Need need;
  const char* summary;  // "short messages to and fro between two processes"
};
// simple_two_way, multiple_producers, broadcast_data, large_data, cross_system, simple_flags.
std::span<const NamedNeed> named_needs();
const NamedNeed* named_need(std::string_view name);  // null: not in the table

// Where a need's figure is found.
struct Basis {
  std::string scenario;
  struct Option {
    std::string name;
    std::int64_t value, default_value;  // a cell's key leaves out what is the scenario's default
  };
  std::vector<Option> options;  // that the cells must have
  std::uint64_t size = 0;
  std::string figure;  // decides, with `quantile`
  double quantile = -1;
  FigureEntry entry;  // its declaration
};
// By the entry of the scenario that answers such a need; without a scenario when none does.
Basis basis_of(const Need& need, const Catalogue& catalogue);
// "latency at 64 B": the cells in words, for a person.
std::string basis_text(const Need& need, const Catalogue& catalogue);

struct Candidate {
  const Cell* cell = nullptr;  // of the document, which must outlive the advice
  Summary summary;
  const MechanismFacts* mechanism = nullptr;  // of the document's catalogue; null: not in it
  std::string label;  // with the wait and whatever else differs: "shm_ring (spin)"
  // What it is ranked by: the basis' figure, or what stands in for it where the clock is too
  // coarse.
  Figure decides;
  double ratio = 1;               // to the best that fits, 1 and above
  bool tie = false;               // cannot be told from the best: their intervals overlap
  double cpu_per_message_ns = 0;  // 0: not known
  double cpus = 0;                // kept busy: at the need's rate, else while it was measured
  std::optional<Figure> p99;      // nothing: not asked, or not known
  Summary beside;  // of the ping-pong of the same mechanism, if any; without figures if it failed
  std::vector<std::string> lacks;  // why it does not fit; empty: it does
};

// What an answer stands on. As long as there is a figure that the tables would rank, only such ones
// take part; otherwise the next is asked, and nothing is called the best or tied.
enum class RankingBasis : std::uint8_t {
  ranked,       // intervals, in the state of the machine that is published
  few_trials,   // in that state, without intervals
  other_state,  // one other state of the machine
  unsteady,     // the machine changed its state meanwhile
};

struct Advice {
  Need need;
  Basis basis;
  std::string title;               // the basis in words
  std::string setting;             // that all candidates share: "cross-cpu, verify=full"
  std::vector<Candidate> fitting;  // best first
  std::vector<Candidate> unfit;    // best first
  // Measured, but without a figure to rank by: "NAME: reason".
  std::vector<std::string> unranked;
  std::vector<std::string> absent;  // labels of what could be measured and was not; the caller's
  RankingBasis ranking_basis = RankingBasis::ranked;
  double state_ns = 0;  // of RankingBasis::other_state: its core-to-core round trip
};
// The document must outlive the advice. Without a cell for the need all lists are empty.
Advice advise(const ResultDocument& document, const Need& need);

// What a cell's mechanism is called in an advice: "shm_ring (spin)".
std::string candidate_label(const RunSpec& spec);
// Of the cells wanted for a need those that the document lacks, set as its own cells of that need
// are (placement, options, length of a trial), so that they can be ranked together.
std::vector<RunSpec> not_in(const ResultDocument& document, const Need& need,
                            const std::vector<RunSpec>& wanted);

// The ranking, the figures that decide, and the trade-offs in words. `source`: where the figures
// are from ("'r.json'", "measured now").
std::string advice_to_console(const Advice& advice, const std::string& source,
                              const ConsoleStyle& style);

// Those that reach other machines.
std::vector<std::string> network_mechanisms(const Catalogue& catalogue);

}  // namespace ipcmark
