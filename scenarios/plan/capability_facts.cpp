#include "scenarios/plan/capability_facts.hpp"

namespace ipcmark {

CapabilityFacts capability_facts(const Capabilities& capabilities) {
  CapabilityFacts facts{{"largest_message", std::to_string(capabilities.largest_message)},
                        {"depth", std::to_string(capabilities.depth)}};
  for (const auto& [name, flag] : capability_flags) facts[name] = capabilities.*flag ? "yes" : "no";
  if (!capabilities.unsupported_reason.empty())
    facts.emplace("refusal", capabilities.unsupported_reason);
  return facts;
}

CapabilityFacts capability_facts(const BackendEntry& backend, const RunSpec& spec) {
  if (backend.capabilities == nullptr) return {};
  CapabilityFacts facts = capability_facts(backend.capabilities(plain_channel(spec)));
  facts.emplace(group_fact, to_string(backend.group));
  return facts;
}

CapabilityFacts capability_facts(const Registry& registry, const RunSpec& spec) {
  if (const BackendEntry* backend = registry.backend(spec.backend)) {
    return capability_facts(*backend, spec);
  }
  if (const LockEntry* lock = registry.lock(spec.lock)) {
    return {{group_fact, to_string(lock->group)}};
  }
  const NotifierEntry* notifier = registry.notifier(spec.notifier);
  if (notifier == nullptr) return {};
  return {{group_fact, to_string(notifier->group)}};
}

ChannelSpec plain_channel(const RunSpec& spec) {
  ChannelSpec channel;
  channel.largest_message = spec.size;
  channel.depth = spec.depth;
  channel.batch = spec.batch;
  channel.wait = own_wait(spec.wait);
  channel.huge_pages = spec.huge_pages;
  channel.wake = spec.wake;
  return channel;
}

}  // namespace ipcmark
