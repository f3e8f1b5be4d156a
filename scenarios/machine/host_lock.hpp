// The lock behind hold_host_lock(), by its name.
//
// It is the binding of an abstract Unix socket: one holder for all users of a network namespace,
// free the moment the holder dies, nothing in any file system, no permissions to plan for. Whoever
// waits connects: the kernel then tells the holder's pid (SO_PEERCRED) and hangs up when it ends.
#pragma once

#include <atomic>
#include <string>

#include "backends/error.hpp"
#include "backends/fd.hpp"

namespace ipcmark {

// As hold_host_lock(). `name`: at most 100 bytes. interrupted: `stop` was raised.
Result<Fd> hold_named_lock(const std::string& name, const std::atomic<int>* stop,
                           void (*on_wait)(int holder_pid));

}  // namespace ipcmark
