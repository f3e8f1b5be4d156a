// What an uncontended lock costs: every row of the registry's locks, one lock() and one unlock().
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>

#include "backends/registry.hpp"
#include "scenarios/launch/manifest.hpp"

namespace {

using namespace ipcmark;

void lock_and_unlock(benchmark::State& state, Lock& lock) {
  for (auto _ : state) {
    if (!lock.lock(Deadline::never()) || !lock.unlock()) {
      state.SkipWithError("lock failed");
      break;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  auto names = Manifest::create();
  if (!names) {
    std::fprintf(stderr, "%s\n", explain(names.error()).c_str());
    return 2;
  }
  const std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
  context.peer_died = &peer_died;
  const Registry registry = built_in_registry();
  std::vector<std::unique_ptr<LockObject>> objects;
  std::vector<std::unique_ptr<Lock>> locks;
  for (const auto& row : registry.locks) {
    std::string obstacle = row.compiled_out;
    if (obstacle.empty() && row.probe != nullptr) obstacle = row.probe();
    if (!obstacle.empty()) {
      std::fprintf(stderr, "left out: %s: %s\n", row.name, obstacle.c_str());
      continue;
    }
    auto object = row.create(**names);
    if (!object) return 2;
    objects.push_back(std::move(*object));
    auto lock = row.open(objects.back()->address(), context);
    if (!lock) return 2;
    locks.push_back(std::move(*lock));
    benchmark::RegisterBenchmark(row.name, [mine = locks.back().get()](benchmark::State& state) {
      lock_and_unlock(state, *mine);
    });
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
