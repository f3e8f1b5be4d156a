#include "backends/kernel/interrupt_timer.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace ipcmark {

namespace {

void ignore(int) {}

constexpr long every_ns = 100'000'000;

}  // namespace

Status InterruptTimer::arm_here() {
  disarm();
  struct sigaction action {};
  if (sigaction(SIGURG, nullptr, &action) != 0) return fail(Errc::system, "sigaction", errno);
  // A handler of the program's own does as well.
  if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) {
    action = {};
    action.sa_handler = ignore;
    if (sigaction(SIGURG, &action, nullptr) != 0) return fail(Errc::system, "sigaction", errno);
  }
  sigset_t urgent;
  sigemptyset(&urgent);
  sigaddset(&urgent, SIGURG);
  pthread_sigmask(SIG_UNBLOCK, &urgent, nullptr);

  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGURG;
  event._sigev_un._tid = gettid();  // glibc 2.36 has no other name for it
  if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
    if (errno == EAGAIN) {
      return fail(Errc::refused, "timer_create: no signal may be pending; raise ulimit -i", errno);
    }
    return fail(Errc::system, "timer_create", errno);
  }
  armed_ = true;
  thread_ = __builtin_thread_pointer();
  const itimerspec every{{0, every_ns}, {0, every_ns}};
  if (timer_settime(timer_, 0, &every, nullptr) != 0) {
    return fail(Errc::system, "timer_settime", errno);
  }
  return {};
}

void InterruptTimer::disarm() {
  if (armed_) timer_delete(timer_);
  armed_ = false;
}

}  // namespace ipcmark
