// Task queue: a dispatcher gives tasks to workers and collects the results. Workers are killed in
// the middle of their work; what a dead one had is given out again, and every result counts once.
//
// Each worker has its own channel in and out, so that one that dies half-way through a message
// harms nobody else's. The dispatcher keeps one task with each worker and records who has which:
// the claim decides whether a result counts. Spare workers take the places of the dead.
#include <fmt/format.h>

#include <array>
#include <deque>

#include "scenarios/figures.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/record_receiver.hpp"
#include "scenarios/traffic/reports.hpp"
#include "scenarios/traffic/send_queue.hpp"

namespace ipcmark {

namespace task_queue_detail {
namespace {

constexpr std::int64_t default_processes = 3;
constexpr std::int64_t default_tasks = 100;
constexpr std::int64_t default_kills = 1;
constexpr unsigned dispatcher_index = 0;
// Below what a watchdog takes for standing still: who is killed takes nothing any more.
constexpr std::uint64_t close_to_doomed_ns = 200'000'000;
constexpr std::uint64_t dead_check_interval_ns = 1'000'000;
constexpr std::uint64_t nobody = ~std::uint64_t{0};

// How many messages each has sent, told before it closes; by worker, from 0.
struct Shared {
  std::array<SentCount, max_processes_together> tasks;
  std::array<SentCount, max_processes_together> results;
};

struct Task {
  std::uint64_t number = 0;
  std::uint64_t value = 0;  // the argument, or the result
};

std::uint64_t result_of(std::uint64_t number) { return number * number + 7; }

std::int64_t processes_of(const RunSpec& spec) { return spec.option("processes"); }
std::int64_t kills_of(const RunSpec& spec) { return spec.option("kills"); }
std::uint64_t tasks_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t workers = processes_of(spec) + kills_of(spec);
  if (processes_of(spec) < 1 || workers > max_processes_together) {
    result.unsupported_reason =
        fmt::format("needs processes and kills between 1 and {} together", max_processes_together);
    return result;
  }
  const std::vector<unsigned> all = assign_roles(result, "dispatcher", "worker", workers);
  result.unsupported_reason = record_unsupported<Task>(spec);
  add_fan_in(result, *backend, spec, all, dispatcher_index, kills_of(spec) > 0);
  add_fan_out(result, spec, dispatcher_index, all);
  if (kills_of(spec) > 0) result.may_die = all;
  result.shared_bytes = sizeof(Shared);
  return result;
}

Status run_worker(WorkerContext& context) {
  const std::size_t me = context.index() - 1;
  const Route route = fan_in_route(context, 0, static_cast<std::uint32_t>(me));
  const std::size_t own = first_received(context);
  RecordReader<Task> reader(context, 1, own);
  RecordWriter<Task> writer(context.spec(), route.number, route.channel);
  const std::int64_t think_ns = think_time_of(context.spec());
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  for (;;) {
    context.progress().enter(Operation::receive, static_cast<std::uint32_t>(own));
    const Status got = reader.receive(context.receiver(own), Deadline::never());
    if (!got && got.error().code == Errc::closed) break;
    if (!got) return got;
    think(context, think_ns);
    const Task done{reader.record.number, result_of(reader.record.value)};
    context.progress().enter(Operation::send, static_cast<std::uint32_t>(route.channel));
    const Status sent = context.sender(route.channel).send(writer.next(done), Deadline::never());
    if (!sent) return sent;
    context.progress().count(writer.made());
  }
  const std::uint64_t given[] = {context.shared_as<Shared>().tasks[me].published()};
  reader.settle(given);
  context.shared_as<Shared>().results[me].publish(writer.made());
  context.progress().enter(Operation::close, static_cast<std::uint32_t>(route.channel));
  context.report().ok = true;
  return context.sender(route.channel).close(Deadline::never());
}

// One worker as the dispatcher sees it.
struct WorkerEnd {
  WorkerEnd(const RunSpec& spec, Sender& sender, std::size_t channel)
      : writer(spec, 0, channel), send_queue(sender) {}
  RecordWriter<Task> writer;
  SendQueue send_queue;
  std::uint64_t task = nobody;  // the one it has
  std::uint64_t given_ns = 0;
  bool active = false;  // a spare one is not, until somebody has died
  bool dead = false;
  bool doomed = false;
  bool closed = false;  // nothing more comes from it
};

class Dispatcher {
 public:
  explicit Dispatcher(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        fan_in_(context, context.workers() - 1),
        tasks_(tasks_of(spec_)),
        due_(tasks_),
        claimed_by_(tasks_, nobody),
        done_(tasks_, false),
        kills_left_(static_cast<std::uint64_t>(kills_of(spec_))),
        kill_every_ns_(static_cast<std::uint64_t>(spec_.option("kill_every_ns"))) {
    for (unsigned i = 1; i < context.workers(); ++i) {
      const std::size_t channel = fan_in_.channels() + i - 1;
      worker_ends_.emplace_back(spec_, context.sender(channel), channel);
      worker_ends_.back().active = i <= static_cast<unsigned>(processes_of(spec_));
    }
  }

  Status run() {
    next_kill_ns_ = now_ns() + kill_every_ns_;
    while (finished_ < due_) {
      if (const Status given = give_out(); !given) return given;
      if (const Status killed = kill_one(); !killed) return killed;
      if (const Status taken = take_next(); !taken) return taken;
      if (const Status reaped = reap_dead(); !reaped) return reaped;
    }
    if (const Status dismissed = dismiss(); !dismissed) return dismissed;
    return drain();
  }

  void report() {
    WorkerReport& report = context_.report();
    std::int64_t once = 0;
    for (const bool done : done_) once += done ? 1 : 0;
    report.tallies["tasks_done"] = once;
    report.tallies["results_used"] = static_cast<std::int64_t>(finished_ + twice_);
    report.tallies["results_wrong"] = wrong_;
    report.tallies["given_again"] = given_again_;
    report.tallies["results_unused"] = unused_;
    report.tallies["workers_killed"] = killed_;
    settle();
    meter_.report(report, "task");
    report.ok = true;
  }

 private:
  // Waits for a result, and meanwhile tries again to send what had no room.
  Status take_next() {
    bool full = false;
    for (WorkerEnd& worker_end : worker_ends_) {
      if (const Status pumped = worker_end.send_queue.pump(); !pumped && !worker_end.doomed)
        return pumped;
      full = full || (!worker_end.send_queue.empty() && !worker_end.dead);
    }
    const bool risky = kills_of(spec_) > 0;
    const auto channel = fan_in_.wait(full    ? Deadline::after(send_queue_retry_ns)
                                      : risky ? Deadline::after(dead_check_interval_ns)
                                              : Deadline::never());
    if (channel) {
      const Result<bool> taken = take(*channel);
      return taken ? Status{} : tl::make_unexpected(taken.error());
    }
    if (channel.error().code == Errc::timeout) return {};
    if (channel.error().code != Errc::closed || !risky) return tl::make_unexpected(channel.error());
    // Closed by the deaths of the last ones, which are not known here yet.
    pause_for(static_cast<std::int64_t>(dead_check_interval_ns));
    return {};
  }

  std::optional<std::uint64_t> next_task() {
    if (!again_.empty()) {
      const std::uint64_t task = again_.front();
      again_.pop_front();
      return task;
    }
    if (next_ < tasks_) return next_++;
    return std::nullopt;
  }

  Status give_out() {
    for (std::size_t i = 0; i < worker_ends_.size(); ++i) {
      WorkerEnd& worker_end = worker_ends_[i];
      if (!worker_end.active || worker_end.dead || worker_end.task != nobody) continue;
      // Killing takes the launcher a while, in which the doomed go on working. When the next one is
      // due and only they are left, they must not finish the tasks before it.
      if (worker_end.doomed && kill_is_due()) continue;
      const auto task = next_task();
      if (!task) return {};
      worker_end.task = *task;
      worker_end.given_ns = now_ns();
      claimed_by_[*task] = i;
      const Status posted = worker_end.send_queue.post(worker_end.writer.next({*task, *task}));
      if (!posted && !worker_end.doomed) return posted;
    }
    return {};
  }

  // False: there was no whole message.
  Result<bool> take(std::size_t channel) {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(channel));
    const auto who = fan_in_.take(channel, Deadline::immediate());
    if (!who) {
      const Errc code = who.error().code;
      if (code == Errc::would_block) return false;
      // What is being killed may have been in the middle of a message.
      const bool cut_off = !fan_in_.shared() && worker_ends_[channel].doomed &&
                           (code == Errc::peer_died || code == Errc::corrupt);
      if (code != Errc::closed && !cut_off) return tl::make_unexpected(who.error());
      if (code != Errc::closed) fan_in_.done(channel);  // at its end take() has done so
      if (!fan_in_.shared()) worker_ends_[channel].closed = true;
      return true;
    }
    const Status accepted = accept(*who, fan_in_.record());
    if (!accepted) return tl::make_unexpected(accepted.error());
    return true;
  }

  // A result counts when its worker still has the claim, and only once.
  Status accept(std::size_t who, const Task& result) {
    if (who >= worker_ends_.size() || result.number >= tasks_) {
      return fail(Errc::corrupt, "the result of a task that was never given");
    }
    WorkerEnd& worker_end = worker_ends_[who];
    // As if it had been killed before it could answer, so that there is a claim to be lost.
    if (worker_end.doomed && context_.inject("lost_claim")) return {};
    if (worker_end.task == result.number) worker_end.task = nobody;
    if (claimed_by_[result.number] != who || done_[result.number]) {
      ++unused_;
      return {};
    }
    meter_.arrived(worker_end.given_ns);
    done_[result.number] = true;
    wrong_ += result.value == result_of(result.number) ? 0 : 1;
    ++finished_;
    if (result.number == 1 && context_.inject("done_twice")) ++twice_;
    context_.progress().count(finished_);
    return {};
  }

  // One active worker every kill_every_ns; without it, spread over the tasks.
  bool kill_is_due() const {
    if (kills_left_ == 0) return false;
    if (kill_every_ns_ > 0) return now_ns() >= next_kill_ns_;
    const auto parts = static_cast<std::uint64_t>(kills_of(spec_)) + 1;
    return finished_ >= (static_cast<std::uint64_t>(killed_) + 1) * tasks_ / parts;
  }

  Status kill_one() {
    if (!kill_is_due()) return {};
    next_kill_ns_ += kill_every_ns_;
    for (std::size_t i = 0; i < worker_ends_.size(); ++i) {
      const std::size_t place = (victim_ + i) % worker_ends_.size();
      WorkerEnd& worker_end = worker_ends_[place];
      // In the middle of a task, where it can be.
      if (!worker_end.active || worker_end.dead || worker_end.doomed || worker_end.task == nobody)
        continue;
      worker_end.doomed = true;
      victim_ = place + 1;
      --kills_left_;
      ++killed_;
      return context_.kill(static_cast<unsigned>(place) + 1);
    }
    return {};
  }

  // What a dead worker had is given out again, and a spare one takes its place.
  Status reap_dead() {
    for (std::size_t i = 0; i < worker_ends_.size(); ++i) {
      WorkerEnd& worker_end = worker_ends_[i];
      if (worker_end.dead || !context_.ended(static_cast<unsigned>(i) + 1)) continue;
      if (!worker_end.doomed) return fail(Errc::peer_died, "a worker that was not to be killed");
      if (!worker_end.closed && fan_in_.receiver(i).ready()) {
        // What it still sent comes first; of a message that its death cut off, the rest never
        // comes.
        const Result<bool> taken = take(i);
        if (!taken) return tl::make_unexpected(taken.error());
        if (*taken) continue;
      }
      worker_end.dead = true;
      worker_end.send_queue.drop();
      fan_in_.done(i);
      if (worker_end.task != nobody && !done_[worker_end.task]) {
        claimed_by_[worker_end.task] = nobody;
        ++given_again_;
        if (context_.inject("lost_claim")) {
          --due_;
        } else {
          again_.push_back(worker_end.task);
        }
      }
      for (WorkerEnd& spare : worker_ends_) {
        if (spare.active || spare.dead) continue;
        spare.active = true;
        break;
      }
    }
    return {};
  }

  Status dismiss() {
    for (std::size_t i = 0; i < worker_ends_.size(); ++i) {
      const std::size_t channel = fan_in_.channels() + i;
      context_.shared_as<Shared>().tasks[i].publish(worker_ends_[i].writer.made());
      context_.progress().enter(Operation::close, static_cast<std::uint32_t>(channel));
      const Status closed = context_.sender(channel).close(
          worker_ends_[i].doomed ? Deadline::after(close_to_doomed_ns) : Deadline::never());
      if (!closed && !worker_ends_[i].doomed) return closed;
    }
    return {};
  }

  // Until every worker has closed or is dead: what comes after the last task came twice.
  Status drain() {
    for (;;) {
      const bool risky = kills_of(spec_) > 0;
      const auto channel =
          fan_in_.wait(risky ? Deadline::after(dead_check_interval_ns) : Deadline::never());
      if (!channel && channel.error().code == Errc::closed) return {};
      if (!channel && channel.error().code != Errc::timeout) {
        return tl::make_unexpected(channel.error());
      }
      if (channel) {
        const Result<bool> taken = take(*channel);
        if (!taken) return tl::make_unexpected(taken.error());
        if (*taken) continue;
      }
      if (const Status reaped = reap_dead(); !reaped) return reaped;
    }
  }

  // But for who was killed: how many results it had sent is not known.
  void settle() {
    std::vector<std::uint64_t> sent;
    for (std::size_t i = 0; i < worker_ends_.size(); ++i) {
      sent.push_back(context_.shared_as<Shared>().results[i].published());
    }
    for (std::size_t i = 0; i < fan_in_.channels(); ++i) {
      if (!worker_ends_[i].doomed) fan_in_.settle(i, sent);
    }
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  RecordReceiver<Task> fan_in_;
  std::deque<WorkerEnd> worker_ends_;
  std::uint64_t tasks_;
  std::uint64_t due_;  // results to wait for
  std::vector<std::uint64_t> claimed_by_;
  std::vector<bool> done_;
  std::deque<std::uint64_t> again_;
  std::uint64_t next_ = 0, finished_ = 0, twice_ = 0;
  std::uint64_t kills_left_, kill_every_ns_, next_kill_ns_ = 0;
  std::size_t victim_ = 0;
  std::int64_t wrong_ = 0, given_again_ = 0, unused_ = 0, killed_ = 0;
  FlowMeter meter_;
};

Status work(WorkerContext& context) {
  if (context.index() != dispatcher_index) return run_worker(context);
  Dispatcher dispatcher(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  if (const Status done = dispatcher.run(); !done) return done;
  dispatcher.report();
  return {};
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& dispatcher = reports[dispatcher_index];
  trial.metrics.insert(trial.metrics.end(), dispatcher.metrics.begin(), dispatcher.metrics.end());
  trial.histograms = dispatcher.histograms;
  publish(dispatcher,
          {"received", "tasks_done", "results_used", "results_wrong", "given_again",
           "results_unused", "workers_killed"},
          trial);
  trial.counts["messages_total"] = 2 * count_of(dispatcher, "tasks_done");
  gather(reports, trial);
  const auto expected = static_cast<std::int64_t>(tasks_of(spec));
  const std::int64_t done = count_of(dispatcher, "tasks_done");
  const std::int64_t used = count_of(dispatcher, "results_used");
  if (done != expected) reject(trial, fmt::format("{} tasks were done, not {}", done, expected));
  if (used != done) {
    reject(trial, fmt::format("{} results were used for {} tasks", used, done));
  }
  const std::int64_t unused = count_of(dispatcher, "results_unused");
  if (unused > count_of(dispatcher, "given_again")) {
    reject(trial, fmt::format("{} results came for tasks that had one, of {} given out again",
                              unused, count_of(dispatcher, "given_again")));
  }
  if (count_of(dispatcher, "results_wrong") != 0) {
    reject(trial, fmt::format("{} results were wrong", count_of(dispatcher, "results_wrong")));
  }
}

}  // namespace
}  // namespace task_queue_detail

ScenarioEntry task_queue_scenario() {
  using namespace task_queue_detail;
  ScenarioEntry entry;
  entry.name = "task_queue";
  entry.awaits_answers = true;
  entry.summary = "tasks given to workers that are killed at work; every task done exactly once";
  entry.timed = false;
  entry.options = {
      count_option("processes", default_processes, "workers at work at a time", 1, max_processes),
      count_option("count", default_tasks, "tasks"),
      time_option("think_time_ns", 0, "pause of a worker in each task"),
      count_option("kills", default_kills, "workers killed and replaced\nEach by a spare one.", 0,
                   max_processes),
      time_option("kill_every_ns", 0, "time between two kills\n0: spread evenly over the tasks.")};
  entry.faults = {{"lost_claim", "a dead worker's task is not given out again"},
                  {"done_twice", "one result is used twice"}};
  entry.processes = "1 dispatcher, processes (3) workers and a spare one for each kill";
  entry.invariants = {
      "every task is done exactly once, also when its worker is killed",
      "a result counts only for who has the claim on its task; a second one is put aside",
      "every result is the right one",
      "every task and result of a worker that was not killed arrives once, in order and intact"};
  entry.figures = {
      rate_figure(Unit::messages_per_second, "Results in a second."),
      time_figure("task", "From giving a task out to having its result."),
      count_figure("received", "Messages that arrived."),
      count_figure("tasks_done", "Tasks that have a result."),
      count_figure("results_used", "Results that were taken for a task."),
      count_figure("results_wrong", "Results that were wrong."),
      count_figure("given_again", "Tasks whose worker died."),
      count_figure("results_unused", "Answers that came too late."),
      count_figure("workers_killed", "Workers that were killed."),
  };
  entry.notes = {send_queue_note};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

}  // namespace ipcmark
