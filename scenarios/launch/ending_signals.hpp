// The signals by which a user, a service manager or a limit ends a process.
#pragma once

#include <vector>

namespace ipcmark {

// Those whose default action ends a process without being the mark of its own crash: SIGINT,
// SIGTERM, SIGHUP, SIGQUIT, the timers', SIGXCPU, the real-time ones, … A command ends in order by
// them. Not among them is SIGXFSZ, which is ignored: a file that would outgrow its limit is an
// error of write(2).
std::vector<int> ending_signals();

// Whether the disposition that this process inherited, or has set, is the named one.
bool has_default_action(int signal);
bool is_ignored(int signal);

}  // namespace ipcmark
