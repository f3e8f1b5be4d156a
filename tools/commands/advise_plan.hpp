// What has to be measured to answer a need.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/advice/advice.hpp"
#include "scenarios/plan/plan.hpp"

namespace ipcmark {

struct AdvisePlanOptions {
  Request cells;                      // options of cells that were named, and cells to leave out
  std::vector<std::string> backends;  // only these; empty: every one that can
  std::uint32_t trials = 0;           // 0: as many as the need takes
  std::uint64_t seed = 1;
};

// Pure. The need's own cells and, where a rate, a CPU budget or a p99 is judged by it, the
// ping-pong of the same mechanisms. Cells of waits that a backend has not are left out. One
// sentence when there is nothing to measure.
tl::expected<Plan, std::string> plan_for(const Program& program, const Need& need,
                                         const AdvisePlanOptions& options);

}  // namespace ipcmark
