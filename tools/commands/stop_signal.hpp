// What ends a run in order: SIGINT, SIGTERM and the others of ending_signals.hpp raise a flag that
// the session looks at.
#pragma once

#include <atomic>

namespace ipcmark {

// Installs the handlers, but for what was ignored on entry (nohup's SIGHUP, a background job's
// SIGINT), which stays so. The flag holds the first signal's number, 0 until then; it lives for
// ever. SIGINT, SIGTERM, SIGHUP or SIGQUIT a second time ends the process at once (the workers die
// with it), unless it comes within 300 ms: timeout(1) and others signal the process and then its
// group, which is one signal. SIGPIPE counts where somebody else sent it; a reader of our output
// that went away is an error of write(2), said like any other.
const std::atomic<int>& catch_stop_signals();

}  // namespace ipcmark
