#include "tests/launch/toy_scenarios.hpp"
#include "scenarios/figures.hpp"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace ipcmark::toy {
namespace {

void sleep_ns(std::uint64_t ns) {
  timespec left{static_cast<time_t>(ns / 1'000'000'000U), static_cast<long>(ns % 1'000'000'000U)};
  while (::nanosleep(&left, &left) != 0) {
  }
}

ChannelSpec channel_of(const RunSpec& spec) {
  ChannelSpec channel;
  channel.largest_message = spec.size;
  channel.depth = spec.depth;
  return channel;
}

Layout one_way(const RunSpec& spec, const BackendEntry*) {
  Layout layout;
  layout.roles = {"sender", "receiver"};
  layout.channels = {{channel_of(spec), {0}, {1}}};
  return layout;
}

Status send_one(WorkerContext& context, std::size_t channel, std::span<const std::byte> message) {
  context.progress().enter(Operation::send, static_cast<std::uint32_t>(channel));
  auto sent = context.sender(channel).send(message, Deadline::never());
  context.progress().leave();
  return sent;
}

Result<std::size_t> receive_one(WorkerContext& context, std::span<std::byte> buffer) {
  context.progress().enter(Operation::receive, 0);
  auto got = context.receiver(0).receive(buffer, Deadline::never());
  context.progress().leave();
  return got;
}

void act_now(WorkerContext& context, int act) {
  switch (act) {
    case receiver_crashes:
      ::signal(SIGSEGV, SIG_DFL);  // sanitizers have a handler of their own
      ::raise(SIGSEGV);
      break;
    case receiver_refuses:
      context.report().ok = false;
      context.report().reason = "the tenth message is not to my taste";
      break;
    case receiver_exits:
      ::_exit(7);
    case receiver_throws:
      throw std::logic_error("a toy bug");
    default:
      break;
  }
}

Status stream_receiver(WorkerContext& context) {
  const auto act = static_cast<int>(context.spec().option("act", normal));
  if (act == receiver_never_comes) return {};
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  sleep_ns(static_cast<std::uint64_t>(context.spec().option("late_ns", 0)));
  std::vector<std::byte> buffer(context.spec().size);
  std::uint64_t count = 0;
  for (;;) {
    const auto got = receive_one(context, buffer);
    if (!got && got.error().code == Errc::closed) break;
    if (!got) return tl::make_unexpected(got.error());
    context.progress().count(++count);
    context.report().histograms["value"].record(count);
    if (count == 10) act_now(context, act);
    if (!context.report().ok) return {};
  }
  context.report().tallies["received"] = static_cast<std::int64_t>(count);
  return {};
}

Status stream(WorkerContext& context) {
  if (context.role() == "receiver") return stream_receiver(context);
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  const std::vector<std::byte> message(context.spec().size);
  for (std::uint64_t i = 1; i <= context.spec().messages; ++i) {
    if (auto sent = send_one(context, 0, message); !sent) return sent;
    context.progress().count(i);
  }
  return {};
}

Status trickle(WorkerContext& context) {
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  std::array<std::byte, 8> message{};
  for (std::uint64_t i = 1;; ++i) {
    if (context.sends(0)) {
      sleep_ns(2'000'000);
      if (auto sent = send_one(context, 0, message); !sent) return sent;
    } else if (auto got = receive_one(context, message); !got) {
      return tl::make_unexpected(got.error());
    }
    context.progress().count(i);
  }
}

Layout both_ways(const RunSpec& spec, const BackendEntry*) {
  Layout layout;
  layout.roles = {"left", "right"};
  layout.channels = {{channel_of(spec), {0}, {1}}, {channel_of(spec), {1}, {0}}};
  return layout;
}

Status cross(WorkerContext& context) {
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  const std::vector<std::byte> message(context.spec().size);
  for (std::uint64_t i = 1;; ++i) {
    if (auto sent = send_one(context, context.index(), message); !sent) return sent;
    context.progress().count(i);
  }
}

Layout sender_by_id(const RunSpec& spec, const BackendEntry*) {
  Layout layout;
  layout.roles = {"asker", "receiver"};
  layout.channels = {{channel_of(spec), {}, {1}}};
  return layout;
}

Status by_id(WorkerContext& context) {
  if (context.role() == "receiver") return stream_receiver(context);
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  if (context.open_sender(context.channel_id(0) + 77)) {
    return fail(Errc::corrupt, "an id that does not exist was resolved");
  }
  auto sender = context.open_sender(context.channel_id(0));
  if (!sender) return tl::make_unexpected(sender.error());
  if (context.open_sender(context.channel_id(0))) {
    return fail(Errc::corrupt, "more senders were resolved than the channel has");
  }
  const std::vector<std::byte> message(context.spec().size);
  for (std::uint64_t i = 0; i < context.spec().messages; ++i) {
    if (auto sent = (*sender)->send(message, Deadline::never()); !sent) return sent;
  }
  return {};
}

Layout memory_layout(const RunSpec& spec, const BackendEntry*) {
  Layout layout;
  layout.roles.assign(static_cast<std::size_t>(spec.option("processes", 4)), "counter");
  layout.shared_bytes = sizeof(std::uint64_t);
  return layout;
}

Status memory(WorkerContext& context) {
  auto& count = *reinterpret_cast<std::atomic<std::uint64_t>*>(context.shared().data());
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  count.fetch_add(1);
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  // Everyone has counted before anyone passed the second line.
  context.report().tallies["seen"] = static_cast<std::int64_t>(count.load());
  return {};
}

Layout mortal_sender(const RunSpec& spec, const BackendEntry* backend) {
  Layout layout = one_way(spec, backend);
  layout.may_die = {0};
  return layout;
}

WorkerContext* dying = nullptr;

// The fault lies in a plain copy, outside any allocation: the call is as good here as anywhere.
void be_killed_here(int) {
  if (!dying->kill(dying->index())) ::_exit(1);
  for (;;) ::pause();
}

// The second page of the message cannot be read.
Status dies_inside(WorkerContext& context) {
  if (context.role() == "receiver") return stream_receiver(context);
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* memory =
      ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail(Errc::system, "mmap", errno);
  auto* bytes = static_cast<std::byte*>(memory);
  if (::mprotect(bytes + page, page, PROT_NONE) != 0) return fail(Errc::system, "mprotect", errno);
  dying = &context;
  ::signal(SIGSEGV, be_killed_here);
  return send_one(context, 0, {bytes + page - 8, context.spec().size});
}

Layout alone(const RunSpec&, const BackendEntry*) {
  Layout layout;
  layout.roles = {"looker"};
  return layout;
}

Status look(WorkerContext& context) {
  std::int64_t open = 0;
  DIR* listing = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(listing)) {
    const bool is_number = entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
    if (is_number && std::atoi(entry->d_name) != ::dirfd(listing)) ++open;
  }
  ::closedir(listing);
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  context.report().tallies["descriptors"] = open;
  context.report().tallies["usr1_blocked"] = sigismember(&blocked, SIGUSR1);
  return {};
}

Layout with_many_locks(const RunSpec&, const BackendEntry*) {
  Layout layout;
  layout.roles = {"holder"};
  layout.locks.assign(500, "reported_lock");
  return layout;
}

Status barrier_only(WorkerContext& context) { return context.barrier(Stage::run); }

Layout mortal(const RunSpec&, const BackendEntry*) {
  Layout layout;
  layout.roles = {"killer", "victim"};
  layout.may_die = {1};
  return layout;
}

Status die(WorkerContext& context) {
  const auto act = static_cast<int>(context.spec().option("act", normal));
  if (auto ready = context.barrier(Stage::run); !ready) return ready;
  if (context.role() == "victim") {
    act_now(context, act);
    for (;;) ::pause();
  }
  if (act == normal) {
    if (auto asked = context.kill(1); !asked) return asked;
  }
  while (!context.ended(1)) sleep_ns(1'000'000);
  return {};
}

void reduce(const RunSpec&, const std::vector<WorkerReport>& reports, Trial& trial) {
  for (const WorkerReport& report : reports) {
    for (const auto& [name, value] : report.tallies) trial.counts[name] = value;
    for (const auto& [name, values] : report.histograms) trial.histograms[name].merge(values);
  }
}

ScenarioEntry entry_of(const char* name, Layout (*layout)(const RunSpec&, const BackendEntry*),
                       Status (*work)(WorkerContext&)) {
  ScenarioEntry entry;
  entry.name = name;
  entry.summary = "a toy";
  entry.timed = false;
  entry.options = {count_option("act", normal, "what happens"),
                   time_option("late_ns", 0, "how late the receiver begins"),
                   count_option("processes", 4, "how many count")};
  entry.figures = {time_figure("value", "Numbers as they came."),
                   count_figure("received", "How many came."),
                   count_figure("seen", "What the shared counter came to."),
                   count_figure("descriptors", "Open descriptors."),
                   count_figure("usr1_blocked", "1: SIGUSR1 is blocked.")};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  return entry;
}

// Sets what its entry does not declare.
void reduce_undeclared(const RunSpec&, const std::vector<WorkerReport>&, Trial& trial) {
  trial.metrics.push_back({"mood", 1, Unit::count, 1});
}

// Declares it as a time, and gives it in bytes.
void reduce_other_unit(const RunSpec&, const std::vector<WorkerReport>&, Trial& trial) {
  trial.metrics.push_back({"mood", 1, Unit::bytes, 1});
}

// Holds its end, and takes nothing from it.
class Deaf final : public Receiver {
 public:
  explicit Deaf(Address address) : address_(std::move(address)) {}
  Result<std::size_t> receive(std::span<std::byte>, Deadline) override {
    for (;;) ::pause();
  }
  bool ready() override { return false; }

 private:
  Address address_;
};

Result<std::unique_ptr<Receiver>> open_deaf(Address address, const OpenContext&) {
  return std::make_unique<Deaf>(std::move(address));
}

// A lock that tells when it is handed over, and needs no object.
class ReportedLock final : public LockObject {
 public:
  Address address() const override {
    if (lock_handed_over) lock_handed_over();
    return {};
  }
};

class NoLock final : public Lock {
 public:
  Status lock(Deadline) override { return {}; }
  Status unlock() override { return {}; }
};

Result<std::unique_ptr<LockObject>> create_reported(Names&) {
  return std::make_unique<ReportedLock>();
}

Result<std::unique_ptr<Lock>> open_none(Address, const OpenContext&) {
  return std::make_unique<NoLock>();
}

Result<std::unique_ptr<Receiver>> never_open(Address, const OpenContext&) {
  for (;;) ::pause();
}

}  // namespace

Program program() {
  Program program;
  program.registry = built_in_registry();
  BackendEntry stuck = *program.registry.backend("pipe");
  stuck.name = "stuck_pipe";
  stuck.open_receiver = never_open;
  program.registry.backends.push_back(stuck);
  BackendEntry deaf = *program.registry.backend("unix_stream");
  deaf.name = "deaf_stream";
  deaf.open_receiver = open_deaf;
  program.registry.backends.push_back(deaf);
  BackendEntry lossy = *program.registry.backend("pipe");
  lossy.name = "lossy_pipe";
  lossy.capabilities = [pipe = lossy.capabilities](const ChannelSpec& spec) {
    Capabilities can = pipe(spec);
    can.lossy = true;
    return can;
  };
  program.registry.backends.push_back(lossy);
  LockEntry reported;
  reported.name = "reported_lock";
  reported.summary = "a toy";
  reported.create = create_reported;
  reported.open = open_none;
  program.registry.locks.push_back(reported);
  program.scenarios = built_in_scenarios();
  for (const ScenarioEntry& toy :
       {entry_of("stream", one_way, stream), entry_of("trickle", one_way, trickle),
        entry_of("cross", both_ways, cross), entry_of("by_id", sender_by_id, by_id),
        entry_of("dies_inside", mortal_sender, dies_inside)}) {
    program.scenarios.push_back(toy);
  }
  for (ScenarioEntry toy :
       {entry_of("memory", memory_layout, memory), entry_of("look", alone, look),
        entry_of("mortal", mortal, die), entry_of("many_locks", with_many_locks, barrier_only)}) {
    toy.uses_backend = false;
    program.scenarios.push_back(toy);
  }
  ScenarioEntry mistaken = entry_of("undeclared", one_way, stream);
  mistaken.reduce = reduce_undeclared;
  program.scenarios.push_back(mistaken);
  mistaken.name = "other_unit";
  mistaken.reduce = reduce_other_unit;
  mistaken.figures.push_back({.name = "mood", .unit = Unit::nanoseconds});
  program.scenarios.push_back(mistaken);
  return program;
}

}  // namespace ipcmark::toy
