#include "scenarios/suite.hpp"

namespace ipcmark {

namespace {

constexpr std::uint64_t ms = 1'000'000;

}  // namespace

const std::vector<Suite>& suites() {
  // quick: at most 120 s for all that is built in, on two cores.
  static const std::vector<Suite> all{
      {"quick", 6, {64, 1U << 10U, 64U << 10U}, false, 15 * ms, 90 * ms},
      {"standard", 20, {64, 1U << 10U, 4U << 10U, 64U << 10U, 1U << 20U}, true, 50 * ms, 300 * ms},
  };
  return all;
}

std::vector<Wait> waits_of(const Suite& suite, const BackendEntry& backend, std::uint64_t size,
                           bool timed) {
  if (backend.capabilities == nullptr) return {Wait::block};
  ChannelSpec channel;
  channel.largest_message = size;
  const Capabilities has = backend.capabilities(channel);
  std::vector<Wait> offered;
  if (has.block) offered.push_back(Wait::block);
  if (has.spin) offered.push_back(Wait::spin);
  if (has.hybrid) offered.push_back(Wait::hybrid);
  if (offered.empty()) return {Wait::block};
  if (!timed || has.one_process) return {offered.front()};  // nobody waits in one process
  if (suite.every_wait) return offered;
  std::vector<Wait> chosen{offered.front()};
  if (has.spin && chosen.front() != Wait::spin) chosen.push_back(Wait::spin);
  return chosen;
}

void apply_suite(const Suite& suite, const ScenarioEntry& scenario, RunSpec& spec) {
  if (scenario.timed) {
    spec.warmup_ns = suite.warmup_ns;
    spec.duration_ns = suite.duration_ns;
  } else {
    spec.verify = Verify::full;
  }
}

}  // namespace ipcmark
