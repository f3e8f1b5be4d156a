#include "tools/stress/leftovers.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "backends/kernel/file_text.hpp"
#include "backends/names.hpp"
#include "scenarios/cleanup/manifest_file.hpp"
#include "scenarios/machine/facts.hpp"

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

void add_entries(std::set<std::string>& found, const char* kind, const std::string& directory,
                 const std::string& prefix) {
  for (const std::string& leaf : names_in(directory))
    if (leaf.starts_with(prefix)) found.insert(std::string{kind} + " " + leaf);
}

// /proc/sysvipc lists every object of the host: key first, the creator's uid in `cuid_column`.
void add_sysv(std::set<std::string>& found, const char* kind, const char* path, int cuid_column) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);  // the column names
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::int64_t key = 0;  // printed as a signed number
    words >> key;
    std::string word;
    for (int column = 1; column <= cuid_column; ++column) words >> word;
    const auto value = static_cast<std::uint32_t>(key);
    if (words && (value & 0xffff0000U) == sysv_key_prefix && word == std::to_string(::geteuid()))
      found.insert(fmt::format("{} 0x{:08x}", kind, value));
  }
}

void add_children(std::set<std::string>& found) {
  for (const std::string& task : names_in("/proc/self/task")) {
    std::ifstream file("/proc/self/task/" + task + "/children");
    for (int pid = 0; file >> pid;)
      found.insert(
          fmt::format("process {} ({})", pid, read_fact("/proc/" + std::to_string(pid) + "/comm")));
  }
}

// With what it points to, so that one closed and another opened is a difference.
void add_descriptors(std::set<std::string>& found) {
  for (const std::string& number : names_in("/proc/self/fd")) {
    std::error_code gone;
    const auto target = fs::read_symlink("/proc/self/fd/" + number, gone).string();
    // The directory being read has a descriptor too, and the next time another.
    if (gone || target.starts_with("/proc/")) continue;
    found.insert(fmt::format("descriptor {} ({})", number, target));
  }
}

}  // namespace

std::set<std::string> survey_objects(const Manifest& manifest) {
  std::set<std::string> found;
  const auto prefix = std::string{object_prefix} + manifest.run_id() + ".";
  add_entries(found, "posix_shm", "/dev/shm", prefix);
  add_entries(found, "posix_queue", "/dev/mqueue", prefix);  // only where it is mounted
  add_entries(found, "file", manifest.directory(), "");
  add_sysv(found, "sysv_queue", "/proc/sysvipc/msg", 9);
  add_sysv(found, "sysv_sem", "/proc/sysvipc/sem", 6);
  add_children(found);
  add_descriptors(found);
  return found;
}

}  // namespace ipcmark
