#include "scenarios/plan/suite.hpp"

#include <algorithm>

namespace ipcmark {

namespace {

const Suite::Setting* setting_of(const Suite& suite, const ScenarioEntry& scenario) {
  const auto found = suite.settings.find(scenario.name);
  return found == suite.settings.end() ? nullptr : &found->second;
}

}  // namespace

std::vector<std::uint64_t> sizes_of(const Suite& suite, const ScenarioEntry& scenario) {
  const Suite::Setting* setting = setting_of(suite, scenario);
  if (setting != nullptr && !setting->sizes.empty()) return setting->sizes;
  return scenario.timed ? suite.sizes : std::vector{scenario.default_size};
}

std::vector<std::uint64_t> untimed_sizes_of(const Suite& suite, const ScenarioEntry& scenario) {
  ScenarioEntry untimed = scenario;
  untimed.timed = false;
  return sizes_of(suite, untimed);
}

const Variants& variants_of(const Suite& suite, const ScenarioEntry& scenario) {
  const Suite::Setting* setting = setting_of(suite, scenario);
  return setting != nullptr && setting->variants ? *setting->variants : scenario.variants;
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
  if (has.pollable && !suite.waits.empty()) offered.push_back(Wait::poll);  // when it is named
  if (offered.empty()) return {Wait::block};
  if (!timed || has.one_process) return {offered.front()};  // nobody waits in one process
  if (suite.waits.empty()) return offered;
  std::vector<Wait> chosen;
  std::copy_if(offered.begin(), offered.end(), std::back_inserter(chosen), [&suite](Wait wait) {
    return std::find(suite.waits.begin(), suite.waits.end(), wait) != suite.waits.end();
  });
  return chosen.empty() ? std::vector{offered.front()} : chosen;
}

void apply_suite(const Suite& suite, const ScenarioEntry& scenario, RunSpec& spec) {
  if (scenario.timed) {
    spec.warmup_ns = suite.warmup_ns;
    const auto setting = suite.settings.find(scenario.name);
    spec.messages = setting == suite.settings.end() ? 0 : setting->second.messages;
    spec.duration_ns = spec.messages > 0 ? 0 : suite.duration_ns;
    spec.verify = suite.verify;
  } else {
    spec.verify = Verify::full;
  }
}

}  // namespace ipcmark
