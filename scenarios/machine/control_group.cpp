#include "scenarios/machine/control_group.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "scenarios/machine/facts.hpp"

namespace ipcmark {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Version 1 writes "no limit" as the largest multiple of a page.
std::string or_max(const std::string& text) {
  constexpr std::uint64_t largest = std::uint64_t{1} << 62U;
  return std::strtoull(text.c_str(), nullptr, 10) >= largest ? "max" : text;
}

// "nr_throttled 3\nthrottled_usec 4711": the number behind that word; nothing without it.
std::optional<std::uint64_t> value_in(const std::string& text, const std::string& name) {
  std::istringstream words(text);
  std::string word;
  std::uint64_t value = 0;
  while (words >> word >> value) {
    if (word == name) return value;
  }
  return std::nullopt;
}

}  // namespace

ControlGroup::ControlGroup(const std::string& membership, std::string mounts)
    : mounts_(std::move(mounts)),
      unified_(path_of(membership, "")),
      cpu_(path_of(membership, "cpu")),
      memory_(path_of(membership, "memory")),
      pids_(path_of(membership, "pids")),
      cpuset_(path_of(membership, "cpuset")) {}

ControlGroup ControlGroup::own() { return {text_of("/proc/self/cgroup"), "/sys/fs/cgroup"}; }

// A line is "4:cpu,cpuacct:/path"; of version 2 "0::/path".
std::string ControlGroup::path_of(const std::string& membership,
                                  const std::string& controller) const {
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controllers.find("," + controller + ",") != std::string::npos) {
      return line.substr(second + 1);
    }
  }
  return {};
}

// Inside a container the path is that of the namespace or of the host; both are tried, since the
// walk ends at the mount.
std::string ControlGroup::folder_of(const std::string& hierarchy, const std::string& path,
                                    const char* file, const char* unlimited) const {
  std::string found;
  for (std::string at = path;; at.resize(std::min(at.find_last_of('/'), at.size()))) {
    std::string folder = mounts_ + hierarchy;
    folder += at;
    const std::string text = read_fact(folder + "/" + file);
    if (!text.empty() && !text.starts_with(unlimited)) return folder;
    if (!text.empty() && found.empty()) found = std::move(folder);
    if (at.empty()) return found;
  }
}

std::string ControlGroup::nearest(const std::string& hierarchy, const std::string& path,
                                  const char* file, const char* unlimited) const {
  return read_fact(folder_of(hierarchy, path, file, unlimited) + "/" + file);
}

std::string ControlGroup::cpu_max() const {
  if (std::string text = unified("cpu.max"); !text.empty()) return text;
  const std::string folder = folder_of("/cpu", cpu_, "cpu.cfs_quota_us", "-1");
  if (folder.empty()) return "n/a";
  const std::string quota = read_fact(folder + "/cpu.cfs_quota_us");
  const std::string period = read_fact(folder + "/cpu.cfs_period_us");
  return (quota.starts_with("-1") ? "max" : quota) + (period.empty() ? "" : " " + period);
}

std::string ControlGroup::memory_max() const {
  if (std::string text = unified("memory.max"); !text.empty()) return text;
  const std::string limit =
      nearest("/memory", memory_, "memory.limit_in_bytes", "9223372036854771712");
  return limit.empty() ? "n/a" : or_max(limit);
}

std::string ControlGroup::pids_max() const {
  if (std::string text = unified("pids.max"); !text.empty()) return text;
  const std::string limit = nearest("/pids", pids_, "pids.max", "max");
  return limit.empty() ? "n/a" : limit;
}

std::string ControlGroup::cpus() const {
  if (std::string text = unified("cpuset.cpus.effective"); !text.empty()) return text;
  for (const char* file : {"cpuset.effective_cpus", "cpuset.cpus"}) {
    if (std::string text = nearest("/cpuset", cpuset_, file, "-"); !text.empty()) return text;
  }
  return "n/a";
}

std::optional<std::uint64_t> ControlGroup::throttled_ns() const {
  std::optional<std::uint64_t> max;
  const auto look = [&](const std::string& hierarchy, std::string at, const char* name,
                        std::uint64_t unit_ns) {
    for (;; at.resize(std::min(at.find_last_of('/'), at.size()))) {
      std::string file = mounts_ + hierarchy;
      file.append(at).append("/cpu.stat");
      const auto value = value_in(text_of(file), name);
      if (value) max = std::max(max.value_or(0), *value * unit_ns);
      if (at.empty()) return;
    }
  };
  look("", unified_, "throttled_usec", 1000);
  look("/cpu", cpu_, "throttled_time", 1);
  return max;
}

}  // namespace ipcmark
