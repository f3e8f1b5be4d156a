// A System V shared memory segment (shmget(2)) under a random key. It outlives every process, so
// its key stands in the run's manifest.
#pragma once

#include <cstdint>
#include <string>

#include "backends/kernel/mapping.hpp"
#include "backends/names.hpp"

namespace ipcmark {

struct SysvMemoryId {
  int id = -1;
  std::string name;  // its key, as claimed
};

// Zero-filled. limit: kernel.shmmax, shmall or shmmni is reached.
Result<SysvMemoryId> create_sysv_memory(std::uint64_t bytes, Names& names);
// The segment lives on until the last process has detached it; its key is free at once.
void remove_sysv_memory(const SysvMemoryId& memory, Names& names);
// Empty, or one sentence that says which limit forbids a segment of that size.
std::string sysv_memory_unsupported(const char* backend, std::uint64_t bytes);

// As map_mirrored(), of the segment with that name.
Result<Mapping> map_sysv_mirrored(const std::string& name, std::size_t front, std::size_t ring);

}  // namespace ipcmark
