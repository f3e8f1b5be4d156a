#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <fstream>
#include <sstream>

#include "scenarios/machine/control_group.hpp"
#include "scenarios/machine/facts.hpp"

namespace ipcmark {
namespace {

void add_rlimit(Facts& facts, const std::string& name, __rlimit_resource which) {
  rlimit limit{};
  if (::getrlimit(which, &limit) != 0) {
    facts[name] = "n/a";
    return;
  }
  const auto text = [](rlim_t value) {
    return value == RLIM_INFINITY ? std::string{"unlimited"} : std::to_string(value);
  };
  facts[name] = text(limit.rlim_cur) + " (hard " + text(limit.rlim_max) + ")";
}

void add_cgroup(Facts& facts) {
  const ControlGroup own = ControlGroup::own();
  facts["cgroup.cpu.max"] = own.cpu_max();
  facts["cgroup.memory.max"] = own.memory_max();
  facts["cgroup.pids.max"] = own.pids_max();
  facts["cgroup.cpuset.cpus.effective"] = own.cpus();
}

void add_file_system(Facts& facts, const std::string& name, const char* path) {
  struct statvfs status {};
  facts[name] = ::statvfs(path, &status) == 0 ? std::to_string(status.f_blocks * status.f_frsize)
                                              : std::string{"n/a"};
}

// /dev/mqueue is for looking only: queues work without it.
std::string mounted_at(const std::string& type) {
  std::ifstream file("/proc/self/mounts");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string device;
    std::string where;
    std::string kind;
    if (words >> device >> where >> kind && kind == type) return where;
  }
  return "not mounted";
}

}  // namespace

Facts limit_facts() {
  Facts facts;
  for (const auto* name :
       {"msg_default", "msg_max", "msgsize_default", "msgsize_max", "queues_max"})
    add_file(facts, std::string{"mqueue."} + name, std::string{"/proc/sys/fs/mqueue/"} + name);
  for (const auto* name : {"msgmax", "msgmnb", "msgmni", "shmmax", "shmall", "shmmni", "sem"})
    add_file(facts, name, std::string{"/proc/sys/kernel/"} + name);
  for (const auto* name :
       {"pipe-max-size", "pipe-user-pages-soft", "pipe-user-pages-hard", "file-max"})
    add_file(facts, name, std::string{"/proc/sys/fs/"} + name);
  for (const auto* name : {"rmem_max", "wmem_max", "rmem_default", "wmem_default", "somaxconn"})
    add_file(facts, std::string{"net."} + name, std::string{"/proc/sys/net/core/"} + name);
  add_file(facts, "net.max_dgram_qlen", "/proc/sys/net/unix/max_dgram_qlen");
  add_file(facts, "net.tcp_rmem", "/proc/sys/net/ipv4/tcp_rmem");
  add_file(facts, "net.tcp_wmem", "/proc/sys/net/ipv4/tcp_wmem");
  add_rlimit(facts, "rlimit.msgqueue", RLIMIT_MSGQUEUE);
  add_rlimit(facts, "rlimit.nofile", RLIMIT_NOFILE);
  add_rlimit(facts, "rlimit.nproc", RLIMIT_NPROC);
  add_rlimit(facts, "rlimit.memlock", RLIMIT_MEMLOCK);
  add_rlimit(facts, "rlimit.as", RLIMIT_AS);
  add_rlimit(facts, "rlimit.fsize", RLIMIT_FSIZE);
  add_rlimit(facts, "rlimit.rtprio", RLIMIT_RTPRIO);
  add_rlimit(facts, "rlimit.sigpending", RLIMIT_SIGPENDING);
  add_file_system(facts, "dev_shm_bytes", "/dev/shm");
  facts["mqueue.mounted"] = mounted_at("mqueue");
  add_cgroup(facts);
  return facts;
}

}  // namespace ipcmark
