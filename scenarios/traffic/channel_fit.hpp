// Whether a cell fits what a backend declares, and the layouts that most scenarios share.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// The channel a cell asks for between `senders` and `receivers` ends.
ChannelSpec channel_of(const RunSpec& spec, std::uint32_t senders = 1, std::uint32_t receivers = 1);

// Empty when the backend declares all that the cell asks of such a channel; else what is lacking,
// as a noun phrase for "skipped: …" ("needs wait=spin").
std::string misfit(const BackendEntry& backend, const ChannelSpec& channel, const RunSpec& spec);

// Whether both ends must be in one worker.
bool in_one_process(const BackendEntry& backend, const RunSpec& spec);

// "3 messages lost, 1 corrupted"; empty when clean.
std::string describe(const Integrity& integrity);
// Adds the reports' integrity to the trial and fails it when that is not clean, steady likewise.
void gather(const std::vector<WorkerReport>& reports, Trial& trial);
// The report of that role; the reports of a finished trial have it.
const WorkerReport& report_of(const std::vector<WorkerReport>& reports, const char* role);
// Of the report's counts, 0 when absent.
std::int64_t count_of(const WorkerReport& report, const char* name);

// Fails a worker's own check: the trial fails with this reason unless another came first.
void reject(Trial& trial, const std::string& reason);

}  // namespace ipcmark
