// Who hands out the names of kernel objects that outlive a process.
//
// Whatever the kernel makes without a name (memfd_create, pipe2) needs none. The rest (FIFO, POSIX
// and SysV objects, Boost queues, ZeroMQ sockets, mapped files) asks here first, also where it is
// unlinked at once: the name is written to the run's manifest before it is returned, so that
// `ipcmark clean` can remove the object after any death, also one in between. Not thread-safe;
// lives in the coordinator.
#pragma once

#include <cerrno>
#include <string>

#include "backends/error.hpp"

namespace ipcmark {

enum class ObjectKind {
  file,       // FIFO, socket or regular file: an absolute path in the run's private 0700 directory
  posix_shm,  // "ipcmark.<run id>.<n>", for shm_open (without the slash)
  posix_queue,  // the same for mq_open
  sysv_queue,   // "0x……": a random key under ipcmark's prefix, for msgget with IPC_EXCL
  sysv_sem,     // the same for semget
  sysv_shm,     // the same for shmget
};

class Names {
 public:
  virtual ~Names() = default;
  // A fresh name, in the manifest before this returns.
  virtual Result<std::string> claim(ObjectKind kind) = 0;
  // The object of that name is gone, or was never made; it is struck from the manifest. Not to be
  // called when its removal failed: then the end of the run tries again, and says it.
  virtual void released(const std::string& name) = 0;
};

// Whether nothing is left of what a call was to remove. `outcome` is what it returned, and errno as
// it left it.
inline bool is_gone(int outcome) { return outcome == 0 || errno == ENOENT; }

// The 32-bit SysV keys ipcmark uses carry this in their upper half.
inline constexpr unsigned sysv_key_prefix = 0x49500000U;  // "IP"

}  // namespace ipcmark
