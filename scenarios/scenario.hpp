// A scenario: a real multi-process system over the transport, lock and notify interfaces, with its
// measured loop and its invariants. One .cpp per scenario, one row in the table.
//
//   layout()  pure, in the coordinator: which workers, channels, locks and shared memory it needs
//   work()    in each worker, between two stage barriers
//   reduce()  pure, in the coordinator: worker reports → one Trial
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/registry.hpp"
#include "results/model/catalogue.hpp"
#include "results/model/spec.hpp"
#include "results/model/trial.hpp"
#include "scenarios/option_row.hpp"
#include "scenarios/progress.hpp"
#include "scenarios/trace_log.hpp"

namespace ipcmark {

// A channel of the layout, and which workers (by index) hold its ends. Endpoint indices
// (OpenContext::index) follow the order of these lists.
//
// When `spec.senders` is more than `senders` lists, the rest are opened by id through
// WorkerContext::open_sender(), with the next indices. The launcher then keeps an address of the
// channel until that many have been handed out; before that its receivers cannot see `closed`,
// because one more sender may still come. A layout with more senders, or other than
// `spec.receivers` receivers, than its spec says is a bug and fails the trial.
struct ChannelUse {
  ChannelSpec spec;
  std::vector<unsigned> senders;
  std::vector<unsigned> receivers;
};

struct Layout {
  std::vector<std::string> roles;      // one worker each, in order: "initiator", "echo"
  std::vector<ChannelUse> channels;    // opened by the launcher in the workers named
  std::vector<std::string> locks;      // opened in every worker
  std::vector<std::string> notifiers;  // opened in every worker
  bool counting = false;               // its notifiers must count: n signals, n waits
  std::size_t shared_bytes = 0;        // zeroed memory mapped into every worker; 0: none
  bool shared_is_file = false;         // that memory is a regular file, without a name by then
  // Workers that may be killed by WorkerContext::kill(). That end belongs to the scenario: it fails
  // nothing and raises no peer_died; the others see it by WorkerContext::ended(). Any other signal,
  // and a SIGKILL that nobody asked for, fails the trial.
  std::vector<unsigned> may_die;
  // A deadlock, once diagnosed, is what had to be found: the trial passes and names it.
  bool foresees_deadlock = false;
  // Set: what the first of its two workers makes by WorkerContext::create_channel() while it runs.
  std::optional<ChannelSpec> own_channel;
  // Why the scenario cannot run over these capabilities ("needs many_senders"); empty: it can.
  std::string unsupported_reason;
};

// What a worker hands back. Travels as JSON in a memfd after the drain.
struct WorkerReport : Measurements {
  std::string role;
  bool ok = false;  // false: `reason` says what broke
  std::string reason;
  // What it tells its scenario's reduce(), by any names; no result of the trial by itself.
  std::map<std::string, std::int64_t> tallies;
  bool polled = false;  // a wait set of it slept between two looks (OpenContext::polled)
  // What the process was granted, beside the channels (process_settings.hpp); by the launcher.
  std::map<std::string, std::int64_t> granted;
  // Filled by the launcher, as `polled` is, but for the harness's own part (DueWait::account).
  ProcessCost cost;
};

// What a worker works with. Implemented by the launcher; everything referred to outlives work().
class WorkerContext {
 public:
  virtual ~WorkerContext() = default;
  virtual const RunSpec& spec() const = 0;
  virtual unsigned index() const = 0;  // which role of the layout
  virtual std::string_view role() const = 0;
  virtual unsigned workers() const = 0;
  // Ends by the channel's index in the layout. Calling it for an end this worker does not hold is a
  // bug (throws std::logic_error).
  virtual Sender& sender(std::size_t channel) = 0;
  virtual Receiver& receiver(std::size_t channel) = 0;
  virtual bool sends(std::size_t channel) const = 0;
  virtual bool receives(std::size_t channel) const = 0;
  virtual Lock& lock(std::size_t index) = 0;
  virtual Notifier& notifier(std::size_t index) = 0;
  virtual std::span<std::byte> shared() = 0;
  // The same, of which the first bytes are a `Shared`: the scenario's own, valid when zeroed.
  template <class Shared>
  Shared& shared_as() {
    return *reinterpret_cast<Shared*>(shared().data());
  }
  // Whether the mechanism of the channel, of which this worker holds an end, may lose messages: its
  // messages are numbered and its receivers keep a LossTracker then (traffic/losses.hpp).
  virtual bool lossy(std::size_t channel) const = 0;
  // Bytes that the channel's mechanism holds, as granted; 0: it does not say.
  virtual std::uint64_t buffer_bytes(std::size_t channel) const = 0;
  // The id that can be sent in a message so that another worker can open the channel.
  virtual std::uint64_t channel_id(std::size_t channel) const = 0;
  // Asks the control link for the channel of that id and opens a sender on it. Owned by the
  // context. invalid: no such channel, or all its senders are opened already (see ChannelUse).
  virtual Result<Sender*> open_sender(std::uint64_t channel_id) = 0;
  // Of a layout with an own_channel: a new one, made here and now; the caller owns it. Only for the
  // layout's first worker. Errors are those of BackendEntry::create.
  virtual Result<std::unique_ptr<Channel>> create_channel() {
    return fail(Errc::unsupported, "create_channel");
  }
  // Sends the other worker addresses of such channels, or none, and waits for nothing.
  virtual Status give(std::vector<Address>) { return fail(Errc::unsupported, "give"); }
  // Waits for what the other worker gives next. peer_died: it is gone.
  virtual Result<std::vector<Address>> take() { return fail(Errc::unsupported, "take"); }
  // Opens an end, with the cell's fault as the launcher does: it counts the messages of all that
  // are opened at that `place`, which the trace and the watchdog know as a channel's index.
  virtual Result<std::unique_ptr<Sender>> open_own_sender(Address, std::size_t) {
    return fail(Errc::unsupported, "open_own_sender");
  }
  virtual Result<std::unique_ptr<Receiver>> open_own_receiver(Address, std::size_t) {
    return fail(Errc::unsupported, "open_own_receiver");
  }
  // Whether that worker's process is gone. Follows its end within a fraction of a second.
  virtual bool ended(unsigned worker) const = 0;
  // Asks the coordinator to kill a worker of Layout::may_die with SIGKILL, wherever it stands, and
  // returns at once; of any other worker, and of one that has ended, nothing happens.
  virtual Status kill(unsigned worker) = 0;
  virtual Progress& progress() = 0;  // this worker's line on the shared page
  virtual const OpenContext& open_context() const = 0;
  // Stage barrier: reports that this worker has reached `stage` and sleeps until every worker has.
  // The first call (Stage::run) starts the cost interval. interrupted, peer_died.
  virtual Status barrier(Stage stage) = 0;
  virtual WorkerReport& report() = 0;
  // Where timed events are kept one by one; null: the run keeps none.
  virtual SampleLog* samples() { return nullptr; }
  // The trips that the measured loop notes itself, where not every operation is noted.
  virtual StampedTrips stamped_trips() { return {nullptr, 1}; }
  // Whether the cell's fault is `name`, one of the scenario's own (ScenarioEntry::faults). To be
  // asked where it happens then, and last of the conditions: a yes is noted, since a trial in which
  // the fault never happened has survived nothing.
  bool inject(std::string_view name) {
    if (spec().fault != name) return false;
    progress().fault_happened.store(1, std::memory_order_relaxed);
    return true;
  }
};

// What went wrong on purpose, in a scenario's own terms ("early": passes a barrier unasked), beside
// the faults of messages (faults.hpp). Each must be caught by the scenario's checks.
struct FaultRow {
  const char* name;
  const char* summary;
};

struct ScenarioEntry {
  const char* name;
  const char* summary;
  bool uses_backend = true;    // a cell per backend
  bool uses_lock = false;      // may also run as a cell per lock (spec.lock set, backend empty)
  bool uses_notifier = false;  // may also run as a cell per notifier
  bool timed = true;        // its figures are speeds; false: correctness first, one trial is enough
  bool on_request = false;  // in no suite: runs only where it is named
  bool bursts = false;      // can send messages in bursts (bursts.hpp)
  bool replays = false;     // can send what a file says (replay_file.hpp)
  bool mixes_sizes = false;  // can send messages of several sizes (message_sizes.hpp)
  bool checked = false;      // timed, and part of `ipcmark check` all the same
  // A message is answered before the next: one that a batch kept back would never be.
  bool awaits_answers = false;
  // What a mechanism loses that may lose messages is a figure of it (loss_figures(), declared for
  // it without more). Every other scenario refuses such a mechanism.
  bool measures_losses = false;
  std::vector<OptionRow> options = {};
  std::vector<FaultRow> faults = {};
  // For its page of documentation (`ipcmark list NAME`).
  const char* processes = "";                // "1 sender, 1 receiver"
  std::vector<const char*> invariants = {};  // what is checked, one sentence each
  // Each figure and count that reduce() sets: what is not declared fails the trial.
  std::vector<FigureEntry> figures = {};
  std::vector<const char*> notes = {};  // on how to read them, one sentence each
  ScenarioView view = ScenarioView::figures;
  std::optional<Answer> answer = {};  // the need that its cells answer, for `ipcmark advise`
  // Option that says how many there are of the ends which work at the same time: a report draws
  // the figures over it. Empty: none.
  const char* ends = "";
  std::uint64_t default_size = 64;  // payload bytes where it is not timed
  // What it runs as in a suite, one cell for each: the options whose values are not the default.
  std::vector<std::map<std::string, std::int64_t>> variants = {{}};
  // `capabilities` is what the backend answers for a plain one-to-one channel of spec.size; a
  // layout that needs more asks backend.capabilities() itself for the ChannelSpec it wants. Backend
  // null: a lock or notifier cell.
  Layout (*layout)(const RunSpec& spec, const BackendEntry* backend) = nullptr;
  // Returns an error only for what it could not handle; broken invariants go into report().
  Status (*work)(WorkerContext& context) = nullptr;
  // One report for each worker, in their order, all ok but those of workers that were allowed to
  // die and did. Sets metrics, histograms and counts, all of them declared in `figures`, integrity
  // and, when an invariant is broken, state and reason.
  void (*reduce)(const RunSpec& spec, const std::vector<WorkerReport>& reports,
                 Trial& trial) = nullptr;
  // Of a trial that another program ran (--runner) and calls passed: what it says that cannot be,
  // in words that follow "its answer "; empty: nothing. Pure.
  std::string (*contradiction)(const RunSpec& spec, const Trial& trial) = nullptr;
};

// Everything the program knows: passed by reference from main.
struct Program {
  Registry registry;
  std::vector<ScenarioEntry> scenarios;
  const ScenarioEntry* scenario(std::string_view name) const;
};

// Gives the spec a value of every option of its scenario that it lacks: the default, which it
// notes. What it has stays, and so does its key: a cell that was planned elsewhere, or read from an
// older result, is the same cell.
void resolve_options(const Program& program, RunSpec& spec);
// The first option of the spec that its scenario does not declare: what another build knows, and
// this one would leave out without a word. Empty: there is none, or the scenario is not known.
std::string unknown_option(const Program& program, const RunSpec& spec);

std::vector<ScenarioEntry> built_in_scenarios();

// What results/ may know of the program: the figures that its entries declare, beside those that
// every trial has.
Catalogue catalogue_of(const Program& program);

}  // namespace ipcmark
