#include "scenarios/plan/capability_facts.hpp"

namespace ipcmark {

std::map<std::string, std::string> capability_facts(const Capabilities& capabilities) {
  const auto yes_no = [](bool value) { return std::string{value ? "yes" : "no"}; };
  std::map<std::string, std::string> facts{
      {"ordered", yes_no(capabilities.ordered)},
      {"many_senders", yes_no(capabilities.many_senders)},
      {"many_receivers", yes_no(capabilities.many_receivers)},
      {"broadcast", yes_no(capabilities.broadcast)},
      {"block", yes_no(capabilities.block)},
      {"spin", yes_no(capabilities.spin)},
      {"hybrid", yes_no(capabilities.hybrid)},
      {"zero_copy", yes_no(capabilities.zero_copy)},
      {"batches", yes_no(capabilities.batches)},
      {"lossy", yes_no(capabilities.lossy)},
      {"native_boundaries", yes_no(capabilities.native_boundaries)},
      {"fragments", yes_no(capabilities.fragments)},
      {"pollable", yes_no(capabilities.pollable)},
      {"reports_peer_death", yes_no(capabilities.reports_peer_death)},
      {"survives_peer_kill", yes_no(capabilities.survives_peer_kill)},
      {"one_process", yes_no(capabilities.one_process)},
      {"largest_message", std::to_string(capabilities.largest_message)},
      {"depth", std::to_string(capabilities.depth)},
  };
  if (!capabilities.refusal.empty()) facts.emplace("refusal", capabilities.refusal);
  return facts;
}

ChannelSpec plain_channel(const RunSpec& spec) {
  ChannelSpec channel;
  channel.largest_message = spec.size;
  channel.depth = spec.depth;
  channel.batch = spec.batch;
  channel.wait = spec.wait;
  return channel;
}

}  // namespace ipcmark
