// What verification and touching cost per byte: the price of `--verify` and `--touch`.
#include <benchmark/benchmark.h>

#include <vector>

#include "scenarios/traffic/payload.hpp"
#include "scenarios/traffic/touch.hpp"

namespace {

std::vector<std::byte> payload(const benchmark::State& state) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)));
  ipcmark::fill_pattern(bytes, 1, 2, 3);
  return bytes;
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void checksum(benchmark::State& state) {
  const auto bytes = payload(state);
  for (auto _ : state) benchmark::DoNotOptimize(ipcmark::checksum(bytes, 1));
  count_bytes(state);
}
BENCHMARK(checksum)->Arg(64)->Arg(1024)->Arg(65536)->Arg(1 << 20);

void stamp_full(benchmark::State& state) {
  auto bytes = payload(state);
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    ipcmark::stamp_message(bytes, {1, sequence++}, 1, ipcmark::Verify::full);
    benchmark::ClobberMemory();
  }
  count_bytes(state);
}
BENCHMARK(stamp_full)->Arg(64)->Arg(1024)->Arg(65536)->Arg(1 << 20);

void examine_full(benchmark::State& state) {
  auto bytes = payload(state);
  ipcmark::stamp_message(bytes, {1, 7}, 1, ipcmark::Verify::full);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ipcmark::examine_message(bytes, bytes.size(), 1, ipcmark::Verify::full));
  }
  count_bytes(state);
}
BENCHMARK(examine_full)->Arg(64)->Arg(1024)->Arg(65536)->Arg(1 << 20);

void touch_write(benchmark::State& state) {
  auto bytes = payload(state);
  std::uint64_t turn = 0;
  for (auto _ : state) {
    ipcmark::touch_write(bytes, turn++);
    benchmark::ClobberMemory();
  }
  count_bytes(state);
}
BENCHMARK(touch_write)->Arg(64)->Arg(1024)->Arg(65536)->Arg(1 << 20);

void touch_read(benchmark::State& state) {
  const auto bytes = payload(state);
  for (auto _ : state) benchmark::DoNotOptimize(ipcmark::touch_read(bytes));
  count_bytes(state);
}
BENCHMARK(touch_read)->Arg(64)->Arg(1024)->Arg(65536)->Arg(1 << 20);

}  // namespace

BENCHMARK_MAIN();
