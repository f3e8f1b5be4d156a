#include "scenarios/traffic/channel_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "results/text/quantities.hpp"
#include "scenarios/traffic/ledger.hpp"

namespace ipcmark {

ChannelSpec channel_of(const RunSpec& spec, std::uint32_t senders, std::uint32_t receivers) {
  ChannelSpec channel;
  channel.largest_message = spec.size;
  channel.depth = spec.depth;
  channel.senders = senders;
  channel.receivers = receivers;
  channel.batch = spec.batch;
  channel.wait = spec.wait;
  return channel;
}

std::string misfit(const BackendEntry& backend, const ChannelSpec& channel, const RunSpec& spec) {
  if (backend.capabilities == nullptr) return backend.compiled_out;
  const Capabilities has = backend.capabilities(channel);
  if (!has.refusal.empty()) return has.refusal;
  if (channel.senders > 1 && !has.many_senders) return "needs many_senders";
  if (channel.receivers > 1 && !has.many_receivers) return "needs many_receivers";
  const bool waits = (spec.wait == Wait::block && has.block) ||
                     (spec.wait == Wait::spin && has.spin) ||
                     (spec.wait == Wait::hybrid && has.hybrid);
  if (!waits) return fmt::format("needs wait={}", to_string(spec.wait));
  if (channel.largest_message > has.largest_message) {
    return fmt::format("needs messages of {}, carries at most {}",
                       size_text(channel.largest_message), size_text(has.largest_message));
  }
  if (spec.zero_copy && !has.zero_copy) return "needs zero_copy";
  if (spec.batch > 1 && !has.batches) return "needs batches";
  return {};
}

bool in_one_process(const BackendEntry& backend, const RunSpec& spec) {
  return backend.capabilities != nullptr && backend.capabilities(channel_of(spec)).one_process;
}

std::string describe(const Integrity& integrity) {
  std::string text;
  const auto part = [&text](std::uint64_t count, const char* what) {
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "messages: " : ", ", count, what);
  };
  part(integrity.lost, "lost");
  part(integrity.duplicated, "duplicated");
  part(integrity.reordered, "reordered");
  part(integrity.corrupted, "corrupted");
  part(integrity.wrong_length, "of wrong length");
  return text;
}

void reject(Trial& trial, const std::string& reason) {
  if (trial.state == State::failed) return;
  trial.state = State::failed;
  trial.reason = reason;
}

void gather(const std::vector<WorkerReport>& reports, Trial& trial) {
  for (const WorkerReport& report : reports) {
    add(trial.integrity, report.integrity);
    trial.steady = trial.steady && report.steady;
  }
  if (!trial.integrity.clean()) reject(trial, describe(trial.integrity));
}

const WorkerReport& report_of(const std::vector<WorkerReport>& reports, const char* role) {
  const auto found = std::find_if(reports.begin(), reports.end(),
                                  [role](const WorkerReport& r) { return r.role == role; });
  if (found == reports.end()) throw std::logic_error("no report of that role");
  return *found;
}

std::int64_t count_of(const WorkerReport& report, const char* name) {
  const auto found = report.counts.find(name);
  return found == report.counts.end() ? 0 : found->second;
}

}  // namespace ipcmark
