#include "scenarios/foreign/process_tree.hpp"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

namespace ipcmark {
namespace {

std::string place(pid_t pid, const std::string& file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The entries of a folder that are numbers, ascending.
std::vector<pid_t> numbers_in(const std::string& folder) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (!directory) return numbers;
  while (const dirent* entry = ::readdir(directory.get())) {  // NOLINT(concurrency-mt-unsafe)
    char* end = nullptr;
    const long number = std::strtol(entry->d_name, &end, 10);
    if (*end == '\0' && number > 0) numbers.push_back(static_cast<pid_t>(number));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// The fields of /proc/PID/stat behind the name, which may hold anything: from the state on.
std::vector<std::string> stat_fields(pid_t pid) {
  const std::string line = first_line(place(pid, "stat"));
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream words(line.substr(name_end + 1));
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  return fields;
}

// A field by its number in proc(5).
std::uint64_t stat_number(const std::vector<std::string>& fields, std::size_t number) {
  constexpr std::size_t state_number = 3;
  const std::size_t index = number - state_number;
  return index < fields.size() ? std::strtoull(fields[index].c_str(), nullptr, 10) : 0;
}

// Where the kernel keeps no lists of children: everybody's parent is looked up.
std::vector<pid_t> children_by_parent(pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t each : numbers_in("/proc")) {
    if (stat_number(stat_fields(each), 4) == static_cast<std::uint64_t>(pid)) {
      children.push_back(each);
    }
  }
  return children;
}

// The lines "name: value" of a status file that are numbers.
std::map<std::string, std::uint64_t> status_of(const std::string& path) {
  std::map<std::string, std::uint64_t> values;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    values[line.substr(0, colon)] = std::strtoull(line.c_str() + colon + 1, nullptr, 10);
  }
  return values;
}

std::string described_fd(pid_t pid, int fd) {
  std::array<char, 256> target{};
  const std::string link = place(pid, "fd/" + std::to_string(fd));
  if (fd < 0 || ::readlink(link.c_str(), target.data(), target.size() - 1) <= 0) return {};
  const std::string text(target.data());
  for (const char* kind : {"pipe", "socket"}) {
    if (text.starts_with(std::string(kind) + ":[")) return std::string("a ") + kind;
  }
  return text.starts_with("anon_inode:") ? text.substr(11) : text;
}

TaskSample task_sample(pid_t pid, pid_t task) {
  const std::string folder = "task/" + std::to_string(task) + "/";
  TaskSample sample;
  const std::string stat = first_line(place(pid, folder + "stat"));
  const auto name_end = stat.rfind(')');
  if (name_end != std::string::npos && name_end + 2 < stat.size()) {
    sample.state = stat[name_end + 2];
  }
  const std::string line = first_line(place(pid, folder + "syscall"));
  const auto call = blocking_call(line);
  sample.known = !line.empty();
  if (!call) return sample;
  sample.call = *call;
  sample.on = described_fd(pid, call->fd);
  return sample;
}

}  // namespace

std::vector<pid_t> children_of(pid_t pid) {
  static const bool kept =
      ::access(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), R_OK) == 0;
  if (!kept) return children_by_parent(pid);
  std::vector<pid_t> children;
  for (const pid_t task : numbers_in(place(pid, "task"))) {
    std::ifstream list(place(pid, "task/" + std::to_string(task) + "/children"));
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

std::vector<pid_t> tree_of(const std::vector<pid_t>& roots) {
  std::vector<pid_t> tree = roots;
  std::set<pid_t> seen(roots.begin(), roots.end());
  for (std::size_t i = 0; i < tree.size(); ++i) {
    for (const pid_t child : children_of(tree[i])) {
      if (seen.insert(child).second) tree.push_back(child);
    }
  }
  return tree;
}

bool ProcessSample::stopped() const {
  return std::any_of(tasks.begin(), tasks.end(),
                     [](const TaskSample& task) { return task.state == 'T' || task.state == 't'; });
}

ProcessSample sample_of(pid_t pid) {
  ProcessSample sample;
  sample.pid = pid;
  sample.name = first_line(place(pid, "comm"));
  sample.cpu_ns = cpu_time_ns(pid);
  for (const pid_t task : numbers_in(place(pid, "task"))) {
    sample.tasks.push_back(task_sample(pid, task));
    const auto status = status_of(place(pid, "task/" + std::to_string(task) + "/status"));
    for (const char* name : {"voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"}) {
      const auto found = status.find(name);
      if (found != status.end()) sample.switches += found->second;
    }
  }
  return sample;
}

std::uint64_t cpu_time_ns(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

TreeUse use_of(const std::vector<pid_t>& pids) {
  const auto tick_ns = 1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  TreeUse all;
  for (const pid_t pid : pids) {
    const auto fields = stat_fields(pid);
    if (fields.empty() || fields.front() == "Z") continue;
    ProcessUse& use = all[pid];
    use.name = first_line(place(pid, "comm"));
    use.cpu_ns = cpu_time_ns(pid);
    use.minor_faults = stat_number(fields, 10);
    use.major_faults = stat_number(fields, 12);
    use.user_ns = stat_number(fields, 14) * tick_ns;
    use.system_ns = stat_number(fields, 15) * tick_ns;
    use.children_ns = (stat_number(fields, 16) + stat_number(fields, 17)) * tick_ns;
    use.peak_bytes = status_of(place(pid, "status"))["VmHWM"] * 1024;
    for (const pid_t task : numbers_in(place(pid, "task"))) {
      auto status = status_of(place(pid, "task/" + std::to_string(task) + "/status"));
      use.voluntary_switches += status["voluntary_ctxt_switches"];
      use.involuntary_switches += status["nonvoluntary_ctxt_switches"];
    }
  }
  return all;
}

}  // namespace ipcmark
