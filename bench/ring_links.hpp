// What carries messages between processes, of ipcmark's and of others: each link gives an end to a
// process, which calls it with a message's bytes. All block until it is done.
#pragma once

#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <memory>
#include <string>

#include "backends/registry.hpp"
#include "backends/shared_memory/event_count.hpp"
#include "backends/shared_memory/waiting.hpp"
#include "bench/paired.hpp"
#include "bench/spsc_ring.hpp"

namespace ipcmark::bench {

inline void require(bool ok, const char* what = "a message was lost") {
  if (!ok) stop(what);
}

class NoNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return std::string("ipcmark.bench"); }
  void released(const std::string&) override {}
};

inline const BackendEntry& entry_of(const char* name) {
  static const Registry registry = built_in_registry();
  const BackendEntry* entry = registry.backend(name);
  if (entry == nullptr) stop("a mechanism is missing from this build");
  return *entry;
}

// A channel of ipcmark's.
class ChannelLink {
 public:
  ChannelLink(const char* backend, const ChannelSpec& spec)
      : entry_(entry_of(backend)), size_(spec.largest_message) {
    NoNames names;
    auto channel = entry_.create(spec, 1, names);
    if (!channel) stop(explain(channel.error()).c_str());
    channel_ = std::move(*channel);
  }
  auto sender(std::uint32_t index = 0) const {
    auto end = entry_.open_sender(channel_->address(), context(index));
    if (!end) stop(explain(end.error()).c_str());
    return [end = std::move(*end), size = size_](const std::byte* message) {
      require(end->send({message, size}, Deadline::never()).has_value());
    };
  }
  auto receiver(std::uint32_t index = 0) const {
    auto end = entry_.open_receiver(channel_->address(), context(index));
    if (!end) stop(explain(end.error()).c_str());
    return [end = std::move(*end), size = size_](std::byte* message) {
      require(end->receive({message, size}, Deadline::never()).value_or(size + 1) == size);
    };
  }

 private:
  static OpenContext& context(std::uint32_t index) {
    static const std::atomic<std::uint32_t> peer_died{0};
    static OpenContext context{.peer_died = &peer_died};
    context.index = index;
    return context;
  }
  const BackendEntry& entry_;
  std::size_t size_;
  std::unique_ptr<Channel> channel_;
};

template <class Try>
void spin(Try&& attempt) {
  while (!attempt()) pause_cpu();
}

template <std::size_t size>
class PlainLink {
 public:
  auto sender(std::uint32_t = 0) const {
    return [ring = SpscRing<size>(*memory_)](const std::byte* message) mutable {
      spin([&] { return ring.try_push(message); });
    };
  }
  auto receiver(std::uint32_t = 0) const {
    return [ring = SpscRing<size>(*memory_)](std::byte* message) mutable {
      spin([&] { return ring.try_pop(message); });
    };
  }

 private:
  SharedObject<typename SpscRing<size>::Memory> memory_;
};

template <std::size_t size>
struct Block {
  std::byte bytes[size];
};

template <std::size_t size>
class BoostSpscLink {
 public:
  auto sender(std::uint32_t = 0) const {
    return [this](const std::byte* message) {
      const auto& block = *reinterpret_cast<const Block<size>*>(message);
      spin([&] { return queue_->push(block); });
    };
  }
  auto receiver(std::uint32_t = 0) const {
    return [this](std::byte* message) {
      auto& block = *reinterpret_cast<Block<size>*>(message);
      spin([&] { return queue_->pop(block); });
    };
  }

 private:
  using Queue = boost::lockfree::spsc_queue<Block<size>, boost::lockfree::capacity<1024>>;
  SharedObject<Queue> queue_;
};

// With the rings' own hybrid wait around it.
template <std::size_t size>
class BoostQueueLink {
 public:
  auto sender(std::uint32_t = 0) const {
    return [this](const std::byte* message) {
      const auto& block = *reinterpret_cast<const Block<size>*>(message);
      wait([&] { return shared_->queue.bounded_push(block); }, shared_->space);
      ring::signal(shared_->data);
    };
  }
  auto receiver(std::uint32_t = 0) const {
    return [this](std::byte* message) {
      auto& block = *reinterpret_cast<Block<size>*>(message);
      wait([&] { return shared_->queue.pop(block); }, shared_->data);
      ring::signal(shared_->space);
    };
  }

 private:
  template <class Try>
  static void wait(Try&& attempt, ring::EventCount& waiters) {
    if (attempt()) return;
    ring::Announcement announcement(waiters);
    (void)ring::wait_until(
        Wait::hybrid, attempt, [&](bool waiting) { announcement.set(waiting); }, waiters.word,
        Deadline::never(), nullptr);
  }
  struct Shared {
    boost::lockfree::queue<Block<size>, boost::lockfree::fixed_sized<true>,
                           boost::lockfree::capacity<4096>>
        queue;
    alignas(128) ring::EventCount data;
    alignas(128) ring::EventCount space;
  };
  SharedObject<Shared> shared_;
};

}  // namespace ipcmark::bench
