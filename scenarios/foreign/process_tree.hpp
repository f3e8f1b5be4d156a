// What /proc says of a program's processes: which there are, what they have used, and what each of
// their threads sleeps in. Reading it takes CPU time from what is measured: not in a measured part,
// unless nothing moves.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scenarios/foreign/blocking_call.hpp"

namespace ipcmark {

// The children of a process, of all its threads.
std::vector<pid_t> children_of(pid_t pid);
// `roots` and all their descendants, each once; those that have ended and are not reaped included.
std::vector<pid_t> tree_of(const std::vector<pid_t>& roots);

struct TaskSample {
  char state = '?';    // as in proc(5)
  bool known = false;  // what it sleeps in may be read
  BlockingCall call;
  std::string on;  // "a pipe", "a socket", "/tmp/f"; empty: no descriptor
  bool operator==(const TaskSample&) const = default;
};

struct ProcessSample {
  pid_t pid = 0;
  std::string name;               // as ps(1) shows it
  std::vector<TaskSample> tasks;  // the main thread first
  std::uint64_t cpu_ns = 0;
  std::uint64_t switches = 0;
  bool ended() const { return tasks.empty() || tasks.front().state == 'Z'; }
  bool stopped() const;
};
ProcessSample sample_of(pid_t pid);

// CPU time of a process and its threads so far, to the nanosecond; 0: it is gone.
std::uint64_t cpu_time_ns(pid_t pid);

struct ProcessUse {
  std::string name;
  std::uint64_t cpu_ns = 0;
  // Of children that it has waited for; in steps of 10 ms.
  std::uint64_t children_ns = 0;
  // The kernel's account of user and system time, in such steps too: their ratio is of use.
  std::uint64_t user_ns = 0, system_ns = 0;
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
  std::uint64_t minor_faults = 0, major_faults = 0;
  std::uint64_t peak_bytes = 0;
};
using TreeUse = std::map<pid_t, ProcessUse>;
TreeUse use_of(const std::vector<pid_t>& pids);

}  // namespace ipcmark
