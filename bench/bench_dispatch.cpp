// Whether one virtual call per message matters: the same tiny ring, called directly and through an
// abstract class of which the compiler cannot know the type, in one thread. Between two cores,
// where each message moves a cache line, the difference is smaller still.
#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>

namespace {

constexpr std::size_t slots = 1024;

class Queue {
 public:
  virtual ~Queue() = default;
  virtual bool push(const std::byte* message, std::size_t size) = 0;
  virtual std::size_t pop(std::byte* into) = 0;
};

class Ring final {
 public:
  bool push(const std::byte* message, std::size_t size) {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == slots) return false;
    Slot& slot = slots_[head % slots];
    slot.size = size;
    std::memcpy(slot.bytes, message, size);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }
  std::size_t pop(std::byte* into) {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (head_.load(std::memory_order_acquire) == tail) return 0;
    const Slot& slot = slots_[tail % slots];
    std::memcpy(into, slot.bytes, slot.size);
    const std::size_t size = slot.size;
    tail_.store(tail + 1, std::memory_order_release);
    return size;
  }

 private:
  struct Slot {
    std::size_t size;
    std::byte bytes[120];
  };
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::array<Slot, slots> slots_{};
};

class VirtualRing final : public Queue {
 public:
  bool push(const std::byte* message, std::size_t size) override {
    return ring_.push(message, size);
  }
  std::size_t pop(std::byte* into) override { return ring_.pop(into); }

 private:
  Ring ring_;
};

// Two types behind the pointer, so that no compiler can turn the calls into direct ones.
class Refusing final : public Queue {
 public:
  bool push(const std::byte*, std::size_t) override { return false; }
  std::size_t pop(std::byte*) override { return 0; }
};

template <class Q>
void push_and_pop(benchmark::State& state, Q& queue) {
  std::byte message[64] = {};
  std::byte got[120];
  for (auto _ : state) {
    benchmark::DoNotOptimize(queue.push(message, sizeof message));
    benchmark::DoNotOptimize(queue.pop(got));
  }
  state.SetItemsProcessed(state.iterations());
}

void direct_calls(benchmark::State& state) {
  const auto ring = std::make_unique<Ring>();
  push_and_pop(state, *ring);
}
BENCHMARK(direct_calls);

void virtual_calls(benchmark::State& state) {
  std::unique_ptr<Queue> queue;
  if (state.max_iterations > 0) {
    queue = std::make_unique<VirtualRing>();
  } else {
    queue = std::make_unique<Refusing>();
  }
  benchmark::DoNotOptimize(queue);
  push_and_pop(state, *queue);
}
BENCHMARK(virtual_calls);

}  // namespace

BENCHMARK_MAIN();
