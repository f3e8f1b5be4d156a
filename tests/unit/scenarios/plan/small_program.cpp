#include "tests/unit/scenarios/plan/small_program.hpp"

#include <algorithm>

namespace ipcmark {
namespace {

Capabilities plain(const ChannelSpec&) {
  Capabilities result;
  result.largest_message = largest_size;
  return result;
}
Capabilities spinning(const ChannelSpec& spec) {
  Capabilities result = plain(spec);
  result.spin = true;
  return result;
}

BackendEntry backend(const char* name, Capabilities (*capabilities)(const ChannelSpec&)) {
  BackendEntry entry;
  entry.name = name;
  entry.capabilities = capabilities;
  if (capabilities == nullptr) entry.compiled_out = "not built here";
  return entry;
}

}  // namespace

Program small_program() {
  Program program;
  program.registry.backends = {backend("pipe", plain), backend("ring", spinning),
                               backend("absent", nullptr)};
  for (const char* name : {"futex", "none"}) {
    LockEntry lock;
    lock.name = name;
    program.registry.locks.push_back(lock);
  }
  program.scenarios = built_in_scenarios();
  return program;
}

Request request_of(std::uint64_t seed) {
  Request request;
  request.seed = seed;
  request.cpus_available = 2;
  return request;
}

std::size_t count(const Plan& plan, const std::string& scenario) {
  return static_cast<std::size_t>(
      std::count_if(plan.cells.begin(), plan.cells.end(),
                    [&](const RunSpec& cell) { return cell.scenario == scenario; }));
}

}  // namespace ipcmark
