#include "tools/explain/trace_buffers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace ipcmark {
namespace {

constexpr std::uint64_t all_kb = std::uint64_t{256} * 1024;
constexpr std::uint64_t max_kb = 16 * 1024;  // a trial has fewer events on one CPU
constexpr std::uint64_t min_kb = 1024;
constexpr std::uint64_t unused_kb = 1;  // the kernel makes it two pages

// Sets it: an errno, or 0.
int set_kb(const std::string& file, std::uint64_t kb) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const std::string text = std::to_string(kb);
  const int error = ::write(fd, text.data(), text.size()) < 0 ? errno : 0;
  ::close(fd);
  return error;
}

}  // namespace

std::uint64_t trace_buffer_kb(std::size_t cpus) {
  return std::clamp(all_kb / std::max<std::size_t>(cpus, 1), min_kb, max_kb);
}

std::string trace_buffer_refusal(const std::string& file, std::uint64_t kb, int error) {
  if (error == ENOMEM) {
    return fmt::format(
        "the kernel has no memory for a buffer of {} KiB ({}); free some, or let fewer CPUs be "
        "used "
        "(taskset)",
        kb, file);
  }
  return fmt::format("cannot write '{}' into {}: {}", kb, file,
                     std::strerror(error));  // NOLINT(concurrency-mt-unsafe)
}

std::string size_trace_buffers(const std::string& path, const std::vector<int>& cpus) {
  const std::string all = path + "/buffer_size_kb";
  if (const int error = set_kb(all, unused_kb); error != 0) {
    return trace_buffer_refusal(all, unused_kb, error);
  }
  const std::uint64_t kb = trace_buffer_kb(cpus.size());
  for (const int cpu : cpus) {
    const std::string file = fmt::format("{}/per_cpu/cpu{}/buffer_size_kb", path, cpu);
    if (const int error = set_kb(file, kb); error != 0) {
      return trace_buffer_refusal(file, kb, error);
    }
  }
  return {};
}

std::map<std::int16_t, std::uint64_t> lost_events(const std::string& path) {
  std::map<std::int16_t, std::uint64_t> lost;
  std::error_code none;
  for (const auto& directory : std::filesystem::directory_iterator(path + "/per_cpu", none)) {
    const std::string leaf = directory.path().filename();
    std::int16_t cpu = 0;
    if (!leaf.starts_with("cpu")) continue;
    const auto number = std::from_chars(leaf.data() + 3, leaf.data() + leaf.size(), cpu);
    if (number.ec != std::errc{}) continue;
    std::uint64_t here = 0;
    std::ifstream stats(directory.path() / "stats");
    for (std::string line; std::getline(stats, line);) {
      for (const std::string_view head : {"overrun: ", "dropped events: "}) {
        if (line.starts_with(head)) here += std::stoull(line.substr(head.size()));
      }
    }
    if (here > 0) lost[cpu] = here;
  }
  return lost;
}

}  // namespace ipcmark
