// What travels over the control link, as values: the assignment of a worker, addresses, reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/transport.hpp"
#include "results/model/trace.hpp"
#include "scenarios/link/control_link.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// Everything a worker needs to know but the addresses.
struct Assignment {
  RunSpec spec;
  unsigned index = 0;
  std::vector<std::string> roles;
  std::vector<std::string> locks;
  std::vector<std::string> notifiers;
  std::vector<std::uint64_t> channel_ids;
  std::vector<std::uint64_t> buffer_bytes;  // of each channel, as granted; 0: not known
  int cpu = -1;                             // -1: not pinned
  std::uint64_t shared_bytes = 0;
  bool trace = false;
  std::uint32_t trace_every = 1;  // see TrialSetting
  bool samples = false;
};
std::string assignment_to_json(const Assignment& assignment);
Result<Assignment> assignment_from_json(const std::string& text);

// `index`: which of the channel's senders or receivers. Takes over the address's descriptors.
LinkMessage address_message(MessageType type, std::uint32_t channel, std::uint32_t index,
                            Address address);
struct GivenAddress {
  std::uint32_t index = 0;
  Address address;
};
Result<GivenAddress> address_from_message(LinkMessage message);

// A report and, when an operation failed, with which code (it decides between skipped and failed).
struct SentReport {
  WorkerReport report;
  std::optional<Errc> code;
  ProcessTrace trace;             // empty unless the assignment asked for one
  std::vector<TimedEvent> trips;  // likewise
  std::uint64_t dropped_trips = 0;
};
LinkMessage report_message(const SentReport& sent);
Result<SentReport> report_from_message(const LinkMessage& message);

}  // namespace ipcmark
