#include "tools/files/text_file.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace ipcmark {

tl::expected<std::string, std::string> read_text_file(const std::string& path) {
  // A directory is opened like a file, and only fails to be read.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return tl::make_unexpected(
        fmt::format("cannot read '{}': it is a directory; give a file name", path));
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    return tl::make_unexpected(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
  return text;
}

}  // namespace ipcmark
