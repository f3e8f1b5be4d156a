#include "tools/commands/stop_signal.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "scenarios/launch/ending_signals.hpp"

namespace ipcmark {

namespace {

constexpr std::uint64_t repeat_ns = 300'000'000;

std::atomic<int> stop_signal{0};
// By signal: when it came first; 0: not yet.
std::array<std::atomic<std::uint64_t>, NSIG> came_ns{};
static_assert(std::atomic<int>::is_always_lock_free, "written in a signal handler");
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "written in a signal handler");

// A limit's or a timer's signal may come again and again without anybody's wish.
bool repeated_by_wish(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

extern "C" void remember(int signal, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  const auto now = static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
                   static_cast<std::uint64_t>(time.tv_nsec);
  // One's own comes from a write to a pipe that nobody reads.
  if (signal == SIGPIPE && info->si_pid == ::getpid()) return;
  int none = 0;
  stop_signal.compare_exchange_strong(none, signal, std::memory_order_relaxed);
  std::uint64_t first = 0;
  if (!came_ns.at(static_cast<std::size_t>(signal))
           .compare_exchange_strong(first, now, std::memory_order_relaxed) &&
      repeated_by_wish(signal) && now - first >= repeat_ns) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);  // delivered when this handler returns
  }
  errno = error;
}

}  // namespace

const std::atomic<int>& catch_stop_signals() {
  struct sigaction action {};
  action.sa_sigaction = remember;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  for (const int signal : ending_signals()) {
    if (has_default_action(signal)) ::sigaction(signal, &action, nullptr);
  }
  return stop_signal;
}

}  // namespace ipcmark
