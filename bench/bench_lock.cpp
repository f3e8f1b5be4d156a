// What uncontended locks and notifiers cost: for every row of the registry's locks one lock() and
// one unlock(), for every notifier one signal() and the wait() that finds it.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "backends/registry.hpp"
#include "scenarios/cleanup/manifest.hpp"

namespace {

using namespace ipcmark;

void once(benchmark::State& state, Lock& lock) {
  for (auto _ : state) {
    if (!lock.lock(Deadline::never()) || !lock.unlock()) {
      state.SkipWithError("lock failed");
      break;
    }
  }
}

void once(benchmark::State& state, Notifier& notifier) {
  for (auto _ : state) {
    if (!notifier.signal() || !notifier.wait(Deadline::immediate())) {
      state.SkipWithError("notifier failed");
      break;
    }
  }
}

// The rows of one table, each with an object of its own. False when one cannot be made.
template <class Object, class Handle>
struct Rows {
  std::vector<std::unique_ptr<Object>> objects;
  std::vector<std::unique_ptr<Handle>> handles;

  template <class Entry>
  bool add(const char* kind, const std::vector<Entry>& entries, Names& names,
           const OpenContext& context) {
    for (const Entry& row : entries) {
      std::string unsupported_reason = row.compiled_out;
      if (unsupported_reason.empty() && row.probe != nullptr) unsupported_reason = row.probe();
      if (!unsupported_reason.empty()) {
        std::fprintf(stderr, "left out: %s: %s\n", row.name, unsupported_reason.c_str());
        continue;
      }
      auto object = row.create(names);
      if (!object) return false;
      auto handle = row.open((*object)->address(), context);
      if (!handle) return false;
      objects.push_back(std::move(*object));
      handles.push_back(std::move(*handle));
      benchmark::RegisterBenchmark(
          (std::string(kind) + row.name).c_str(),
          [mine = handles.back().get()](benchmark::State& state) { once(state, *mine); });
    }
    return true;
  }
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  auto names = Manifest::create();
  if (!names) {
    std::fprintf(stderr, "%s\n", names.error().c_str());
    return 2;
  }
  const std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
  context.peer_died = &peer_died;
  const Registry registry = built_in_registry();
  Rows<LockObject, Lock> locks;
  Rows<NotifierObject, Notifier> notifiers;
  if (!locks.add("lock/", registry.locks, **names, context)) return 2;
  if (!notifiers.add("notifier/", registry.notifiers, **names, context)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
