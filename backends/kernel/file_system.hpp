// The name of the file system that a file lies on, which is part of what a mapped file is.
#pragma once

#include <string>

namespace ipcmark {

// "ext4", "tmpfs", …; a number where it is not a usual one. Of an open descriptor.
std::string file_system_name(int fd);

}  // namespace ipcmark
