#include "scenarios/launch/process_state.hpp"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

namespace ipcmark {
namespace {

std::string place(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

}  // namespace

ProcessState process_state(pid_t pid) {
  ProcessState result;
  std::ifstream status(place(pid, "status"));
  for (std::string line; std::getline(status, line);) {
    const std::string_view text(line);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = text.substr(0, colon);
    const auto value = text.find_first_not_of(" \t", colon + 1);
    if (value == std::string_view::npos) continue;
    if (name == "State") result.state = text[value];
    if (name == "voluntary_ctxt_switches" || name == "nonvoluntary_ctxt_switches") {
      result.switches += std::strtoull(line.c_str() + value, nullptr, 10);
    }
  }
  std::ifstream(place(pid, "schedstat")) >> result.ran_ns;
  std::ifstream wchan(place(pid, "wchan"));
  std::getline(wchan, result.waiting_in);
  if (result.waiting_in == "0") result.waiting_in.clear();  // running, or not for us to see
  return result;
}

std::set<std::uint64_t> sockets_of(pid_t pid) {
  constexpr std::string_view prefix = "socket:[";
  std::set<std::uint64_t> inodes;
  const std::string folder = place(pid, "fd");
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (!directory) return inodes;
  while (const dirent* entry = ::readdir(directory.get())) {  // NOLINT(concurrency-mt-unsafe)
    std::array<char, 64> target{};
    const std::string link = folder + "/" + entry->d_name;
    if (::readlink(link.c_str(), target.data(), target.size() - 1) <= 0) continue;
    if (!std::string_view(target.data()).starts_with(prefix)) continue;
    inodes.insert(std::strtoull(target.data() + prefix.size(), nullptr, 10));
  }
  return inodes;
}

// "sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ...";
// a timer of kind 1 is the one that sends unacknowledged bytes again (proc_net_tcp.txt).
bool retransmits(std::istream& table, const std::set<std::uint64_t>& sockets) {
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmissions, user, timeout;
    std::uint64_t inode = 0;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmissions >> user >>
        timeout >> inode;
    if (timer.starts_with("01:") && sockets.contains(inode)) return true;
  }
  return false;
}

bool retransmits(const std::set<std::uint64_t>& sockets) {
  if (sockets.empty()) return false;
  for (const char* name : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream table(name);
    if (retransmits(table, sockets)) return true;
  }
  return false;
}

}  // namespace ipcmark
