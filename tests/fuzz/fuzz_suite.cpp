// The reader of suites, and the plan that is made of one.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "scenarios/plan/plan.hpp"
#include "scenarios/plan/suite.hpp"

using namespace ipcmark;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Program program{built_in_registry(), built_in_scenarios()};
  Request request;
  request.suite = "fuzz.json";
  request.suite_text.emplace(reinterpret_cast<const char*>(data), size);
  request.seed = 1;
  request.cpus_available = 2;
  const auto plan = make_plan(program, request);
  if (!plan) {
    if (plan.error().empty() || plan.error().find('\n') != std::string::npos) std::abort();
    return 0;
  }
  // A cell's key says which cell it is.
  for (const RunSpec& cell : plan->cells) {
    const auto parsed = parse_key(program, cell.key());
    if (!parsed || parsed->key() != cell.key()) std::abort();
  }
  return 0;
}
