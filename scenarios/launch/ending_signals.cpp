#include "scenarios/launch/ending_signals.hpp"

#include <signal.h>

namespace ipcmark {
namespace {

bool has_handler(int signal, void (*handler)(int)) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == handler;
}

}  // namespace

std::vector<int> ending_signals() {
  std::vector<int> signals{SIGHUP,    SIGINT,  SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,   SIGALRM,
                           SIGVTALRM, SIGPROF, SIGPIPE, SIGIO,   SIGPWR,  SIGSTKFLT, SIGXCPU};
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) signals.push_back(signal);
  return signals;
}

bool has_default_action(int signal) { return has_handler(signal, SIG_DFL); }

bool is_ignored(int signal) { return has_handler(signal, SIG_IGN); }

}  // namespace ipcmark
