#include "scenarios/traffic/replay_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>

#include "backends/fd.hpp"

namespace ipcmark {

namespace replay_file_detail {
namespace {

using Loaded = tl::expected<std::shared_ptr<const ReplayFile>, std::string>;

constexpr std::size_t max_bytes = std::size_t{256} << 20U;

tl::unexpected<std::string> unreadable(const std::string& path, const std::string& why) {
  return tl::make_unexpected(fmt::format("cannot read '{}': {}", path, why));
}

tl::expected<std::string, std::string> text_of(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return unreadable(path, std::strerror(errno));
  struct stat about {};
  if (::fstat(file.get(), &about) == 0 && !S_ISREG(about.st_mode)) {
    // Each process of a trial reads it.
    return unreadable(path, "it is no regular file; copy what it gives into one");
  }
  std::string text;
  for (;;) {
    constexpr std::size_t step = std::size_t{1} << 20U;
    const std::size_t begin = text.size();
    text.resize(begin + step);
    const ssize_t got = ::read(file.get(), text.data() + begin, step);
    text.resize(begin + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno != EINTR) return unreadable(path, std::strerror(errno));
    if (got == 0) return text;
    if (text.size() > max_bytes) return unreadable(path, "it is larger than 256 MiB");
  }
}

Loaded read(const std::string& path) {
  auto text = text_of(path);
  if (!text) return tl::make_unexpected(std::move(text.error()));
  auto replay = parse_replay(*text);
  if (!replay) return tl::make_unexpected(fmt::format("'{}': {}", path, replay.error()));
  return std::make_shared<const ReplayFile>(ReplayFile{replay_id(path, *text), std::move(*replay)});
}

}  // namespace
}  // namespace replay_file_detail

tl::expected<std::shared_ptr<const ReplayFile>, std::string> load_replay(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, replay_file_detail::Loaded> all;
  const std::lock_guard lock(mutex);
  const auto known = all.find(path);
  if (known != all.end()) return known->second;
  return all.emplace(path, replay_file_detail::read(path)).first->second;
}

tl::expected<std::shared_ptr<const ReplayFile>, std::string> replay_of(const RunSpec& spec) {
  if (spec.replay.empty()) return std::shared_ptr<const ReplayFile>{};
  if (spec.replay_file.empty()) {
    return tl::make_unexpected(
        fmt::format("needs the file of {}; name it with --replay", spec.replay));
  }
  auto file = load_replay(spec.replay_file);
  if (!file) return file;
  if ((*file)->id != spec.replay) {
    return tl::make_unexpected(
        fmt::format("needs '{}' as it was planned ({}), it is now {}; leave it alone while it runs",
                    spec.replay_file, spec.replay, (*file)->id));
  }
  return file;
}

void set_replay(const std::string& path, const ReplayFile& file, RunSpec& spec) {
  spec.replay = file.id;
  spec.replay_file = path;
  spec.size = file.replay.largest;
  spec.messages = 0;
  spec.duration_ns = std::max<std::uint64_t>(1, file.replay.length_ns());
  spec.options["rate"] = std::max<std::int64_t>(1, std::llround(file.replay.rate()));
}

}  // namespace ipcmark
