// What stands in a file, all of it, by read(2). Nothing here throws where the kernel refuses: under
// /proc and /sys reading fails for many reasons after opening did not.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "backends/error.hpp"

namespace ipcmark {

// From where `fd` stands to its end; blocks as reading it does. system: with errno. too_large:
// there are more than `max_bytes` in all, of which no more were kept.
Result<std::string> read_to_end(int fd, std::size_t max_bytes);

// The names in a directory, sorted; those read by then when it cannot be read to its end.
std::vector<std::string> names_in(const std::string& directory);

}  // namespace ipcmark
