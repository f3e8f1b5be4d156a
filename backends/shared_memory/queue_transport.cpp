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

// Before this a waiter has counted itself and then looked under the mutex, so either it has seen
// the change or it is counted here. Who is woken by a token is alone, and gets one for each time it
// has announced itself.
void wake(const ring::WakeUp& by, std::atomic<std::uint32_t>& word,
          std::atomic<std::uint32_t>& waiters, int max) {
  if (waiters.load(std::memory_order_seq_cst) == 0) return;
  if (!by.by_futex() && waiters.exchange(0, std::memory_order_seq_cst) == 0) return;
  by.wake(word, max);
}

constexpr int everyone = std::numeric_limits<int>::max();

// Of an end that sleeps by `by`; `counted` says whether it is among the waiters.
void announce(std::atomic<std::uint32_t>& waiters, ring::WakeUp& by, bool& counted, bool waiting) {
  if (by.by_futex()) {
    if (waiting == std::exchange(counted, waiting)) return;
    waiters.fetch_add(waiting ? 1U : ~0U, std::memory_order_seq_cst);
    return;
  }
  if (waiting) {
    by.drain();
    waiters.store(1, std::memory_order_seq_cst);
  } else if (counted && waiters.exchange(0, std::memory_order_seq_cst) == 0) {
    by.expect_token();
  }
  counted = waiting;
}

// What a sender and a receiver both hold.
struct QueueAccess {
  QueueAccess(Mapping memory, ring::WakeEnds wake, const ChannelSpec& spec,
              const OpenContext& context)
      : mapping(std::move(memory)),
        queue(*reinterpret_cast<ring::QueueControl*>(mapping.data()),
              mapping.data() + queue_control_bytes(), queue_ring_bytes(spec), spec.largest_message),
        data(std::move(wake.data)),
        space(std::move(wake.space)),
        spec(spec),
        peer_died(context.peer_died) {}

  ring::QueueControl& control() const { return queue.control(); }

  // Until `done()`; sleeps on `word`, by `by`, and is counted among `waiters` meanwhile.
  template <class Done>
  Status wait(Done&& done, std::atomic<std::uint32_t>& word, std::atomic<std::uint32_t>& waiters,
              ring::WakeUp& by, Deadline deadline) {
    bool counted = false;
    const auto announced = [&](bool waiting) { announce(waiters, by, counted, waiting); };
    const auto sleep = [&by](std::atomic<std::uint32_t>& on, std::uint32_t seen, Deadline until) {
      by.sleep(on, seen, until);
    };
    Status waited = ring::wait_until(spec.wait, done, announced, word, deadline, peer_died, sleep);
    announced(false);
    return waited;
  }

  Mapping mapping;
  ring::LockedQueue queue;
  ring::WakeUp data;   // wakes a receiver
  ring::WakeUp space;  // wakes a sender
  ChannelSpec spec;
  const std::atomic<std::uint32_t>* peer_died;
};

class MutexSender final : public Sender {
 public:
  MutexSender(Mapping memory, ring::WakeEnds wake, const ChannelSpec& spec,
              const OpenContext& context)
      : access_(std::move(memory), std::move(wake), spec, context) {}
  ~MutexSender() override { end(control().abandoned_senders); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > access_.spec.largest_message) return fail(Errc::too_large, "send");
    if (ended_) return fail(Errc::invalid, "send");
    Status status = access_.queue.push(message, deadline);
    if (!status && status.error().code == Errc::would_block && !deadline.is_immediate()) {
      status = wait_and_push(message, deadline);
    }
    if (status) wake(access_.data, control().data_word, control().data_waiters, 1);
    return status;
  }

  Status close(Deadline) override {
    end(control().closed_senders);
    return {};
  }

 private:
  ring::QueueControl& control() const { return access_.control(); }

  Status wait_and_push(std::span<const std::byte> message, Deadline deadline) {
    Status pushed = fail(Errc::would_block, "send");
    const auto done = [&] {
      if (!access_.queue.looks_roomy(message.size())) return false;
      pushed = access_.queue.push(message, deadline);
      return pushed || pushed.error().code != Errc::would_block;
    };
    Status waited =
        access_.wait(done, control().space_word, control().space_waiters, access_.space, deadline);
    return waited ? pushed : waited;
  }

  void end(std::atomic<std::uint32_t>& count) {
    if (std::exchange(ended_, true)) return;
    count.fetch_add(1, std::memory_order_seq_cst);
    access_.data.wake(control().data_word, everyone);
  }

  QueueAccess access_;
  bool ended_ = false;
};

class MutexReceiver final : public Receiver {
 public:
  MutexReceiver(Mapping memory, ring::WakeEnds wake, const ChannelSpec& spec,
                const OpenContext& context)
      : access_(std::move(memory), std::move(wake), spec, context) {}
  ~MutexReceiver() override { announce_wait(false); }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    Result<std::size_t> result = fail(Errc::would_block, "receive");
    const auto done = [&] { return try_pop(buffer, deadline, result); };
    if (!done()) {
      Status waited =
          access_.wait(done, control().data_word, control().data_waiters, access_.data, deadline);
      if (!waited) return tl::make_unexpected(waited.error());
    }
    // Every waiting sender looks whether its own message fits into the room there is now.
    if (result) wake(access_.space, control().space_word, control().space_waiters, everyone);
    return result;
  }

  bool ready() override { return !access_.queue.looks_empty() || all_ended(); }
  std::atomic<std::uint32_t>* futex_word() override {
    return access_.data.by_futex() ? &control().data_word : nullptr;
  }
  int descriptor() const override { return access_.data.descriptor(); }
  bool must_announce() override { return true; }
  void announce_wait(bool waiting) override {
    announce(control().data_waiters, access_.data, announced_, waiting);
  }

 private:
  ring::QueueControl& control() const { return access_.control(); }

  bool all_ended() const {
    return control().closed_senders.load(std::memory_order_seq_cst) +
               control().abandoned_senders.load(std::memory_order_seq_cst) >=
           access_.spec.senders;
  }

  // True when `result` is the answer of the call, false when there is nothing yet.
  bool try_pop(std::span<std::byte> buffer, Deadline deadline, Result<std::size_t>& result) {
    const bool ended = all_ended();  // before the look: what was sent before the end is drained
    if (!access_.queue.looks_empty()) {
      result = access_.queue.pop(buffer, deadline);
      if (result || result.error().code != Errc::would_block) return true;
      if (!access_.queue.looks_empty()) return false;
    }
    if (!ended) return false;
    const bool clean = control().abandoned_senders.load(std::memory_order_seq_cst) == 0;
    result = fail(clean ? Errc::closed : Errc::peer_died, "receive");
    return true;
  }

  QueueAccess access_;
  bool announced_ = false;
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
  // A token wakes whoever takes it, which of several sleepers would be the wrong one.
  capabilities.many_senders = capabilities.many_receivers = spec.wake == Wake::futex;
  capabilities.chooses_wake = true;
  capabilities.pollable = spec.wake != Wake::futex;
  capabilities.unsupported_reason = ring::wake_unsupported(spec);
  if (spec.senders > 1 && !capabilities.many_senders)
    capabilities.unsupported_reason = "needs many_senders";
  if (spec.receivers > 1 && !capabilities.many_receivers) {
    capabilities.unsupported_reason = "needs many_receivers";
  }
  capabilities.spin = true;
  capabilities.hybrid = true;
  capabilities.survives_peer_kill = true;
  capabilities.largest_message = largest_in_queue;
  if (spec.largest_message > largest_in_queue) {
    capabilities.unsupported_reason = "needs messages above 1GiB";
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

std::unique_ptr<Sender> make_queue_sender(Mapping memory, ring::WakeEnds wake,
                                          const ChannelSpec& spec, const OpenContext& context) {
  return std::make_unique<MutexSender>(std::move(memory), std::move(wake), spec, context);
}

std::unique_ptr<Receiver> make_queue_receiver(Mapping memory, ring::WakeEnds wake,
                                              const ChannelSpec& spec, const OpenContext& context) {
  return std::make_unique<MutexReceiver>(std::move(memory), std::move(wake), spec, context);
}

}  // namespace ipcmark
