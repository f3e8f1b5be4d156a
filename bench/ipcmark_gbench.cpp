// Every cell of a suite as a Google Benchmark: for those who live in that ecosystem.
//
//   ipcmark_gbench [--suite NAME] --benchmark_filter=latency/pipe --benchmark_format=json
//
// The suite is one of those that are part of the program, quick unless another is named.
// One iteration is one trial in fresh processes; its manual time is the trial's own figure: the
// median round trip of a latency cell, the time per message of a throughput cell, else the run's
// wall time. Cells that are not possible here are left out and named on stderr.
#include <benchmark/benchmark.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/plan.hpp"

namespace {

using namespace ipcmark;

std::atomic<int> stop_signal{0};
void on_signal(int number) { stop_signal.store(number); }

double trial_seconds(const Trial& trial, double wall_s) {
  if (const auto found = trial.histograms.find("round_trip"); found != trial.histograms.end()) {
    return static_cast<double>(found->second.quantile(0.5)) * 1e-9;
  }
  if (const Metric* rate = trial.metric("rate"); rate != nullptr && rate->value > 0) {
    return 1.0 / rate->value;
  }
  return wall_s;
}

void run_cell(benchmark::State& state, const Program& program, const RunSpec& spec, Names& names) {
  TrialSetting setting;
  setting.cpus = place(spec, allowed_cpus()).cpus;
  setting.stop_signal = &stop_signal;
  double rate = 0;
  double bytes_rate = 0;
  for (auto _ : state) {
    const std::uint64_t begin = now_ns();
    const Trial trial = run_trial(program, spec, names, setting);
    if (trial.state != State::passed) {
      state.SkipWithError((std::string(to_string(trial.state)) + ": " + trial.reason).c_str());
      break;
    }
    state.SetIterationTime(trial_seconds(trial, static_cast<double>(now_ns() - begin) * 1e-9));
    if (const Metric* metric = trial.metric("rate")) rate += metric->value;
    if (const Metric* metric = trial.metric("bytes_rate")) bytes_rate += metric->value;
  }
  const auto averaged = benchmark::Counter::kAvgIterations;
  if (rate > 0) state.counters["rate"] = benchmark::Counter(rate, averaged);
  if (bytes_rate > 0) state.counters["bytes_rate"] = benchmark::Counter(bytes_rate, averaged);
}

// Why the cell cannot run here; empty when it can.
std::string unsupported_reason(const Program& program, const RunSpec& spec) {
  const ScenarioEntry* scenario = program.scenario(spec.scenario);
  const BackendEntry* backend =
      spec.backend.empty() ? nullptr : program.registry.backend(spec.backend);
  if (const auto placed = place(spec, allowed_cpus()); !placed.unsupported_reason.empty())
    return placed.unsupported_reason;
  if (backend != nullptr && *backend->compiled_out != '\0') return backend->compiled_out;
  const Layout layout = scenario->layout(spec, backend);
  if (!layout.unsupported_reason.empty()) return layout.unsupported_reason;
  for (const auto& channel : layout.channels) {
    std::string refusal = backend->capabilities(channel.spec).unsupported_reason;
    if (!refusal.empty()) return refusal;
    if (auto sentence = backend->probe(channel.spec); !sentence.empty()) return sentence;
  }
  if (const LockEntry* lock = program.registry.lock(spec.lock); !spec.lock.empty()) {
    if (*lock->compiled_out != '\0') return lock->compiled_out;
    return lock->probe == nullptr ? "" : lock->probe();
  }
  return "";
}

// Takes `--suite NAME` out of what Google Benchmark left of the command line.
void take_suite(int& argc, char** argv, std::string& suite) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) != "--suite") continue;
    suite = argv[i + 1];
    for (int left = i + 2; left < argc; ++left) argv[left - 2] = argv[left];
    argc -= 2;
    return;
  }
}

int run(const Program& program, int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  Request request;
  request.seed = 1;
  take_suite(argc, argv, request.suite);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const auto plan = make_plan(program, request);
  if (!plan) {
    std::fprintf(stderr, "%s\n", plan.error().c_str());
    return 2;
  }
  auto names = Manifest::create();
  if (!names) {
    std::fprintf(stderr, "%s\n", names.error().c_str());
    return 2;
  }
  for (const RunSpec& spec : plan->cells) {
    const std::string why = unsupported_reason(program, spec);
    if (!why.empty()) {
      std::fprintf(stderr, "left out: %s: %s\n", spec.key().c_str(), why.c_str());
      continue;
    }
    benchmark::RegisterBenchmark(spec.key().c_str(),
                                 [&program, &spec, &names](benchmark::State& state) {
                                   run_cell(state, program, spec, **names);
                                 })
        ->UseManualTime()
        ->Iterations(1)
        ->Unit(benchmark::kNanosecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return stop_signal.load() == 0 ? 0 : 128 + stop_signal.load();
}

}  // namespace

int main(int argc, char** argv) {
  const Program program{built_in_registry(), built_in_scenarios()};
  if (const auto code = run_as_worker_if_asked(program, argc, argv)) return *code;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return run(program, argc, argv);
}
