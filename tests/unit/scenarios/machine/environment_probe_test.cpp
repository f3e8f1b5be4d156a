#include "scenarios/machine/environment_probe.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace ipcmark {
namespace {

TEST(EnvironmentProbe, EveryItemIsThere) {
  const auto environment = probe_environment();
  const std::map<std::string, std::vector<std::string>> wanted{
      {"cpu",
       {"model", "flags", "microcode", "topology", "caches", "numa", "allowed", "governor", "turbo",
        "smt", "isolated", "mitigations", "hypervisor"}},
      {"kernel",
       {"system", "release", "version", "machine", "command_line", "container", "thp", "aslr"}},
      {"limits",
       {"mqueue.msg_max", "mqueue.msgsize_max", "msgmax", "msgmnb", "msgmni", "shmmax", "sem",
        "pipe-max-size", "pipe-user-pages-soft", "rlimit.msgqueue", "rlimit.nofile",
        "dev_shm_bytes", "cgroup.cpu.max", "cgroup.memory.max"}},
      {"load", {"average", "pressure.cpu", "steal_before"}},
      {"clock", {"source", "cost_ns", "step_ns"}},
      {"build", {"version", "revision", "compiler", "flags", "type", "sanitizers"}},
      {"libraries", {"glibc", "libzmq", "boost"}}};
  for (const auto& [group, names] : wanted)
    for (const auto& name : names)
      EXPECT_NE(environment.get(group, name), "") << group << "." << name;
  EXPECT_NE(environment.get("kernel", "release"), "n/a");
  EXPECT_NE(environment.get("cpu", "allowed"), "n/a");
  EXPECT_GT(std::stod(environment.get("clock", "cost_ns")), 0);
  EXPECT_GE(std::stod(environment.get("clock", "step_ns")), 1);
}

TEST(EnvironmentProbe, TheHostNameIsNotInIt) {
  char name[256] = {};
  ASSERT_EQ(::gethostname(name, sizeof name - 1), 0);
  const std::string host{name};
  const auto environment = probe_environment();
  for (const auto& [group, facts] : environment.facts)
    for (const auto& [fact, value] : facts) {
      EXPECT_NE(value, host) << group << "." << fact;
      // A short name ("vm") may well be part of another word.
      if (host.size() >= 6) {
        EXPECT_EQ(value.find(host), std::string::npos) << group << "." << fact;
      }
    }
}

TEST(EnvironmentProbe, TheEndOfTheRunIsAdded) {
  auto environment = probe_environment();
  EXPECT_EQ(environment.get("load", "steal_after"), "");
  note_end_of_run(environment);
  EXPECT_NE(environment.get("load", "steal_after"), "");
}

}  // namespace
}  // namespace ipcmark
