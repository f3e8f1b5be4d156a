#include "scenarios/traffic/reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "scenarios/traffic/sequence_tracker.hpp"

namespace ipcmark {

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

std::string wrong_count(const Trial& trial, const char* name, std::int64_t due) {
  const auto found = trial.counts.find(name);
  if (found == trial.counts.end()) return fmt::format("has no {}", name);
  if (found->second == due) return {};
  return fmt::format("says passed, and {} is {} instead of {}", name, found->second, due);
}

void reject(Trial& trial, const std::string& reason) {
  if (trial.state == State::failed) return;
  trial.state = State::failed;
  trial.cause = Cause::check;
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
  const auto found = report.tallies.find(name);
  return found == report.tallies.end() ? 0 : found->second;
}

void publish(const WorkerReport& report, std::initializer_list<const char*> names, Trial& trial) {
  for (const char* name : names) {
    if (report.tallies.contains(name)) trial.counts[name] = count_of(report, name);
  }
}

}  // namespace ipcmark
