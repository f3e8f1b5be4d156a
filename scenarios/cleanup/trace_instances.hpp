// Instances of tracefs: the kernel's buffers for events of one run, which nothing but rmdir(2)
// ends.
#pragma once

#include <string>
#include <vector>

namespace ipcmark {

// Where tracefs is mounted, as this process sees it; empty: nowhere.
std::string tracefs_mount();

// Of this process: "ipcmark.PID.START", START being when it began (ticks since the machine's
// start), so that no later process is taken for it.
std::string own_trace_instance();

struct TraceInstances {
  std::vector<std::string> dead, live;  // paths; of processes that have ended, and that have not
};
// Those with names as above, of whatever user. Nothing where tracefs is not mounted or closed to
// us.
TraceInstances trace_instances();
// The same below another directory, for tests.
TraceInstances trace_instances_in(const std::string& directory);

// Stops it and takes it away. An errno; 0: it is gone.
int remove_trace_instance(const std::string& path);

}  // namespace ipcmark
