// The parts of the environment probe: one function a group, and how they read files.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace ipcmark {

using Facts = std::map<std::string, std::string>;

// The file's text without trailing white space, newlines inside replaced by "; "; empty when it
// cannot be read (not there on this kernel, not for us, or failing while it is read).
std::string read_fact(const std::string& path);
// The same, but "n/a" when it is empty.
std::string fact_or_na(const std::string& path);
// Adds name → text of the file; "n/a" when there is none, so that what was looked for is shown.
void add_file(Facts& facts, const std::string& name, const std::string& path);

// "cpu_core: 0,1,2,3; cpu_atom: 4,5" or "capacity 1024: 0,1; capacity 446: 2,3": which of these
// CPUs is a core of which kind, as the kernel tells it below `devices` ("/sys/devices"); "alike"
// where it tells of no difference.
std::string core_kinds(const std::string& devices, const std::vector<int>& cpus);
// Of one CPU: "cpu_atom", "capacity 446"; empty where the kernel does not tell.
std::string core_kind(const std::string& devices, int cpu);

// "docker", "podman", "lxc", …: what kind of container this process is in; empty: none is seen.
std::string container_kind();

Facts cpu_facts();
Facts kernel_facts();
Facts limit_facts();
Facts load_facts();
Facts clock_facts();

// CPU time stolen by the hypervisor since boot, all CPUs, in clock ticks; "n/a" when not told.
std::string steal_ticks();

}  // namespace ipcmark
