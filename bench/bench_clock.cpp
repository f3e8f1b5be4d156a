// What one reading of the clock costs: the floor of every timestamp.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "backends/deadline.hpp"

namespace {

void now(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ipcmark::now_ns());
}
BENCHMARK(now);

void deadline_remaining(benchmark::State& state) {
  const auto deadline = ipcmark::Deadline::after(3'600'000'000'000U);
  for (auto _ : state) benchmark::DoNotOptimize(deadline.remaining_ns());
}
BENCHMARK(deadline_remaining);

// Taken twice a trial for each process's cost.
void getrusage_self(benchmark::State& state) {
  rusage usage{};
  for (auto _ : state) {
    getrusage(RUSAGE_SELF, &usage);
    benchmark::DoNotOptimize(usage);
  }
}
BENCHMARK(getrusage_self);

}  // namespace

BENCHMARK_MAIN();
