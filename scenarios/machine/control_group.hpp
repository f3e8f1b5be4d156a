// What the control group of this process may use, in version 1 and version 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ipcmark {

class ControlGroup {
 public:
  // `membership`: text of /proc/self/cgroup. `mounts`: where the hierarchies are mounted.
  ControlGroup(const std::string& membership, std::string mounts);
  static ControlGroup own();

  // The nearest limit that is set, from the leaf up, in the words of version 2: "20000 100000"
  // (µs of CPU, of each period), "max 100000", "4096", "max"; "n/a" where nothing tells.
  std::string cpu_max() const;
  std::string memory_max() const;
  std::string pids_max() const;
  std::string cpus() const;  // "0-3"
  // How long processes of the group were kept from running because its CPU time was used up.
  std::optional<std::uint64_t> throttled_ns() const;

 private:
  // Of the group and its parents the first whose file says something that does not begin with
  // `unlimited`; else the first whose file says something; empty: none has it.
  std::string folder_of(const std::string& hierarchy, const std::string& path, const char* file,
                        const char* unlimited) const;
  // What it says there.
  std::string nearest(const std::string& hierarchy, const std::string& path, const char* file,
                      const char* unlimited) const;
  std::string unified(const char* file) const { return nearest("", unified_, file, "max"); }
  std::string path_of(const std::string& membership, const std::string& controller) const;

  std::string mounts_;
  std::string unified_, cpu_, memory_, pids_, cpuset_;  // paths; of the last four: version 1
};

}  // namespace ipcmark
