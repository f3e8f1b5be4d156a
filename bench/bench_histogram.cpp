// What it costs to keep a measured value, and to make figures of a histogram.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "results/model/histogram.hpp"

namespace {

// Trips around 15 us with a long tail, as a kernel mechanism gives them.
std::vector<std::uint64_t> trips() {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> shape(9.6, 0.4);
  std::vector<std::uint64_t> values(4096);
  for (auto& value : values) value = static_cast<std::uint64_t>(shape(random));
  return values;
}

void record(benchmark::State& state) {
  const auto values = trips();
  ipcmark::Histogram histogram;
  std::size_t i = 0;
  for (auto _ : state) histogram.record(values[i++ % values.size()]);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(record);

void quantile(benchmark::State& state) {
  ipcmark::Histogram histogram;
  for (const auto value : trips()) histogram.record(value);
  for (auto _ : state) benchmark::DoNotOptimize(histogram.quantile(0.99));
}
BENCHMARK(quantile);

void merge(benchmark::State& state) {
  ipcmark::Histogram from;
  for (const auto value : trips()) from.record(value);
  ipcmark::Histogram into;
  for (auto _ : state) into.merge(from);
  benchmark::DoNotOptimize(into.count());
}
BENCHMARK(merge);

void create(benchmark::State& state) {
  for (auto _ : state) {
    ipcmark::Histogram histogram;
    benchmark::DoNotOptimize(histogram.count());
  }
}
BENCHMARK(create);

}  // namespace

BENCHMARK_MAIN();
