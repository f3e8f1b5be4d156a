// What /proc says about one process's main thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace ipcmark {

struct ProcessState {
  char state = '?';            // as in proc(5): R, S, D, T, t, Z; '?' when it cannot be read
  std::uint64_t switches = 0;  // voluntary and involuntary
  std::string waiting_in;      // the kernel function it sleeps in (wchan); empty: not readable
  bool asleep() const { return state == 'S' || state == 'D'; }
  bool stopped() const { return state == 'T' || state == 't'; }
};
ProcessState process_state(pid_t pid);

}  // namespace ipcmark
