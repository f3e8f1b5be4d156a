// Interrupts blocking calls of one thread now and then, for mechanisms whose calls have no timeout.
//
// A timer sends SIGURG to the thread that called arm(), every 100 ms; the handler does nothing.
// Whatever call blocks then returns EINTR, and its caller can look at what has changed. SIGURG,
// because it is ignored by default: one that comes late harms nobody. Without SA_RESTART, under
// which read(2), mq_receive(3), sem_wait(3) and flock(2) would go on unseen; so every call of that
// thread must expect EINTR, as it must anyway.
#pragma once

#include <time.h>

#include "backends/error.hpp"

namespace ipcmark {

class InterruptTimer {
 public:
  InterruptTimer() = default;
  InterruptTimer(const InterruptTimer&) = delete;
  InterruptTimer& operator=(const InterruptTimer&) = delete;
  ~InterruptTimer() { disarm(); }
  // From now on for the calling thread. Costs a comparison when that is so already.
  Status arm() {
    if (is_armed()) [[likely]]
      return {};
    return arm_here();
  }
  // For the calling thread.
  bool is_armed() const { return armed_ && thread_ == __builtin_thread_pointer(); }

 private:
  Status arm_here();
  void disarm();

  timer_t timer_{};
  void* thread_ = nullptr;  // its thread pointer: no call between two messages
  bool armed_ = false;
};

}  // namespace ipcmark
