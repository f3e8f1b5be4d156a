#include "scenarios/launch/worker_context.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "backends/polling_receiver.hpp"
#include "scenarios/launch/process_settings.hpp"
#include "scenarios/traffic/faults.hpp"

namespace ipcmark {
namespace {

std::uint64_t ns_of(const timeval& t) {
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(t.tv_usec) * 1'000U;
}

// Not ru_maxrss: across posix_spawn's exec that one starts from the coordinator's peak.
std::uint64_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      return std::strtoull(line.c_str() + sizeof "VmHWM:" - 1, nullptr, 10) * 1024U;
    }
  }
  return 0;
}

// What the process has used so far, of what grows; `start_ns` is now (CLOCK_MONOTONIC).
// 64 MiB a worker, 26 seconds at 100 ns each.
constexpr std::size_t max_samples = std::size_t{1} << 22U;

ProcessCost cost_now() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  ProcessCost cost;
  cost.start_ns = now_ns();
  cost.user_ns = ns_of(used.ru_utime);
  cost.system_ns = ns_of(used.ru_stime);
  cost.voluntary_switches = static_cast<std::uint64_t>(used.ru_nvcsw);
  cost.involuntary_switches = static_cast<std::uint64_t>(used.ru_nivcsw);
  cost.minor_faults = static_cast<std::uint64_t>(used.ru_minflt);
  cost.major_faults = static_cast<std::uint64_t>(used.ru_majflt);
  return cost;
}

}  // namespace

LaunchedWorker::LaunchedWorker(const Program& program, ControlLink& link, Assignment assignment,
                               SharedMemory page, SharedMemory shared)
    : program_(program),
      link_(link),
      assignment_(std::move(assignment)),
      page_(std::move(page)),
      shared_(std::move(shared)),
      trace_(assignment_.trace ? max_traced_operations : 0),
      wraps_(assignment_.trace && assignment_.trace_every == 1),
      names_(link) {
  open_context_.peer_died = &page_.start_page().peer_died;
  open_context_.index = assignment_.index;
  open_context_.polled = &report_.polled;
  own_context_.peer_died = open_context_.peer_died;
  own_context_.polled = open_context_.polled;
  report_.role = assignment_.roles[assignment_.index];
  report_.ok = true;
  if (assignment_.samples) samples_.emplace(max_samples);
  cost_base_ = cost_now();
}

// By the cell's name, not the address's: a backend that wraps another hands out the inner one's
// addresses, and is still what must open them.
Result<const BackendEntry*> LaunchedWorker::backend() const {
  const BackendEntry* entry = program_.registry.backend(spec().backend);
  if (entry == nullptr) return fail(Errc::invalid, "unknown backend");
  return entry;
}

void LaunchedWorker::note_losses_of(const BackendEntry& entry, const ChannelSpec& channel,
                                    std::size_t place) {
  if (entry.capabilities(channel).lossy) lossy_.insert(place);
}

Result<std::unique_ptr<Sender>> LaunchedWorker::open_sender_at(GivenAddress given,
                                                               std::size_t place) {
  auto entry = backend();
  if (!entry) return tl::make_unexpected(entry.error());
  auto context = std::make_unique<OpenContext>(open_context_);
  context->peer_died = &page_.start_page().orphaned[place];
  context->index = given.index;
  note_losses_of(**entry, given.address.spec, place);
  auto sender = (*entry)->open_sender(std::move(given.address), *context);
  contexts_.push_back(std::move(context));
  return decorated(std::move(sender), spec().fault, place);
}

// With its fault, and traced, as the cell asks for.
Result<std::unique_ptr<Sender>> LaunchedWorker::decorated(Result<std::unique_ptr<Sender>> sender,
                                                          const std::string& fault,
                                                          std::size_t place) {
  if (sender && !fault.empty()) {
    *sender = with_fault(std::move(*sender), fault, &progress().fault_happened);
  }
  if (sender && wraps_) *sender = traced(std::move(*sender), trace_, place);
  return sender;
}

// Likewise; one that polls does so in `context`, which must outlive it.
Result<std::unique_ptr<Receiver>> LaunchedWorker::decorated(
    Result<std::unique_ptr<Receiver>> receiver, const std::string& fault, std::size_t place,
    const OpenContext& context) {
  if (receiver && spec().wait == Wait::poll) receiver = polling(std::move(*receiver), context);
  if (receiver && !fault.empty()) *receiver = with_fault(std::move(*receiver), fault);
  if (receiver && wraps_) *receiver = traced(std::move(*receiver), trace_, place);
  return receiver;
}

Status LaunchedWorker::open_one(LinkMessage message) {
  const MessageType type = message.type;
  const std::size_t place = message.value;
  failed_at_ = (type == MessageType::lock       ? "opening lock "
                : type == MessageType::notifier ? "opening notifier "
                                                : "opening channel ") +
               std::to_string(place);
  auto given = address_from_message(std::move(message));
  if (!given) return tl::make_unexpected(given.error());
  if (type == MessageType::sender) {
    auto sender = open_sender_at(std::move(*given), place);
    if (!sender) return tl::make_unexpected(sender.error());
    senders_[place] = std::move(*sender);
    return {};
  }
  contexts_.push_back(std::make_unique<OpenContext>(open_context_));
  OpenContext& context = *contexts_.back();
  context.index = given->index;
  if (type == MessageType::lock || type == MessageType::notifier) {
    return open_shared(type, place, std::move(given->address), context);
  }
  context.peer_died = &page_.start_page().orphaned[place];
  auto entry = backend();
  if (!entry) return tl::make_unexpected(entry.error());
  note_losses_of(**entry, given->address.spec, place);
  auto receiver = decorated((*entry)->open_receiver(std::move(given->address), context),
                            spec().fault, place, context);
  if (!receiver) return tl::make_unexpected(receiver.error());
  receivers_[place] = std::move(*receiver);
  return {};
}

// What every worker opens: a lock or a notifier.
Status LaunchedWorker::open_shared(MessageType type, std::size_t place, Address address,
                                   const OpenContext& context) {
  if (type == MessageType::lock) {
    const LockEntry* entry = program_.registry.lock(assignment_.locks.at(place));
    if (entry == nullptr) return fail(Errc::invalid, "unknown lock");
    auto lock = entry->open(std::move(address), context);
    if (!lock) return tl::make_unexpected(lock.error());
    if (wraps_) *lock = traced(std::move(*lock), trace_, place);
    locks_[place] = std::move(*lock);
    return {};
  }
  const NotifierEntry* entry = program_.registry.notifier(assignment_.notifiers.at(place));
  if (entry == nullptr) return fail(Errc::invalid, "unknown notifier");
  auto notifier = entry->open(std::move(address), context);
  if (!notifier) return tl::make_unexpected(notifier.error());
  if (wraps_) *notifier = traced(std::move(*notifier), trace_, place);
  notifiers_[place] = std::move(*notifier);
  return {};
}

Status LaunchedWorker::open_all() {
  std::vector<LinkMessage> addresses;
  for (;;) {
    failed_at_ = "taking over addresses";
    auto message = link_.receive(Deadline::never());
    if (!message) return tl::make_unexpected(message.error());
    if (message->type == MessageType::all_given) break;
    addresses.push_back(std::move(*message));
  }
  std::stable_sort(addresses.begin(), addresses.end(),
                   [](const LinkMessage& a, const LinkMessage& b) { return a.value < b.value; });
  for (LinkMessage& address : addresses) {
    if (auto opened = open_one(std::move(address)); !opened) return opened;
  }
  failed_at_.clear();
  return {};
}

Status LaunchedWorker::close_senders() {
  Status first;
  const auto close = [&](std::size_t channel, Sender& sender) {
    progress().enter(Operation::close, static_cast<std::uint32_t>(channel));
    const Status closed = sender.close(Deadline::never());
    const bool gone =
        !closed && (closed.error().code == Errc::peer_died || closed.error().code == Errc::closed);
    if (!closed && !gone && first) first = closed;
  };
  for (auto& [channel, sender] : senders_) close(channel, *sender);
  for (auto& [channel, sender] : resolved_) close(channel, *sender);
  progress().leave();
  return first;
}

Sender& LaunchedWorker::sender(std::size_t channel) {
  const auto found = senders_.find(channel);
  if (found == senders_.end()) {
    throw std::logic_error("no sender of channel " + std::to_string(channel) + " in this worker");
  }
  return *found->second;
}

Receiver& LaunchedWorker::receiver(std::size_t channel) {
  const auto found = receivers_.find(channel);
  if (found == receivers_.end()) {
    throw std::logic_error("no receiver of channel " + std::to_string(channel) + " in this worker");
  }
  return *found->second;
}

Lock& LaunchedWorker::lock(std::size_t index) {
  const auto found = locks_.find(index);
  if (found == locks_.end()) {
    throw std::logic_error("no lock " + std::to_string(index) + " in this layout");
  }
  return *found->second;
}

Notifier& LaunchedWorker::notifier(std::size_t index) {
  const auto found = notifiers_.find(index);
  if (found == notifiers_.end()) {
    throw std::logic_error("no notifier " + std::to_string(index) + " in this layout");
  }
  return *found->second;
}

Status LaunchedWorker::kill(unsigned worker) {
  LinkMessage wish;
  wish.type = MessageType::kill;
  wish.value = worker;
  return link_.send(wish, Deadline::never());
}

std::span<std::byte> LaunchedWorker::shared() {
  // The mapping may be longer than asked for by the rest of a page; the layout's size is given.
  return shared_.bytes().first(assignment_.shared_bytes);
}

std::uint64_t LaunchedWorker::channel_id(std::size_t channel) const {
  if (channel >= assignment_.channel_ids.size()) {
    throw std::logic_error("no channel " + std::to_string(channel) + " in this layout");
  }
  return assignment_.channel_ids[channel];
}

Result<Sender*> LaunchedWorker::open_sender(std::uint64_t channel_id) {
  LinkMessage question;
  question.type = MessageType::resolve;
  question.id = channel_id;
  const Deadline deadline = Deadline::never();
  if (auto sent = link_.send(question, deadline); !sent) return tl::make_unexpected(sent.error());
  auto answer = link_.receive(deadline);
  if (!answer) return tl::make_unexpected(answer.error());
  if (answer->type != MessageType::resolved) return fail(Errc::corrupt, "control link: resolve");
  if (answer->value != 0) return fail(Errc::invalid, "resolve: no sender of that channel is left");
  auto given = address_from_message(std::move(*answer));
  if (!given) return tl::make_unexpected(given.error());
  const auto& ids = assignment_.channel_ids;
  const auto place = std::find(ids.begin(), ids.end(), channel_id) - ids.begin();
  if (place == std::ssize(ids)) return fail(Errc::corrupt, "control link: resolve");
  auto sender = open_sender_at(std::move(*given), static_cast<std::size_t>(place));
  if (!sender) return tl::make_unexpected(sender.error());
  resolved_.emplace_back(place, std::move(*sender));
  return resolved_.back().second.get();
}

Status LaunchedWorker::barrier(Stage stage) {
  LinkMessage here;
  here.type = MessageType::arrived;
  here.value = static_cast<std::uint32_t>(stage);
  Progress& line = progress();
  line.enter(Operation::barrier, 0);
  ++barriers_;
  const std::uint64_t arrived = now_ns();
  Status result = link_.send(here, Deadline::never());
  const std::uint32_t barrier_number = stage == Stage::report ? last_barrier : barriers_;
  if (result) result = await_release(page_.start_page(), barrier_number, link_);
  line.leave();
  if (assignment_.trace) {
    trace_.note("barrier", barriers_, arrived, result ? nullptr : &result.error());
  }
  if (!result) return result;
  line.stage.store(static_cast<std::uint32_t>(stage), std::memory_order_relaxed);
  if (stage == Stage::run && !cost_started_) {
    cost_started_ = true;
    cost_base_ = cost_now();
  }
  return {};
}

void LaunchedWorker::fill_cost() {
  ProcessCost cost = cost_now();
  cost.wall_ns = cost.start_ns - cost_base_.start_ns;
  cost.start_ns = cost_base_.start_ns;  // the coordinator knows the earliest
  for (const CostField& field : cost_fields) {
    if (field.grows) cost.*field.value -= cost_base_.*field.value;
  }
  // What the scenario found of its own waiting.
  cost.harness_user_ns = report_.cost.harness_user_ns;
  cost.harness_system_ns = report_.cost.harness_system_ns;
  cost.harness_switches = report_.cost.harness_switches;
  cost.role = report_.role;
  cost.pid = ::getpid();
  cost.cpu = assignment_.cpu;
  cost.peak_bytes = peak_bytes();
  report_.cost = std::move(cost);
  report_.granted = granted_settings(spec());
}

}  // namespace ipcmark
