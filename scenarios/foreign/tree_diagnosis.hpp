// Deadlock or not, of processes that do not say what they do: from two looks at what the kernel has
// them sleeping in. Pure.
//
// They are deadlocked if each of their threads sleeps, both times, in one and the same call that no
// time of its own ends, and none has run or been woken in between: whoever could end one of these
// calls is among them. That holds as long as they wait for nobody else, which a runner states
// (RunnerMechanism::waits_outside).
#pragma once

#include <string>
#include <vector>

#include "scenarios/foreign/process_tree.hpp"

namespace ipcmark {

enum class Stillness : unsigned char {
  none,      // something moves, sleeps until a time, is stopped, or may not be looked at
  for_ever,  // nothing can move any more
};

Stillness stillness(const std::vector<ProcessSample>& first,
                    const std::vector<ProcessSample>& second);

// "left 0 (4711) waits in write on a socket, right 1 (4712) waits in write on a socket": those that
// wait for room, where at least two do, else all.
std::string waits_text(const std::vector<ProcessSample>& processes);

}  // namespace ipcmark
