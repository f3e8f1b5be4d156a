// Interrupts blocking calls of one thread now and then, for mechanisms whose calls have no timeout.
//
// A timer sends SIGURG to the thread that called arm(), every 100 ms; the handler does nothing.
// msgsnd(2) and msgrcv(2) then return EINTR and their caller can look at what has changed. SIGURG,
// because it is ignored by default: one that comes late harms nobody. Other calls restart
// (SA_RESTART); those that never do must expect EINTR anyway.
#pragma once

#include <pthread.h>
#include <time.h>

#include "results/error.hpp"

namespace ipcmark {

class Nudge {
 public:
  Nudge() = default;
  Nudge(const Nudge&) = delete;
  Nudge& operator=(const Nudge&) = delete;
  ~Nudge() { disarm(); }
  // From now on for the calling thread. Costs a comparison when that is so already.
  Status arm() {
    if (armed_ && pthread_equal(thread_, pthread_self()) != 0) [[likely]]
      return {};
    return arm_here();
  }

 private:
  Status arm_here();
  void disarm();

  timer_t timer_{};
  pthread_t thread_{};
  bool armed_ = false;
};

}  // namespace ipcmark
