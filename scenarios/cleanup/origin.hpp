// Where a run's objects are: which start of which machine, and which namespaces.
#pragma once

#include <cstdint>
#include <string>

namespace ipcmark {

// One word each, without white space; `unknown_origin` where the kernel does not tell.
struct Origin {
  std::string boot;  // the machine's boot id: another after each start, and on each machine
  std::string ipc;   // inode of the IPC namespace, which queues and semaphores belong to
  std::string shm;   // device number of the file system at /dev/shm
};

inline constexpr const char* unknown_origin = "-";

Origin origin_here();

// When this machine was started, in seconds of the real-time clock as it is set now.
std::int64_t boot_time_s();

}  // namespace ipcmark
