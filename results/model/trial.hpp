// What came out: plain values from one trial up to a whole result document.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/model/catalogue.hpp"
#include "results/model/environment.hpp"
#include "results/model/explained.hpp"
#include "results/model/histogram.hpp"
#include "results/model/samples.hpp"
#include "results/model/spec.hpp"
#include "results/model/trace.hpp"

namespace ipcmark {

enum class State : std::uint8_t {
  passed,
  failed,       // an invariant is broken, or a worker crashed
  skipped,      // not possible here; `reason` says what to change
  timeout,      // a stage did not end within its deadline and no deadlock was proven
  deadlock,     // diagnosed: a closed cycle of waits
  interrupted,  // the run was ended by the user
};
const char* to_string(State value);
std::optional<State> state_from(std::string_view text);
// Whether it speaks against the cell: failed, timeout or deadlock.
bool is_failure(State value);
// Of several states the one that says most is the largest: 0 passed, then skipped, interrupted, and
// the failures above.
int severity(State value);

// What ended a trial that did not pass: for those who act on it, as `reason` is for people.
enum class Cause : std::uint8_t {
  none,         // it passed, or the build that ran it stated none
  unsupported,  // the mechanism or the machine cannot; nothing was measured
  check,        // a check of the scenario did not hold
  operation,    // an operation of a worker, or the making of an object, failed
  crash,        // a worker ended by a signal, or without a report
  killed,       // a worker was ended by a SIGKILL that was not ours
  stage_limit,  // a stage or the trial took longer than it may
  stall,        // nothing moved, and no closed cycle of waits was proven
  deadlock,     // a closed cycle of waits
  stopped,      // the user ended the run
  void_round,   // it, or its round of `ab`, does not count, for the reason given
  no_fault,     // the fault on purpose (--fault) never happened
};
const char* to_string(Cause value);
std::optional<Cause> cause_from(std::string_view text);

// One figure, declared in its scenario's entry (catalogue.hpp).
struct Metric {
  std::string name;
  double value = 0;
  Unit unit = Unit::count;
  std::uint64_t samples = 1;  // how many measurements are behind it
  bool operator==(const Metric&) const = default;
};

// What one process cost from the start barrier to the end of the drain (getrusage deltas, all its
// threads).
struct ProcessCost {
  std::string role;  // "initiator", "echo", "sender", "receiver", …
  std::int32_t pid = 0;
  std::int32_t cpu = -1;  // where it was pinned, -1 when it was not
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t peak_bytes = 0;  // of the whole process life
  std::uint64_t start_ns = 0;    // of the interval these figures cover, from the earliest one's
  std::uint64_t wall_ns = 0;     // how long it is
  // Of the times and switches, what the harness itself took to wait until a message was due: it
  // polls the clock (user) and sleeps before that (system, a switch each). The costs of a message
  // leave it out.
  std::uint64_t harness_user_ns = 0;
  std::uint64_t harness_system_ns = 0;
  std::uint64_t harness_switches = 0;
};

// The numbers of it, by their names in documents.
struct CostField {
  const char* name;
  std::uint64_t ProcessCost::*value;
  // Grows as long as the process lives: what an interval cost is the difference of two readings.
  bool grows;
};
inline constexpr auto cost_fields = std::to_array<CostField>({
    {"user_ns", &ProcessCost::user_ns, true},
    {"system_ns", &ProcessCost::system_ns, true},
    {"voluntary_switches", &ProcessCost::voluntary_switches, true},
    {"involuntary_switches", &ProcessCost::involuntary_switches, true},
    {"minor_faults", &ProcessCost::minor_faults, true},
    {"major_faults", &ProcessCost::major_faults, true},
    {"peak_bytes", &ProcessCost::peak_bytes, false},
    {"harness_user_ns", &ProcessCost::harness_user_ns, false},
    {"harness_system_ns", &ProcessCost::harness_system_ns, false},
    {"harness_switches", &ProcessCost::harness_switches, false},
    {"start_ns", &ProcessCost::start_ns, false},
    {"wall_ns", &ProcessCost::wall_ns, false},
});

// What the checkers counted. All zero but `checked` is a clean trial.
struct Integrity {
  std::uint64_t checked = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t corrupted = 0;  // wrong checksum or pattern
  std::uint64_t wrong_length = 0;
  bool clean() const;
};

// What it counts, as figures; `checked` alone speaks against nothing.
struct IntegrityField {
  FigureEntry figure;
  std::uint64_t Integrity::*value;
};
std::span<const IntegrityField> integrity_fields();
void add(Integrity& to, const Integrity& more);

// What a canary read between two CPUs, in ns; 0 when not taken.
struct CanaryPair {
  std::vector<int> cpus;  // the lower first
  double before_ns = 0;
  double after_ns = 0;
};

// The machine's own state around a trial (results/README.md): core-to-core round trip of two
// cache lines, and a fixed spin on one CPU, both in ns; 0 when not taken.
struct Canary {
  double core_to_core_before_ns = 0;
  double core_to_core_after_ns = 0;
  double spin_before_ns = 0;
  double spin_after_ns = 0;
  // Before and after differ by more than a third, or one of them could not be taken, between
  // whichever two of the CPUs.
  bool unsteady = false;
  // The two CPUs that it was taken between, the lower first; one where there is no second. Empty:
  // not taken, or by a build that did not say.
  std::vector<int> cpus = {};
  // The further pairs of CPUs that the trial used and that were watched.
  std::vector<CanaryPair> others = {};
};

struct CanaryField {
  FigureEntry figure;
  double Canary::*value;
};
std::span<const CanaryField> canary_fields();

// What the mechanism really gave, beside what was asked.
struct Granted {
  std::map<std::string, std::int64_t> values;  // "depth", "buffer_bytes", "largest_message", …
  std::string note;                            // e.g. "fragments above 8192 B", else empty
  std::string file_system = {};                // under a mapped file ("ext4"), else empty

  void add_note(const std::string& more);  // nothing where it is empty, or said already
};

// In it: a process that waits for several of these slept that long between two looks, because
// nothing would have ended its wait. That sleep is the harness's own; absent where none slept so.
inline constexpr const char* poll_interval_name = "poll_interval_ns";

// What was measured and checked: by one worker, or by all of a trial together.
struct Measurements {
  bool steady = true;  // false: warm-up never reached a steady state
  std::vector<Metric> metrics;
  std::map<std::string, Histogram> histograms;  // of ns, by the figure's name
  Integrity integrity;
};

struct Trial : Measurements {
  std::uint32_t round = 0;     // which interleaved block
  std::uint32_t position = 0;  // place within the block
  State state = State::passed;
  Cause cause = Cause::none;
  std::string reason;  // for a person; empty when passed, but for what a pass says beside it
                       // ("caught: …", "saturated: …")
  std::map<std::string, std::int64_t> counts;  // "counter_final", "messages", "updates_lost", …
  std::vector<std::string> voids;              // why earlier attempts at it do not count, one each
  std::vector<ProcessCost> costs;
  Granted granted;
  Canary canary;
  std::vector<ProcessTrace> trace;      // with --trace alone; no part of the result file
  std::vector<ProcessSamples> samples;  // with --samples alone; likewise

  const Metric* metric(std::string_view name) const;
};

struct Cell {
  RunSpec spec;
  // Capability names and values as the backend declared them for this spec ("ordered": "yes").
  std::map<std::string, std::string> capabilities;
  std::vector<Trial> trials;
};

// The longest Granted::values of poll_interval_name; 0: none of its trials was polled.
std::int64_t poll_interval(const Cell& cell);
// What a search for the highest rate whose p99 stays within a limit came to, over the cells of one
// mechanism. It lies between the two rates.
struct RateSearch {
  std::string cell;  // key of the mechanism's cell at full speed
  std::uint64_t p99_limit_ns = 0;
  std::uint64_t within =
      0;  // highest rate with the whole interval of p99 within the limit; 0: none
  std::uint64_t beyond = 0;  // lowest above it that was beyond the limit for sure; 0: none
};

struct RunInfo {
  std::string id;       // also the prefix of every object's name
  std::string started;  // ISO 8601, UTC
  std::string finished;
  std::string command;  // arguments as given
  std::string version;  // of ipcmark
  std::string suite;    // "quick", "standard", "custom"
  std::uint64_t seed = 0;
  std::uint32_t trials_asked = 0;
  bool shared_machine = false;  // --share: another measuring run was allowed beside this one
  bool interrupted = false;
  std::string host;                           // name of the machine, where it was asked for
  std::map<std::string, std::string> labels;  // what the user says of the run: commit, kernel
  std::string shard;                          // "3/8": the third of eight parts of the cells
};

struct ResultDocument {
  RunInfo run;
  Environment environment;
  std::vector<Cell> cells;
  std::vector<RateSearch> searches;      // by `ipcmark load --p99`
  std::vector<ExplainedCell> explained;  // where a suite asks for it
  // What the program that holds the document knows of its figures; no part of the file, so that
  // who reads another build's result shows it by what it knows itself.
  Catalogue catalogue;
};

}  // namespace ipcmark
