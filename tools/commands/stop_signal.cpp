#include "tools/commands/stop_signal.hpp"

#include <csignal>

namespace ipcmark {

namespace {

std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "written in a signal handler");

extern "C" void remember(int signal) { stop_signal.store(signal, std::memory_order_relaxed); }

}  // namespace

const std::atomic<int>& catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = remember;
  // Restored on delivery, so that a second Ctrl-C is not asked to wait for anything.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  // A reader of our output that went away is an error of write(2), said like any other.
  std::signal(SIGPIPE, SIG_IGN);
  return stop_signal;
}

}  // namespace ipcmark
