// What a suite runs when nothing else is asked: sizes, waits, counts and times.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/plan.hpp"

namespace ipcmark {

struct Suite {
  const char* name;
  std::uint32_t trials;
  std::vector<std::uint64_t> sizes;  // of the timed scenarios
  bool every_wait;                   // else block (or the first offered), and spin where offered
  std::uint64_t warmup_ns, duration_ns;
};

const std::vector<Suite>& suites();

// The waits a suite runs a backend with; empty when it is not compiled in (one cell then stands for
// it, with block).
std::vector<Wait> waits_of(const Suite& suite, const BackendEntry& backend, std::uint64_t size,
                           bool timed);

// Sets what every cell of a scenario has: verification, times.
void apply_suite(const Suite& suite, const ScenarioEntry& scenario, RunSpec& spec);

}  // namespace ipcmark
