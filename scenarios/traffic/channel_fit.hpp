// Whether a channel fits what a backend declares: the one place, and the one wording. The admission
// of a trial judges every channel of the layout; a layout asks only to choose between alternatives.
#pragma once

#include <string>

#include "scenarios/scenario.hpp"

namespace ipcmark {

// The channel a cell asks for between `senders` and `receivers` ends.
ChannelSpec channel_of(const RunSpec& spec, std::uint32_t senders = 1, std::uint32_t receivers = 1);

// Empty when `can`, which the backend declares for `channel`, is all that the cell asks of it; else
// what is lacking, as a noun phrase for "skipped: …" ("needs many_senders").
std::string unsupported_reason(const Capabilities& can, const ChannelSpec& channel,
                               const RunSpec& spec);

// The same of a mechanism that may lose messages: only scenarios that measure losses run over one,
// with messages that have room for a number.
std::string losses_unsupported(const Capabilities& can, const ScenarioEntry& scenario,
                               const RunSpec& spec);

// How many messages each end of a channel has on loan at once, of a scenario with this option.
OptionRow loans_option();
std::uint32_t loans_asked(const RunSpec& spec);
// Why that many cannot be had over this backend, likewise; empty: they can.
std::string loans_unsupported(const BackendEntry& backend, const RunSpec& spec);

inline constexpr const char* needs_two_processes = "needs two processes";

// Whether the mechanism may lose messages of the cell.
bool may_lose(const BackendEntry& backend, const RunSpec& spec);
// Whether both ends must be in one worker.
bool in_one_process(const BackendEntry& backend, const RunSpec& spec);

}  // namespace ipcmark
