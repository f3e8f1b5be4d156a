#include "tools/files/output_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace ipcmark {

OutputFile::OutputFile(std::string path, std::string temporary, int fd)
    : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)) {}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (!in_place()) ::unlink(temporary_.c_str());
}

tl::expected<OutputFile, std::string> OutputFile::open(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return tl::make_unexpected(
        fmt::format("cannot write '{}': it is a directory; give a file name", path));
  }
  // A device or a pipe (/dev/stdout) cannot be renamed over: it is written to as it is.
  const bool in_place = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  const std::string temporary = in_place ? path : fmt::format("{}.{}.partial", path, ::getpid());
  const int flags = in_place ? O_WRONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const int fd = ::open(temporary.c_str(), flags, 0644);
  if (fd < 0) {
    return tl::make_unexpected(
        fmt::format("cannot write '{}': {}; choose another place", path, std::strerror(errno)));
  }
  return OutputFile{path, in_place ? std::string{} : temporary, fd};
}

tl::expected<void, std::string> OutputFile::commit(std::string_view content) {
  const auto failed = [&] {
    return tl::make_unexpected(fmt::format("cannot write '{}': {}; choose a place with room", path_,
                                           std::strerror(errno)));
  };
  while (!content.empty()) {
    const ssize_t wrote = ::write(fd_, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return failed();
    content.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (!in_place() && ::rename(temporary_.c_str(), path_.c_str()) != 0) return failed();
  ::close(std::exchange(fd_, -1));
  return {};
}

}  // namespace ipcmark
