#include "scenarios/launch/admission.hpp"

#include <string>
#include <vector>

#include "scenarios/cell_layout.hpp"
#include "scenarios/launch/process_settings.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/faults.hpp"

namespace ipcmark {
namespace {

tl::unexpected<Refusal> skip(const std::string& who, const std::string& why) {
  return tl::make_unexpected(Refusal{State::skipped, who + ": " + why});
}

tl::unexpected<Refusal> wrong(const std::string& why) {
  return tl::make_unexpected(Refusal{State::failed, why});
}

// A layout that contradicts itself is a bug of its scenario: named, not worked around.
std::string contradiction(const Layout& layout) {
  if (layout.roles.empty()) return "has no workers";
  if (layout.roles.size() > max_workers) {
    return "has more than " + std::to_string(max_workers) + " workers";
  }
  if (layout.own_channel && layout.roles.size() != 2) return "makes channels for other than two";
  if (layout.channels.size() > max_channels) {
    return "has more than " + std::to_string(max_channels) + " channels";
  }
  for (const ChannelUse& use : layout.channels) {
    if (use.senders.size() > use.spec.senders || use.receivers.size() != use.spec.receivers) {
      return "lists other ends than its channel spec counts";
    }
    for (const auto* ends : {&use.senders, &use.receivers}) {
      for (const unsigned worker : *ends) {
        if (worker >= layout.roles.size()) return "names a worker it does not have";
      }
    }
  }
  for (const unsigned worker : layout.may_die) {
    if (worker >= layout.roles.size()) return "lets a worker die that it does not have";
  }
  return {};
}

// Of all its channels, what a worker makes while it runs included.
std::vector<ChannelSpec> channel_specs(const Layout& layout) {
  std::vector<ChannelSpec> specs;
  specs.reserve(layout.channels.size() + 1);
  for (const ChannelUse& use : layout.channels) specs.push_back(use.spec);
  if (layout.own_channel) specs.push_back(*layout.own_channel);
  return specs;
}

// Both ends of a channel that works in one process only must be one worker's; several workers may
// have one such channel each.
std::string one_process_unsupported(const BackendEntry& backend, const Layout& layout) {
  for (const ChannelUse& use : layout.channels) {
    if (!backend.capabilities(use.spec).one_process) continue;
    if (use.senders.size() != 1 || use.receivers != use.senders) return needs_two_processes;
  }
  const auto& own = layout.own_channel;
  const bool apart = own && layout.roles.size() > 1 && backend.capabilities(*own).one_process;
  return apart ? needs_two_processes : "";
}

tl::expected<void, Refusal> admit_channels(const BackendEntry& backend, const RunSpec& spec,
                                           const ScenarioEntry& scenario, const Layout& layout) {
  if (const auto why = one_process_unsupported(backend, layout); !why.empty()) {
    return skip(backend.name, why);
  }
  for (const ChannelSpec& channel : channel_specs(layout)) {
    const Capabilities can = backend.capabilities(channel);
    if (const auto why = unsupported_reason(can, channel, spec); !why.empty()) {
      return skip(backend.name, why);
    }
    if (const auto why = losses_unsupported(can, scenario, spec); !why.empty()) {
      return skip(backend.name, why);
    }
  }
  return {};
}

tl::expected<void, Refusal> admit_shared(const Registry& registry, const Layout& layout) {
  for (const std::string& name : layout.locks) {
    const LockEntry* lock = registry.lock(name);
    if (lock == nullptr) return wrong("unknown lock \"" + name + "\"");
    if (*lock->compiled_out != '\0') return skip(name, lock->compiled_out);
  }
  for (const std::string& name : layout.notifiers) {
    const NotifierEntry* notifier = registry.notifier(name);
    if (notifier == nullptr) return wrong("unknown notifier \"" + name + "\"");
    if (layout.counting && !notifier->counts) return skip(name, "needs a notifier that counts");
    if (*notifier->compiled_out != '\0') return skip(name, notifier->compiled_out);
  }
  return {};
}

}  // namespace

std::string worker_name(const Layout& layout, unsigned index) {
  return layout.roles.at(index) + " " + std::to_string(index);
}

std::string probe_all(const Program& program, const Admission& admission) {
  if (admission.backend != nullptr && admission.backend->probe != nullptr) {
    for (const ChannelSpec& channel : channel_specs(admission.layout)) {
      if (auto sentence = admission.backend->probe(channel); !sentence.empty()) return sentence;
    }
  }
  for (const std::string& name : admission.layout.locks) {
    const LockEntry* lock = program.registry.lock(name);
    if (lock == nullptr || lock->probe == nullptr) continue;
    if (auto sentence = lock->probe(); !sentence.empty()) return sentence;
  }
  for (const std::string& name : admission.layout.notifiers) {
    const NotifierEntry* notifier = program.registry.notifier(name);
    if (notifier == nullptr || notifier->probe == nullptr) continue;
    if (auto sentence = notifier->probe(); !sentence.empty()) return sentence;
  }
  return {};
}

// What the cell runs over, for the reason of a refusal.
const std::string& mechanism_of(const RunSpec& spec) {
  if (!spec.backend.empty()) return spec.backend;
  return spec.lock.empty() ? spec.notifier : spec.lock;
}

tl::expected<Admission, Refusal> admit(const Program& program, const RunSpec& spec) {
  Admission admission;
  admission.scenario = program.scenario(spec.scenario);
  if (admission.scenario == nullptr) return wrong("unknown scenario \"" + spec.scenario + "\"");
  if (const auto bad = fault_error(spec.fault, admission.scenario); !bad.empty()) return wrong(bad);
  if (!spec.backend.empty()) {
    admission.backend = program.registry.backend(spec.backend);
    if (admission.backend == nullptr) return wrong("unknown backend \"" + spec.backend + "\"");
    if (*admission.backend->compiled_out != '\0') {
      return skip(spec.backend, admission.backend->compiled_out);
    }
  }
  if (!names_a_mechanism(*admission.scenario, spec)) {
    return wrong(spec.scenario + " is asked for without anything that it runs over");
  }
  admission.layout = admission.scenario->layout(spec, admission.backend);
  const Layout& layout = admission.layout;
  const std::string& who = mechanism_of(spec);
  if (!layout.unsupported_reason.empty()) return skip(who, layout.unsupported_reason);
  if (const auto bug = contradiction(layout); !bug.empty()) {
    return wrong("bug: the layout of " + spec.scenario + " " + bug);
  }
  if (spec.batch > 1 && admission.scenario->awaits_answers) {
    return skip(who, "needs batch=1: " + spec.scenario + " awaits an answer to each message");
  }
  if ((!layout.channels.empty() || layout.own_channel) && admission.backend == nullptr) {
    return wrong(spec.scenario + " needs a backend");
  }
  if (admission.backend != nullptr) {
    if (auto fits = admit_channels(*admission.backend, spec, *admission.scenario, layout); !fits) {
      return tl::make_unexpected(fits.error());
    }
  }
  if (auto fits = admit_shared(program.registry, layout); !fits) {
    return tl::make_unexpected(fits.error());
  }
  if (auto sentence = settings_unsupported(spec); !sentence.empty()) {
    return tl::make_unexpected(Refusal{State::skipped, sentence});
  }
  if (auto sentence = probe_all(program, admission); !sentence.empty()) {
    return tl::make_unexpected(Refusal{State::skipped, sentence});
  }
  return admission;
}

}  // namespace ipcmark
