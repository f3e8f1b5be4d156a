#include "scenarios/cleanup/trace_instances.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>

namespace ipcmark {
namespace {

constexpr std::string_view prefix = "ipcmark.";

// When the process began; nothing: there is none. The name stands in parentheses and may hold
// anything; the start is the 22nd field (proc(5)).
std::optional<std::uint64_t> start_of(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::string word;
  for (int field = 3; field < 22; ++field) rest >> word;
  std::uint64_t start = 0;
  if (!(rest >> start)) return std::nullopt;
  return start;
}

struct Owner {
  int pid = 0;
  std::uint64_t start = 0;
};

std::optional<Owner> owner_of(std::string_view leaf) {
  if (!leaf.starts_with(prefix)) return std::nullopt;
  leaf.remove_prefix(prefix.size());
  Owner owner;
  const char* const end = leaf.data() + leaf.size();
  const auto pid = std::from_chars(leaf.data(), end, owner.pid);
  if (pid.ec != std::errc{} || pid.ptr == end || *pid.ptr != '.' || owner.pid <= 0) {
    return std::nullopt;
  }
  const auto start = std::from_chars(pid.ptr + 1, end, owner.start);
  if (start.ec != std::errc{} || start.ptr != end) return std::nullopt;
  return owner;
}

}  // namespace

std::string tracefs_mount() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device;
    std::string place;
    std::string type;
    if (words >> device >> place >> type && type == "tracefs") return place;
  }
  return {};
}

std::string own_trace_instance() {
  return fmt::format("{}{}.{}", prefix, ::getpid(), start_of(::getpid()).value_or(0));
}

TraceInstances trace_instances_in(const std::string& directory) {
  TraceInstances found;
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory.c_str()), ::closedir);
  if (!listing) return found;
  while (const dirent* entry = ::readdir(listing.get())) {  // NOLINT(concurrency-mt-unsafe)
    const auto owner = owner_of(entry->d_name);
    if (!owner) continue;
    const bool lives = start_of(owner->pid) == owner->start;
    (lives ? found.live : found.dead).push_back(directory + "/" + entry->d_name);
  }
  std::sort(found.dead.begin(), found.dead.end());
  std::sort(found.live.begin(), found.live.end());
  return found;
}

TraceInstances trace_instances() {
  const std::string mount = tracefs_mount();
  return mount.empty() ? TraceInstances{} : trace_instances_in(mount + "/instances");
}

int remove_trace_instance(const std::string& path) {
  const int file = ::open((path + "/tracing_on").c_str(), O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    // Whether it stops or not: rmdir ends it.
    [[maybe_unused]] const auto written = ::write(file, "0", 1);
    ::close(file);
  }
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

}  // namespace ipcmark
