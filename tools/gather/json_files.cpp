#include "tools/gather/json_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "backends/fd.hpp"
#include "backends/kernel/file_text.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

// Parsing takes up to some fifteen times what is parsed, so there is an end, and whatever is large
// and names no schema of ipcmark's (a data set, a trace) is not parsed at all.
constexpr std::size_t largest_gathered = std::size_t{64} << 20U;
constexpr std::size_t parsed_in_any_case = std::size_t{1} << 20U;

bool names_a_schema(std::string_view text) {
  return text.find("\"schema\"") != text.npos && text.find("\"ipcmark.") != text.npos;
}

std::string cannot_read(int error) {
  return fmt::format("cannot be read: {}", std::strerror(error));
}

class Walk {
 public:
  explicit Walk(const TakeText& take) : take_(&take) {}

  void directory(const std::string& path) {
    // An empty list is that of an empty directory, or of one that may not be read.
    Fd opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return skip(path, cannot_read(errno));
    opened.reset();  // not one for each level
    const std::string below = path.ends_with('/') ? path : path + "/";
    for (const std::string& name : names_in(path)) {
      std::string each = below;
      entry(each.append(name), name);
    }
  }

  void file(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return skip(path, cannot_read(errno));
    if (!S_ISREG(status.st_mode)) return skip(path, "is no file but " + kind_of(status.st_mode));
    // Where a FIFO takes its place meanwhile, opening it must not wait.
    const Fd opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened || ::fstat(opened.get(), &status) != 0) return skip(path, cannot_read(errno));
    if (!S_ISREG(status.st_mode)) return skip(path, "is no file but " + kind_of(status.st_mode));
    const auto text = read_to_end(opened.get(), largest_gathered);
    if (!text && text.error().code == Errc::too_large) {
      return skip(path, fmt::format("is larger than {}, more than is read of one among many",
                                    size_text(largest_gathered)));
    }
    if (!text) return skip(path, cannot_read(text.error().sys_errno));
    if (text->size() > parsed_in_any_case && !names_a_schema(*text)) {
      return skip(path, "is no document of ipcmark's: it names no schema");
    }
    if (std::string why = (*take_)(path, *text); !why.empty()) skip(path, std::move(why));
  }

  std::vector<SkippedFile> skipped;

 private:
  void entry(const std::string& path, std::string_view name) {
    struct stat status {};
    const bool json = name.ends_with(".json");
    if (::lstat(path.c_str(), &status) != 0) {
      if (json) skip(path, cannot_read(errno));
    } else if (S_ISDIR(status.st_mode)) {
      directory(path);
    } else if (json) {
      const bool link = S_ISLNK(status.st_mode);
      const bool to_directory =
          link && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
      if (!to_directory) file(path);
    }
  }
  void skip(const std::string& path, std::string why) { skipped.push_back({path, std::move(why)}); }

  const TakeText* take_;
};

}  // namespace

tl::expected<std::vector<SkippedFile>, std::string> for_each_json(
    const std::vector<std::string>& places, const TakeText& take) {
  for (const std::string& place : places) {
    struct stat status {};
    if (::stat(place.c_str(), &status) != 0) {
      return tl::make_unexpected(fmt::format("cannot read '{}': {}", place, std::strerror(errno)));
    }
  }
  Walk walk(take);
  for (const std::string& place : places) {
    struct stat status {};
    const bool directory = ::stat(place.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (directory) {
      walk.directory(place);
    } else {
      walk.file(place);
    }
  }
  return std::move(walk.skipped);
}

}  // namespace ipcmark
