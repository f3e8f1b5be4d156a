// What /proc says about one process: its main thread, and its TCP connections.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <istream>
#include <set>
#include <string>

namespace ipcmark {

struct ProcessState {
  char state = '?';            // as in proc(5): R, S, D, T, t, Z; '?' when it cannot be read
  std::uint64_t switches = 0;  // voluntary and involuntary
  std::uint64_t ran_ns = 0;    // on a CPU, so far (schedstat); 0: not told
  std::string waiting_in;      // the kernel function it sleeps in (wchan); empty: not readable
  // Not D: such a call is slow (a disk, a device), and ends by itself.
  bool asleep() const { return state == 'S'; }
  bool stopped() const { return state == 'T' || state == 't'; }
  bool may_run() const { return state == 'R' || asleep(); }
};
ProcessState process_state(pid_t pid);

// The inodes of the process's sockets; none where that may not be read.
std::set<std::uint64_t> sockets_of(pid_t pid);
// Whether one of these sockets waits for an answer to bytes that it has sent, and will send them
// again: what is slow then is the network. `table`: /proc/net/tcp or tcp6.
bool retransmits(std::istream& table, const std::set<std::uint64_t>& sockets);
// The same of the machine's own tables.
bool retransmits(const std::set<std::uint64_t>& sockets);

}  // namespace ipcmark
