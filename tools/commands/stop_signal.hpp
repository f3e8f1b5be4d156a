// SIGINT, SIGTERM and SIGHUP end a run cleanly: they raise a flag that the session looks at.
#pragma once

#include <atomic>

namespace ipcmark {

// Installs the handlers. The flag holds the first signal's number, 0 until then; it lives for ever.
// A second signal of the same kind ends the process at once (the workers die with it).
const std::atomic<int>& catch_stop_signals();

}  // namespace ipcmark
