// Faults on purpose: wrappers round a Sender that do to one message what a broken transport would
// do. They prove that the checkers catch each; no measured cell has one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "backends/transport.hpp"

namespace ipcmark {

struct ScenarioEntry;

// `fault` is one of these, n counting messages from 1:
//   drop:n       the nth message is never sent
//   duplicate:n  it is sent twice
//   swap:n       it is sent after the one that follows it (or at close, when none follows)
//   flip:n       one bit in its middle is inverted
//   truncate:n   its last byte is missing
//   stall:n      100 ms pass before it is sent
//   delay:ns     every send spins that long first
//   slow:ns      every send spins that long first, every receive that long afterwards: a stream is
//                slowed by just that, whichever side limits it, and a round trip by four times that
//   slow:ns/n    only the nth message each way and every nth after it: what a tail is slowed by
// All but delay and slow apply to send() alone: they refuse loan(). Empty: returns `sender` itself.
// A scenario's own faults are no business of senders: they get `sender` back as it is. A fault that
// fault_error() rejects is a bug (std::logic_error). `happened`, if not null, is set to 1
// when the fault happens, which for swap is when the next message has overtaken it; it must outlive
// the sender.
std::unique_ptr<Sender> with_fault(std::unique_ptr<Sender> sender, const std::string& fault,
                                   std::atomic<std::uint32_t>* happened = nullptr);
// The receiving side: only slow does anything there.
std::unique_ptr<Receiver> with_fault(std::unique_ptr<Receiver> receiver, const std::string& fault);

// The fault for a sender, or a receiver, that takes the place of others which had `before` messages
// in all, and has one itself: so that the fault counts the messages of them all. Empty: it has
// none.
std::string fault_of_next(const std::string& fault, std::uint64_t before);

// Of a cell in which its fault never happened: why, in one sentence that says what to change.
std::string never_happened(const std::string& fault);

// Empty when `fault` is empty, well-formed, or one of the scenario's own (ScenarioEntry::faults);
// else one sentence. `scenario` may be null.
std::string fault_error(const std::string& fault, const ScenarioEntry* scenario = nullptr);

}  // namespace ipcmark
