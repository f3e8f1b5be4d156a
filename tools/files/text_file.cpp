#include "tools/files/text_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "backends/fd.hpp"
#include "backends/kernel/file_text.hpp"
#include "results/json/json.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {

namespace {

tl::expected<std::string, std::string> read_all(int fd, const std::string& what) {
  auto text = read_to_end(fd, largest_document);
  if (text) return std::move(*text);
  if (text.error().code == Errc::too_large) {
    return tl::make_unexpected(
        fmt::format("cannot read {}: it is larger than {}, and so no document of ipcmark's; name "
                    "another, or measure fewer cells or trials at a time",
                    what, size_text(largest_document)));
  }
  return tl::make_unexpected(
      fmt::format("cannot read {}: {}", what, std::strerror(text.error().sys_errno)));
}

}  // namespace

tl::expected<std::string, std::string> read_text_file(const std::string& path) {
  const std::string what = fmt::format("'{}'", path);
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return tl::make_unexpected(fmt::format("cannot read {}: {}", what, std::strerror(errno)));
  }
  // A directory is opened like a file, and only fails to be read.
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return tl::make_unexpected(
        fmt::format("cannot read {}: it is a directory; give a file name", what));
  }
  return read_all(file.get(), what);
}

tl::expected<std::string, std::string> read_standard_input() {
  return read_all(STDIN_FILENO, "standard input");
}

}  // namespace ipcmark
