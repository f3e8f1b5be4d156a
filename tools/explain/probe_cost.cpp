#include "tools/explain/probe_cost.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <thread>

#include "backends/transport.hpp"
#include "scenarios/machine/placement.hpp"
#include "tools/explain/kernel_events.hpp"

namespace ipcmark {
namespace {

constexpr double probes_of_a_call = 2;  // in and out

// Of several tries the fastest: an interrupt may fall into any of them.
double empty_call_ns() {
  constexpr int tries = 8;
  constexpr int calls = 500;
  double fastest_ns = std::numeric_limits<double>::max();
  for (int i = 0; i < tries; ++i) {
    const std::uint64_t begin_ns = now_ns();
    for (int call = 0; call < calls; ++call) ::syscall(SYS_getppid);
    fastest_ns = std::min(fastest_ns, static_cast<double>(now_ns() - begin_ns) / calls);
  }
  return fastest_ns;
}

// 0: they could not be recorded.
double recorded_call_ns(int cpu) {
  auto events = KernelEvents::create(Detail::fine, {cpu});
  if (!events || !events->begin({::getpid()})) return 0;
  const double call_ns = empty_call_ns();
  events->end();
  return call_ns;
}

double cost_on_this_thread_ns(int cpu) {
  if (pin_this_thread(cpu) != 0) return 0;
  const double before_ns = empty_call_ns();
  const double recorded_ns = recorded_call_ns(cpu);
  const double bare_ns = std::min(before_ns, empty_call_ns());
  return std::max(recorded_ns - bare_ns, 0.0) / probes_of_a_call;
}

}  // namespace

double cost_of_probe_ns(int cpu) {
  double cost_ns = 0;
  std::thread([cpu, &cost_ns] { cost_ns = cost_on_this_thread_ns(cpu); }).join();
  return cost_ns;
}

}  // namespace ipcmark
