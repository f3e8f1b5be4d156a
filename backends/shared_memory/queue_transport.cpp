#include "backends/shared_memory/queue_transport.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "backends/shared_memory/locked_queue.hpp"
#include "backends/shared_memory/waiting.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t largest_in_queue = std::uint64_t{1} << 30U;
constexpr std::uint64_t default_queue_bytes = 256 * 1024;

std::uint64_t depth_for(const ChannelSpec& spec) {
  return queue_ring_bytes(spec) / ring::queue_record(spec.largest_message);
}

struct Shared {
  Mapping mapping;
  ring::LockedQueue queue;
};

Shared queue_in(Mapping mapping, const ChannelSpec& spec) {
  auto& control = *reinterpret_cast<ring::QueueControl*>(mapping.data());
  std::byte* data = mapping.data() + queue_control_bytes();
  return Shared{std::move(mapping),
                ring::LockedQueue(control, data, queue_ring_bytes(spec), spec.largest_message)};
}

// Before this a waiter has counted itself and then looked under the mutex, so either it has seen
// the change or it is counted here.
void wake(std::atomic<std::uint32_t>& word, const std::atomic<std::uint32_t>& waiters, int most) {
  if (waiters.load(std::memory_order_seq_cst) == 0) return;
  word.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(word, most);
}

constexpr int everyone = std::numeric_limits<int>::max();

auto counting(std::atomic<std::uint32_t>& waiters) {
  return [&waiters, counted = false](bool waiting) mutable {
    if (waiting == counted) return;
    counted = waiting;
    if (waiting) {
      waiters.fetch_add(1, std::memory_order_seq_cst);
    } else {
      waiters.fetch_sub(1, std::memory_order_seq_cst);
    }
  };
}

class MutexSender final : public Sender {
 public:
  MutexSender(Shared shared, const ChannelSpec& spec, const OpenContext& context)
      : shared_(std::move(shared)), spec_(spec), peer_died_(context.peer_died) {}
  ~MutexSender() override { end(control().abandoned_senders); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > spec_.largest_message) return fail(Errc::too_large, "send");
    if (ended_) return fail(Errc::invalid, "send");
    Status status = shared_.queue.push(message, deadline);
    if (!status && status.error().code == Errc::would_block && !deadline.is_immediate()) {
      status = wait_and_push(message, deadline);
    }
    if (status) wake(control().data_word, control().data_waiters, 1);
    return status;
  }

  Status close(Deadline) override {
    end(control().closed_senders);
    return {};
  }

 private:
  ring::QueueControl& control() const { return shared_.queue.control(); }

  Status wait_and_push(std::span<const std::byte> message, Deadline deadline) {
    Status pushed = fail(Errc::would_block, "send");
    auto announce = counting(control().space_waiters);
    const auto done = [&] {
      if (!shared_.queue.looks_roomy(message.size())) return false;
      pushed = shared_.queue.push(message, deadline);
      return pushed || pushed.error().code != Errc::would_block;
    };
    Status waited =
        ring::wait_until(spec_.wait, done, announce, control().space_word, deadline, peer_died_);
    announce(false);
    return waited ? pushed : waited;
  }

  void end(std::atomic<std::uint32_t>& count) {
    if (std::exchange(ended_, true)) return;
    count.fetch_add(1, std::memory_order_seq_cst);
    control().data_word.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(control().data_word, everyone);
  }

  Shared shared_;
  ChannelSpec spec_;
  bool ended_ = false;
  const std::atomic<std::uint32_t>* peer_died_;
};

class MutexReceiver final : public Receiver {
 public:
  MutexReceiver(Shared shared, const ChannelSpec& spec, const OpenContext& context)
      : shared_(std::move(shared)), spec_(spec), peer_died_(context.peer_died) {}
  ~MutexReceiver() override { announce_wait(false); }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    Result<std::size_t> result = fail(Errc::would_block, "receive");
    const auto done = [&] { return try_pop(buffer, deadline, result); };
    if (!done()) {
      auto announce = counting(control().data_waiters);
      Status waited =
          ring::wait_until(spec_.wait, done, announce, control().data_word, deadline, peer_died_);
      announce(false);
      if (!waited) return tl::make_unexpected(waited.error());
    }
    // Every waiting sender looks whether its own message fits into the room there is now.
    if (result) wake(control().space_word, control().space_waiters, everyone);
    return result;
  }

  bool ready() override { return !shared_.queue.looks_empty() || all_ended(); }
  std::atomic<std::uint32_t>* futex_word() override { return &control().data_word; }
  void announce_wait(bool waiting) override {
    if (waiting == announced_) return;
    announced_ = waiting;
    if (waiting) {
      control().data_waiters.fetch_add(1, std::memory_order_seq_cst);
    } else {
      control().data_waiters.fetch_sub(1, std::memory_order_seq_cst);
    }
  }

 private:
  ring::QueueControl& control() const { return shared_.queue.control(); }

  bool all_ended() const {
    return control().closed_senders.load(std::memory_order_seq_cst) +
               control().abandoned_senders.load(std::memory_order_seq_cst) >=
           spec_.senders;
  }

  // True when `result` is the answer of the call, false when there is nothing yet.
  bool try_pop(std::span<std::byte> buffer, Deadline deadline, Result<std::size_t>& result) {
    const bool ended = all_ended();  // before the look: what was sent before the end is drained
    if (!shared_.queue.looks_empty()) {
      result = shared_.queue.pop(buffer, deadline);
      if (result || result.error().code != Errc::would_block) return true;
      if (!shared_.queue.looks_empty()) return false;
    }
    if (!ended) return false;
    const bool clean = control().abandoned_senders.load(std::memory_order_seq_cst) == 0;
    result = fail(clean ? Errc::closed : Errc::peer_died, "receive");
    return true;
  }

  Shared shared_;
  ChannelSpec spec_;
  bool announced_ = false;
  const std::atomic<std::uint32_t>* peer_died_;
};

}  // namespace

std::size_t queue_control_bytes() { return round_up_to_page(sizeof(ring::QueueControl)); }

std::uint64_t queue_ring_bytes(const ChannelSpec& spec) {
  const std::uint64_t depth = spec.depth != 0 ? spec.depth : 2;
  std::uint64_t bytes = ring::queue_record(spec.largest_message) * depth;
  if (spec.depth == 0) bytes = std::max(bytes, default_queue_bytes);
  return round_up_to_page(bytes);
}

std::uint64_t queue_object_bytes(const ChannelSpec& spec) {
  return queue_control_bytes() + queue_ring_bytes(spec);
}

Capabilities queue_capabilities(const ChannelSpec& spec) {
  Capabilities capabilities;
  capabilities.many_senders = true;
  capabilities.many_receivers = true;
  capabilities.spin = true;
  capabilities.hybrid = true;
  capabilities.survives_peer_kill = true;
  capabilities.largest_message = largest_in_queue;
  if (spec.largest_message > largest_in_queue) {
    capabilities.refusal = "needs messages above 1GiB";
    return capabilities;
  }
  capabilities.depth = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(depth_for(spec), std::numeric_limits<std::uint32_t>::max()));
  return capabilities;
}

Granted queue_granted(const ChannelSpec& spec) {
  return {.values = {{"buffer_bytes", static_cast<std::int64_t>(queue_ring_bytes(spec))},
                     {"depth", static_cast<std::int64_t>(depth_for(spec))}},
          .note = {}};
}

Status initialise_queue(const Mapping& memory) {
  return ring::LockedQueue::initialise(*reinterpret_cast<ring::QueueControl*>(memory.data()));
}

std::unique_ptr<Sender> make_queue_sender(Mapping memory, const ChannelSpec& spec,
                                          const OpenContext& context) {
  return std::make_unique<MutexSender>(queue_in(std::move(memory), spec), spec, context);
}

std::unique_ptr<Receiver> make_queue_receiver(Mapping memory, const ChannelSpec& spec,
                                              const OpenContext& context) {
  return std::make_unique<MutexReceiver>(queue_in(std::move(memory), spec), spec, context);
}

}  // namespace ipcmark
