#include "tools/files/output_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/files/new_file.hpp"
#include "tools/files/output_stream.hpp"
#include "tools/files/save_elsewhere.hpp"

namespace ipcmark {

namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Whether it is mounted by itself, as files are into a container. Its name cannot be given away.
bool is_mounted(const std::string& path) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, 0, &status) != 0) return false;
  return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// Whether the directory lets nobody but a file's owner take its name away (/tmp).
bool is_kept_for_its_owner(const std::string& directory, const struct stat& file) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0 || (status.st_mode & S_ISVTX) == 0) return false;
  return ::geteuid() != 0 && ::geteuid() != file.st_uid && ::geteuid() != status.st_uid;
}

// A new file would have the access that the mode alone says.
bool has_access_list(int descriptor) {
  return ::fgetxattr(descriptor, "system.posix_acl_access", nullptr, 0) > 0;
}

// Whether there can be a new file of that one's mode and owner in its place. It is tried out.
bool can_be_replaced(const std::string& path, int descriptor) {
  struct stat status {};
  const std::string directory = directory_of(path);
  if (::fstat(descriptor, &status) != 0 || is_mounted(path) ||
      is_kept_for_its_owner(directory, status) || has_access_list(descriptor)) {
    return false;
  }
  auto trial = NewFile::make(directory);
  return trial && trial->look_like(status) == 0;
}

// In place of what is there. Room is made first: what does not fit leaves the file as it was.
int write_over(const std::string& path, std::string_view content) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return errno;
  const auto size = static_cast<off_t>(content.size());
  if (size > 0 && ::fallocate(file.get(), FALLOC_FL_KEEP_SIZE, 0, size) != 0 &&
      errno != EOPNOTSUPP && errno != ENOSYS) {
    return errno;
  }
  const int error = write_all(file.get(), content);
  // Half of the new before half of the old is worse than nothing.
  if (::ftruncate(file.get(), error == 0 ? size : 0) != 0 && error == 0) return errno;
  if (error != 0) return error;
  return ::fsync(file.get()) == 0 || errno == EINVAL ? 0 : errno;
}

// `there`: what is to be replaced, if anything is.
int write_new(const std::string& path, const struct stat* there, std::string_view content) {
  auto file = NewFile::make(directory_of(path));
  if (!file) return file.error();
  if (there != nullptr) {
    if (const int error = file->look_like(*there); error != 0) return error;
  }
  if (const int error = file->write(content); error != 0) return error;
  return file->publish(path);
}

}  // namespace

tl::expected<OutputFile, std::string> OutputFile::open(const std::string& path,
                                                       const std::atomic<int>* stop) {
  auto place = find_output_place(path);
  if (!place) return tl::make_unexpected(place.error());
  if (place->is_stream()) {
    auto stream = open_stream(*place, stop);
    if (!stream) return tl::make_unexpected(stream.error());
    return OutputFile{std::move(*place), std::move(*stream), false};
  }
  bool written_over = false;
  if (place->exists()) {
    const Fd file(::open(place->path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file) return tl::make_unexpected(cannot_write(*place, errno));
    written_over = !can_be_replaced(place->path, file.get());
  } else if (const auto trial = NewFile::make(directory_of(place->path)); !trial) {
    return tl::make_unexpected(cannot_write(*place, trial.error()));
  }
  return OutputFile{std::move(*place), Fd(), written_over};
}

int OutputFile::write(std::string_view content) {
  if (is_stream()) {
    const int error = write_all(stream_.get(), content);
    stream_.reset();
    return error;
  }
  if (written_over_) return write_over(place_.path, content);
  struct stat status {};
  const bool there = ::lstat(place_.path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  const int error = write_new(place_.path, there ? &status : nullptr, content);
  // What open() could not foresee: it was mounted since, or rights were taken away.
  const bool kept = error == EBUSY || error == EPERM || error == EACCES || error == EXDEV;
  return kept && there ? write_over(place_.path, content) : error;
}

tl::expected<void, std::string> OutputFile::commit(std::string_view content) {
  if (const int error = write(content); error != 0) {
    return tl::make_unexpected(cannot_write(place_, error));
  }
  return {};
}

tl::expected<void, std::string> OutputFile::commit_measured(std::string_view content) {
  const int error = write(content);
  if (error == 0) return {};
  const std::string saved = save_elsewhere(content, place_.named);
  if (saved.empty()) return tl::make_unexpected(cannot_write(place_, error));
  return tl::make_unexpected(
      fmt::format("cannot write '{}': {}; what was measured is in '{}' instead", place_.named,
                  std::strerror(error), saved));
}

tl::expected<void, std::string> open_output(const std::string& path,
                                            std::optional<OutputFile>& file,
                                            const std::atomic<int>* stop) {
  if (path.empty()) return {};
  auto opened = OutputFile::open(path, stop);
  if (!opened) return tl::make_unexpected(opened.error());
  file.emplace(std::move(*opened));
  return {};
}

}  // namespace ipcmark
