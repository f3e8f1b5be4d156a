#include "tools/files/output_place.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "tools/terminal/standard_streams.hpp"

namespace ipcmark {

namespace {

constexpr int max_links = 40;  // the kernel's own limit

std::string place_refusal(const std::string& name, const std::string& why) {
  return fmt::format("cannot write '{}': {}", name, why);
}

std::string place_refusal_by(const std::string& name, int error) {
  if (error == ELOOP) {
    return place_refusal(name, "its links lead in a circle; name a file, or remove the links");
  }
  return place_refusal(name, fmt::format("{}; choose another place", std::strerror(error)));
}

// Empty with errno set when it cannot be followed to its end.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : std::string{};
}

// The directory of this process's descriptors, by either of its names.
bool holds_own_descriptors(const std::string& directory) {
  return directory == real_path("/proc/self/fd") || directory == real_path("/proc/thread-self/fd");
}

bool on_procfs(const std::string& directory) {
  struct statfs status {};
  return ::statfs(directory.c_str(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

std::optional<int> descriptor_number(const std::string& word) {
  int value = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
  if (read.ec != std::errc{} || read.ptr != word.data() + word.size()) return std::nullopt;
  return value;
}

// Takes the links at the end of the path one by one: realpath() knows no file that is to be made,
// and sees the file behind a descriptor rather than the descriptor. 0, or an errno.
int follow_links(std::string at, OutputPlace& place) {
  for (int links = 0; links <= max_links; ++links) {
    const auto slash = at.rfind('/');
    const std::string base = slash == std::string::npos ? at : at.substr(slash + 1);
    if (base.empty()) return EISDIR;  // "results/": says of itself that it is a directory
    const std::string directory =
        real_path(slash == std::string::npos ? "." : at.substr(0, slash + 1));
    if (directory.empty()) return errno;
    const auto descriptor = descriptor_number(base);
    if (descriptor && holds_own_descriptors(directory)) {
      place.descriptor = *descriptor;
      return 0;
    }
    place.path = fmt::format("{}/{}", directory == "/" ? std::string() : directory, base);
    struct stat status {};
    // What procfs calls a link to another process's descriptor cannot be followed by its text.
    if (::lstat(place.path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode) ||
        on_procfs(directory)) {
      place.id.name = base;
      return 0;
    }
    char target[PATH_MAX];
    const auto length = ::readlink(place.path.c_str(), target, sizeof target);
    if (length < 0) return errno;
    const std::string text(target, static_cast<std::size_t>(length));
    at = text.starts_with('/') ? text : fmt::format("{}/{}", directory, text);
  }
  return ELOOP;
}

// Empty, or why nothing can be written to a descriptor.
std::string wrong_descriptor(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || was_closed_at_start(descriptor)) return "it is closed; name a file";
  const bool readable_only = (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH) != 0;
  return readable_only ? "it is open for reading only; name a file" : "";
}

// Empty, or why nothing should be written to what is there.
std::string wrong_kind(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a directory; give a file name";
  if (S_ISBLK(mode)) return "it is a block device; give a file name";
  if (S_ISSOCK(mode)) return "it is a socket; give a file name";
  return {};
}

void note_status(const struct stat& status, OutputPlace& place) {
  place.mode = status.st_mode;
  place.id = {status.st_dev, status.st_ino, {}};
}

// Takes any number of outputs, for it keeps none: /dev/null, /dev/full.
bool keeps_nothing(const struct stat& status) {
  return S_ISCHR(status.st_mode) && major(status.st_rdev) == 1;
}

bool keeps_nothing(const OutputPlace& place) {
  struct stat status {};
  const int got = place.descriptor >= 0 ? ::fstat(place.descriptor, &status)
                                        : ::stat(place.path.c_str(), &status);
  return got == 0 && keeps_nothing(status);
}

struct TakenFile {
  std::string what;
  FileId id;
  bool standard_stream = false;
};

// Where tables and progress go. A pipe or a terminal has no name that an output could have as well.
std::vector<TakenFile> standard_files() {
  std::vector<TakenFile> taken;
  for (const auto& [descriptor, what] : {std::pair{STDOUT_FILENO, "where standard output goes"},
                                         std::pair{STDERR_FILENO, "where standard error goes"}}) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) continue;
    taken.push_back({what, {status.st_dev, status.st_ino, {}}, true});
  }
  return taken;
}

}  // namespace

bool OutputPlace::is_stream() const { return descriptor >= 0 || (exists() && !S_ISREG(mode)); }

tl::expected<OutputPlace, std::string> find_output_place(const std::string& name) {
  OutputPlace place;
  place.named = name == "-" ? "standard output" : name;
  struct stat status {};
  if (name == "-") {
    place.descriptor = STDOUT_FILENO;
  } else {
    // The kernel's word first: it refuses links that others may have laid (protected_symlinks).
    const bool there = ::stat(name.c_str(), &status) == 0;
    if (!there && errno != ENOENT) return tl::make_unexpected(place_refusal_by(name, errno));
    if (const int error = follow_links(name, place); error != 0) {
      return tl::make_unexpected(error == EISDIR ? place_refusal(name, wrong_kind(S_IFDIR))
                                                 : place_refusal_by(name, error));
    }
  }
  if (place.descriptor >= 0) {
    if (const std::string why = wrong_descriptor(place.descriptor); !why.empty()) {
      return tl::make_unexpected(place_refusal(place.named, why));
    }
    if (::fstat(place.descriptor, &status) == 0) note_status(status, place);
    return place;
  }
  if (::stat(place.path.c_str(), &status) == 0) {
    note_status(status, place);
    const std::string why = wrong_kind(place.mode);
    return why.empty() ? tl::expected<OutputPlace, std::string>(place)
                       : tl::make_unexpected(place_refusal(name, why));
  }
  const std::string directory = place.path.substr(0, place.path.rfind('/') + 1);
  if (::stat(directory.c_str(), &status) != 0) {
    return tl::make_unexpected(place_refusal_by(name, errno));
  }
  place.id = {status.st_dev, status.st_ino, place.id.name};
  return place;
}

std::string name_beside(const std::string& path, const std::string& ending) {
  if (path.empty()) return {};
  const auto place = find_output_place(path);
  return place && place->is_stream() ? std::string() : path + ending;
}

bool is_same_file(const std::string& one, const std::string& other) {
  const auto a = find_output_place(one);
  const auto b = find_output_place(other);
  return a && b && a->id == b->id;
}

std::string wrong_outputs(const std::vector<NamedFile>& outputs,
                          const std::vector<NamedFile>& inputs) {
  std::vector<TakenFile> taken = standard_files();
  for (const NamedFile& input : inputs) {
    struct stat status {};
    if (input.path.empty() || ::stat(input.path.c_str(), &status) != 0) continue;
    if (S_ISREG(status.st_mode)) {
      taken.push_back({input.what, {status.st_dev, status.st_ino, {}}});
    }
  }
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    const auto place = find_output_place(output.path);
    if (!place) return place.error();
    for (const TakenFile& other : taken) {
      // "-" is standard output, and means to be.
      if (other.id != place->id || (other.standard_stream && place->descriptor >= 0)) continue;
      return fmt::format("{}: '{}' is also {}; name another file", output.what, output.path,
                         other.what);
    }
    if (!keeps_nothing(*place)) taken.push_back({output.what, place->id});
  }
  return {};
}

}  // namespace ipcmark
