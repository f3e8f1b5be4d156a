// Reads one unsigned number from a file under /proc/sys.
#pragma once

#include <cstdint>
#include <optional>

namespace ipcmark {

// "/proc/sys/fs/mqueue/msg_max" → 10. Nothing when the file is absent (another kernel
// configuration, a container that hides it) or holds no number.
std::optional<std::uint64_t> read_sysctl(const char* path);

}  // namespace ipcmark
