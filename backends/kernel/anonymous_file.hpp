// Memory without a name, which is shared by its descriptor and gone with the last of them.
#pragma once

#include "backends/error.hpp"
#include "backends/fd.hpp"

namespace ipcmark {

// Empty. From memfd_create(2) under `name` (for /proc/PID/maps), or where that is refused, a file
// in /dev/shm that never had a name: the same kind of memory. refused: neither is to be had.
Result<Fd> create_anonymous_file(const char* name);

// Its size can then not be changed any more, where it can be sealed (of memfd_create).
Status seal_size(const Fd& file);

}  // namespace ipcmark
