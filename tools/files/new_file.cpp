#include "tools/files/new_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <utility>

namespace ipcmark {

namespace {

constexpr mode_t new_mode = 0644;

// Short, so that a name of any length can be replaced; random, for the process's number is the same
// in each run of a container.
std::string random_name(const std::string& directory) {
  std::random_device random;
  return fmt::format("{}/.ipcmark-{:08x}{:08x}.partial", directory, random(), random());
}

}  // namespace

int write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(descriptor, content.data(), content.size());
    if (wrote >= 0) {
      content.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (errno == EAGAIN) {
      pollfd entry{descriptor, POLLOUT, 0};
      if (::poll(&entry, 1, -1) < 0 && errno != EINTR) return errno;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

tl::expected<NewFile, int> NewFile::make(const std::string& directory) {
  // What has no name gets it by way of /proc.
  const bool may_be_named = ::access("/proc/self/fd", F_OK) == 0;
  Fd unnamed;
  if (may_be_named) {
    unnamed = Fd(::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, new_mode));
    if (unnamed) return NewFile{std::move(unnamed), directory, {}};
  }
  // Refused for what it asks, not for the place: an old kernel or file system.
  if (may_be_named && errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL &&
      errno != ENOENT) {
    return tl::make_unexpected(errno);
  }
  const std::string name = random_name(directory);
  Fd named(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, new_mode));
  if (!named) return tl::make_unexpected(errno);
  return NewFile{std::move(named), directory, name};
}

NewFile::NewFile(NewFile&& other) noexcept
    : file_(std::move(other.file_)),
      directory_(std::move(other.directory_)),
      name_(std::exchange(other.name_, {})) {}

NewFile::~NewFile() {
  if (!name_.empty()) ::unlink(name_.c_str());
}

int NewFile::look_like(const struct stat& other) {
  struct stat own {};
  if (::fstat(file_.get(), &own) != 0) return errno;
  const bool same_owner = own.st_uid == other.st_uid && own.st_gid == other.st_gid;
  if (!same_owner && ::fchown(file_.get(), other.st_uid, other.st_gid) != 0) return errno;
  return ::fchmod(file_.get(), other.st_mode & 07777U) == 0 ? 0 : errno;
}

int NewFile::write(std::string_view content) {
  if (const int error = write_all(file_.get(), content); error != 0) return error;
  return ::fsync(file_.get()) == 0 ? 0 : errno;
}

int NewFile::publish(const std::string& path) {
  if (name_.empty()) {
    const std::string self = fmt::format("/proc/self/fd/{}", file_.get());
    const auto link_to = [&self](const std::string& name) {
      return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0
                 ? 0
                 : errno;
    };
    const int linked = link_to(path);
    if (linked != EEXIST) return linked;
    // A link replaces nothing; a name for the instant until the rename.
    const std::string name = random_name(directory_);
    if (const int error = link_to(name); error != 0) return error;
    name_ = name;
  }
  if (::rename(name_.c_str(), path.c_str()) != 0) return errno;
  name_.clear();
  return 0;
}

}  // namespace ipcmark
