// Condvar: producers and consumers over one bounded buffer, with a condition variable for "not
// full" and one for "not empty". That no wake-up is lost is not waited for but looked at, whenever
// the lock is let go: while somebody sleeps, there are no more items than have been promised to
// those who were woken.
#include <fmt/format.h>

#include "results/splitmix.hpp"
#include "scenarios/figures.hpp"
#include "scenarios/synchronization/condition_variable.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/joint_rate.hpp"

namespace ipcmark {

namespace condvar_detail {
namespace {

constexpr std::int64_t default_producers = 2;
constexpr std::int64_t default_consumers = 3;
constexpr std::int64_t default_count = 100;
constexpr std::int64_t default_capacity = 4;
constexpr std::uint64_t max_capacity = 4096;
constexpr unsigned number_bits = 48;  // of an item: its number; above, who made it
constexpr timespec moment{0, 1'000'000};

// All of it under the lock.
struct Shared {
  ConditionState not_empty;
  ConditionState not_full;
  std::uint64_t put;
  std::uint64_t taken;
  std::uint64_t producers_done;
  std::array<std::uint64_t, max_capacity> slots;
};

std::int64_t producers_of(const RunSpec& spec) { return spec.option("senders"); }
std::int64_t consumers_of(const RunSpec& spec) { return spec.option("receivers"); }
std::int64_t capacity_of(const RunSpec& spec) { return spec.option("capacity"); }
std::uint64_t each_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

Layout layout(const RunSpec& spec, const BackendEntry*) {
  Layout result;
  const std::int64_t producers = producers_of(spec);
  const std::int64_t consumers = consumers_of(spec);
  if (std::min(producers, consumers) < 1 || producers + consumers > max_processes_together) {
    result.unsupported_reason = fmt::format(
        "needs senders and receivers of at least 1, together at most {}", max_processes_together);
    return result;
  }
  if (capacity_of(spec) < 1 || static_cast<std::uint64_t>(capacity_of(spec)) > max_capacity) {
    result.unsupported_reason = fmt::format("needs a capacity between 1 and {}", max_capacity);
    return result;
  }
  if (spec.lock == "none") {
    result.unsupported_reason = "needs a lock that excludes";
    return result;
  }
  const auto all = static_cast<std::size_t>(producers + consumers);
  result.roles.assign(all, "consumer");
  std::fill_n(result.roles.begin(), producers, "producer");
  // A cell is of one mechanism; what it needs beside that is the one that costs least.
  result.locks = {spec.lock.empty() ? "futex" : spec.lock};
  result.notifiers.assign(all, spec.notifier.empty() ? "futex" : spec.notifier);
  result.shared_bytes = sizeof(Shared);
  return result;
}

class Party {
 public:
  explicit Party(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        shared_(context.shared_as<Shared>()),
        not_empty_(shared_.not_empty, context),
        not_full_(shared_.not_full, context),
        capacity_(static_cast<std::uint64_t>(capacity_of(spec_))),
        next_(static_cast<std::size_t>(producers_of(spec_))) {}

  Status produce() {
    if (!spec_.fault.empty()) {
      if (const Status asleep = await_sleepers(); !asleep) return asleep;
    }
    for (std::uint64_t i = 0; i < each_of(spec_); ++i) {
      if (const Status locked = lock(); !locked) return locked;
      while (items() == capacity_) {
        if (const Status woken = wait(not_full_); !woken) return woken;
      }
      shared_.slots[shared_.put++ % capacity_] =
          (std::uint64_t{context_.index()} << number_bits) + i;
      if (const Status announced = announce(i); !announced) return announced;
      if (const Status unlocked = unlock(); !unlocked) return unlocked;
      context_.progress().count(i + 1);
    }
    if (const Status locked = lock(); !locked) return locked;
    if (++shared_.producers_done == next_.size()) {
      if (const Status woken = not_empty_.wake_all(); !woken) return woken;
    }
    return unlock();
  }

  Status consume() {
    for (bool open = true; open;) {
      if (const Status locked = lock(); !locked) return locked;
      bool first = taken_ == 0 && without_predicate_ == 0;
      while (items() == 0 && !all_made() &&
             !(std::exchange(first, false) && context_.inject("unasked"))) {
        if (const Status woken = wait(not_empty_); !woken) return woken;
      }
      if (items() > 0) {
        const Status taken = take(shared_.slots[shared_.taken++ % capacity_]);
        if (!taken) return taken;
        if (const Status woken = not_full_.wake_one(); !woken) return woken;
      } else if (all_made()) {
        open = false;
      } else {
        ++without_predicate_;
      }
      if (const Status unlocked = unlock(); !unlocked) return unlocked;
    }
    // Whoever wakes unasked may find that it has been chosen meanwhile, again and again; then the
    // signal that nobody meant is left over.
    while (context_.notifier(context_.index()).wait(Deadline::immediate())) ++unexplained_;
    return {};
  }

  void report(std::uint64_t begin_ns) {
    WorkerReport& report = context_.report();
    wake_ups_.report(report, "wake_up");
    note_interval(report, begin_ns, now_ns());
    report.tallies["taken"] = static_cast<std::int64_t>(taken_);
    report.tallies["sum"] = static_cast<std::int64_t>(sum_);
    report.tallies["backwards"] = backwards_;
    report.tallies["lost_wake_ups"] = lost_;
    report.tallies["unexplained_wake_ups"] = unexplained_;
    report.tallies["without_predicate"] = without_predicate_;
    report.ok = true;
  }

 private:
  std::uint64_t items() const { return shared_.put - shared_.taken; }
  bool all_made() const { return shared_.producers_done == next_.size(); }

  Status lock() {
    context_.progress().enter(Operation::lock, 0);
    return context_.lock(0).lock(Deadline::never());
  }
  Status unlock() {
    if (const Status looked = look_for_lost_wake_ups(); !looked) return looked;
    return context_.lock(0).unlock();
  }

  // Whoever was passed over is woken after all, so that the trial ends.
  Status look_for_lost_wake_ups() {
    const std::uint64_t room = capacity_ - items();
    while (not_empty_.waiting() > 0 && items() > not_empty_.woken()) {
      ++lost_;
      if (const Status woken = not_empty_.wake_one(); !woken) return woken;
    }
    while (not_full_.waiting() > 0 && room > not_full_.woken()) {
      ++lost_;
      if (const Status woken = not_full_.wake_one(); !woken) return woken;
    }
    return {};
  }

  Status wait(ConditionVariable& condition) {
    if (const Status looked = look_for_lost_wake_ups(); !looked) return looked;
    const auto woken = condition.wait();
    if (!woken) return tl::make_unexpected(woken.error());
    if (*woken) {
      wake_ups_.arrived(condition.woken_ns());
    } else {
      ++unexplained_;
    }
    return {};
  }

  // Until all consumers sleep: a fault must not depend on who happens to be first.
  Status await_sleepers() {
    for (;;) {
      if (const Status locked = lock(); !locked) return locked;
      const bool first = shared_.put > 0 || not_empty_.waiting() == consumers_of(spec_);
      if (const Status unlocked = context_.lock(0).unlock(); !unlocked) return unlocked;
      if (first) return {};
      nanosleep(&moment, nullptr);
    }
  }

  // Tells one consumer of the item that was put.
  Status announce(std::uint64_t number) {
    if (number == 0 && context_.inject("skip")) return {};
    if (const Status woken = not_empty_.wake_one(); !woken || number != 0) return woken;
    for (unsigned worker = 0; worker < context_.workers(); ++worker) {
      if (not_empty_.waits(worker) && context_.inject("spurious")) {
        return context_.notifier(worker).signal();
      }
    }
    return {};
  }

  Status take(std::uint64_t item) {
    const std::uint64_t number = item & ((std::uint64_t{1} << number_bits) - 1);
    const std::uint64_t producer = item >> number_bits;
    if (producer >= next_.size()) return fail(Errc::corrupt, "an item of the buffer");
    std::uint64_t& next = next_[producer];
    backwards_ += number < next ? 1 : 0;
    next = number + 1;
    sum_ += mixed(item);
    context_.progress().count(++taken_);
    return {};
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  Shared& shared_;
  ConditionVariable not_empty_, not_full_;
  std::uint64_t capacity_;
  std::vector<std::uint64_t> next_;  // by producer: the lowest number that may still come
  std::uint64_t taken_ = 0, sum_ = 0;
  std::int64_t backwards_ = 0, lost_ = 0, unexplained_ = 0, without_predicate_ = 0;
  FlowMeter wake_ups_;
};

Status work(WorkerContext& context) {
  Party party(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t begin = now_ns();
  const Status done = context.role() == "producer" ? party.produce() : party.consume();
  if (!done) return done;
  context.progress().leave();
  party.report(begin);
  return {};
}

void judge(const RunSpec& spec, Trial& trial, std::uint64_t sum) {
  std::uint64_t expected = 0;
  for (std::uint64_t producer = 0; producer < static_cast<std::uint64_t>(producers_of(spec));
       ++producer) {
    for (std::uint64_t i = 0; i < each_of(spec); ++i) {
      expected += mixed((producer << number_bits) + i);
    }
  }
  const std::int64_t made = producers_of(spec) * static_cast<std::int64_t>(each_of(spec));
  const auto print_error = [&trial](const char* count, const char* what) {
    if (trial.counts[count] != 0) reject(trial, fmt::format("{} {}", trial.counts[count], what));
  };
  print_error("lost_wake_ups", "wake-ups were lost: somebody slept beside what it waited for");
  print_error("unexplained_wake_ups", "times somebody woke whom nobody had woken");
  print_error("without_predicate", "times a consumer went on though there was nothing to take");
  print_error("backwards", "items of one producer came out of order or twice");
  if (trial.counts["taken"] != made || sum != expected) {
    reject(trial, fmt::format("{} items were taken, not each of {} exactly once",
                              trial.counts["taken"], made));
  }
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  std::uint64_t sum = 0;
  for (const WorkerReport& report : reports) {
    trial.histograms["wake_up"].merge(report.histograms.at("wake_up"));
    sum += static_cast<std::uint64_t>(count_of(report, "sum"));
    for (const char* name :
         {"taken", "lost_wake_ups", "unexplained_wake_ups", "without_predicate", "backwards"}) {
      trial.counts[name] += count_of(report, name);
    }
  }
  trial.counts["wake_ups"] = static_cast<std::int64_t>(trial.histograms["wake_up"].count());
  trial.counts["messages_total"] = trial.counts["taken"];
  trial.metrics.push_back(joint_rate(reports, trial.counts["taken"], Unit::operations_per_second));
  gather(reports, trial);
  judge(spec, trial, sum);
}

}  // namespace
}  // namespace condvar_detail

ScenarioEntry condvar_scenario() {
  using namespace condvar_detail;
  ScenarioEntry entry;
  entry.name = "condvar";
  entry.summary =
      "a bounded buffer with two condition variables: no wake-up lost, none for nothing";
  entry.uses_backend = false;
  entry.uses_lock = true;
  entry.uses_notifier = true;
  entry.timed = false;
  entry.options = {
      count_option("senders", default_producers, "how many processes put items in", 1,
                   max_processes),
      count_option("receivers", default_consumers, "how many take them out", 1, max_processes),
      count_option("capacity", default_capacity, "items the buffer holds", 1,
                   std::int64_t{max_capacity}),
      count_option("count", default_count, "items of each sender")};
  entry.faults = {{"skip", "one item is put in and nobody is woken for it"},
                  {"spurious", "a sleeper wakes whom nobody has woken"},
                  {"unasked", "a consumer goes on without waiting for an item"}};
  entry.processes = "senders (2) producers, receivers (3) consumers";
  entry.invariants = {
      "no wake-up is lost: nobody sleeps while there is an item, or room, that is promised to "
      "nobody",
      "nobody wakes whom nobody has woken, and nobody goes on before its predicate holds",
      "every item is taken exactly once, each producer's in order"};
  entry.figures = {
      time_figure("wake_up", "From waking a process to its going on with the lock in hand."),
      rate_figure(Unit::operations_per_second, "Items in a second."),
      count_figure("taken", "Items that were taken."),
      count_figure("wake_ups", "How often a sleeper was woken."),
      count_figure("lost_wake_ups", "Sleepers that nobody woke for news that was there."),
      count_figure("unexplained_wake_ups", "Wake-ups that nobody gave."),
      count_figure("without_predicate",
                   "How often a sleeper went on although what it waited for was not so."),
      count_figure("backwards", "Items that came before an earlier one of the same sender."),
  };
  entry.notes = {"over a lock the sleepers have futex notifiers, over a notifier a futex lock"};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
