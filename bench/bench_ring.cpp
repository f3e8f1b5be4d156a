// What the rings cost inside one process, with nothing to wait for: put one message in and take it
// out again, copying both times, through the data structure and through the transport interface.
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "backends/kernel/mapping.hpp"
#include "backends/registry.hpp"
#include "backends/shared_memory/byte_ring.hpp"

namespace ipcmark {
namespace {

class NoNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return fail(Errc::unsupported, "name"); }
  void released(const std::string&) override {}
};

void byte_ring(benchmark::State& state) {
  const auto size = static_cast<std::uint64_t>(state.range(0));
  const std::uint64_t capacity = round_up_to_page(ring::min_capacity(size, 4));
  auto memory = create_anonymous_memory(page_bytes() + capacity);
  auto mapping = map_mirrored(memory.value().get(), page_bytes(), capacity);
  const ring::View view{reinterpret_cast<ring::Control*>(mapping.value().data()),
                        mapping->data() + page_bytes(), capacity};
  ring::Producer producer(view);
  ring::Consumer consumer(view, size);
  std::vector<std::byte> message(size, std::byte{1});
  std::vector<std::byte> buffer(size);
  for (auto _ : state) {
    if (!producer.has_room(size) && !producer.look()) break;
    std::memcpy(producer.payload(size), message.data(), size);
    producer.stage(size, size);
    producer.publish(std::memory_order_release);
    ring::Record record;
    if (consumer.look(record) != ring::Look::found) {
      state.SkipWithError("the message was lost");
      break;
    }
    std::memcpy(buffer.data(), record.payload, record.length);
    consumer.take(record, std::memory_order_release);
    benchmark::DoNotOptimize(buffer.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(byte_ring)->Arg(8)->Arg(64)->Arg(1024)->Arg(64 << 10);

void transport(benchmark::State& state, const char* name, Wait wait) {
  const Registry registry = built_in_registry();
  const BackendEntry* entry = registry.backend(name);
  const auto size = static_cast<std::uint64_t>(state.range(0));
  const std::atomic<std::uint32_t> peer_died{0};
  const OpenContext context{.peer_died = &peer_died};
  NoNames names;
  auto channel = entry->create({.largest_message = size, .wait = wait}, 1, names);
  if (!channel) {
    state.SkipWithError("cannot be created");
    return;
  }
  auto sender = entry->open_sender((*channel)->address(), context);
  auto receiver = entry->open_receiver((*channel)->address(), context);
  std::vector<std::byte> message(size, std::byte{1});
  std::vector<std::byte> buffer(size);
  for (auto _ : state) {
    if (!(*sender)->send(message, Deadline::never()) ||
        !(*receiver)->receive(buffer, Deadline::never())) {
      state.SkipWithError("the message was lost");
      break;
    }
    benchmark::DoNotOptimize(buffer.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(transport, shm_ring_spin, "shm_ring", Wait::spin)->Arg(64)->Arg(64 << 10);
BENCHMARK_CAPTURE(transport, shm_ring_block, "shm_ring", Wait::block)->Arg(64)->Arg(64 << 10);

}  // namespace
}  // namespace ipcmark

BENCHMARK_MAIN();
