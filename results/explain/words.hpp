// What a segment is called, and which kind of work it is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/explain/chain.hpp"

namespace ipcmark {

enum class Work : std::uint8_t {
  user,        // the program's own code, and the way into and out of system calls
  call,        // within system calls; the network stack that runs in them
  wake,        // finding the sleeper, choosing its CPU, sending the interrupt
  interrupt,   // the interrupt on its way, and its handler
  idle,        // from the handler, or the waking, until the woken task runs; where that switch was
               // not recorded, the rest of its system call as well
  flight,      // from the sender's memory to the receiver's, without the kernel
  other_task,  // a task that has nothing to do with the message, and an interrupt on its way to
               // the CPU on which it runs
  timer,       // timer interrupts, and deferred work of interrupts but the network's
  fault,       // page faults
  move,        // a task moved to another CPU
  before,      // what was under way before the trip began
};
inline constexpr std::size_t kinds_of_work = 11;
// As a waterfall says it. Where not all of the kernel's events were seen, what is the kernel's in a
// send or a receive is told with the user code, and all from a waking to the switch as one.
const char* to_string(Work work, bool kernel_seen);
const char* word_of(Work work);  // as documents write it
std::optional<Work> work_from(std::string_view word);
Work work_of(const SegmentKind& kind);
// Whether it is no part of the exchange, and would be gone on a machine without it.
bool is_disturbance(Work work);

// The names that sentences need: of system calls, and of helper threads (Timeline::helpers()).
struct Words {
  std::map<std::int32_t, std::string> calls;
  std::vector<std::string> helpers;
};
Words words_of(const Timeline& timeline);
void add(Words& words, const Words& more);

std::string name_of_call(const Words& words, std::int32_t number);
std::string name_of(const Words& words, const Actor& actor);
// "A: in write, until it wakes B"
std::string label(const Words& words, const SegmentKind& kind);

}  // namespace ipcmark
