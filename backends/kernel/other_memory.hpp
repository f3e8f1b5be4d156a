// Copying out of another process's memory: process_vm_readv(2), which needs the right to trace that
// process (ptrace(2), "Ptrace access mode checking").
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "backends/error.hpp"

namespace ipcmark {

// All of `to`, from `address` on in process `pid`. peer_died: there is no such process any more;
// corrupt: it has no such memory; refused: this process may not read it.
Status read_memory_of(pid_t pid, std::uint64_t address, std::span<std::byte> to);

// Lets any process of this user read this one's memory from now on, where Yama asks for that
// (kernel.yama.ptrace_scope 1: only ancestors may, unless they are declared). Of any, because one
// process may send over several channels, and only the last declaration counts.
void let_memory_be_read();

// Empty, or one sentence that says why no process may read a sibling's memory here.
std::string other_memory_unsupported(const char* backend);

}  // namespace ipcmark
