// Small scenarios that do what real ones must not: crash, hang, wait for each other.
#pragma once

#include <functional>

#include "scenarios/scenario.hpp"

namespace ipcmark::toy {

// The built-in backends, "stuck_pipe" (a pipe whose receiver never opens), "deaf_stream" (a Unix
// stream whose receiver never takes anything), "lossy_pipe" (a pipe that is said to lose messages)
// and the toys:
//   stream    sender → receiver; options: messages, act (see Act), late_ns
//   trickle   a message every 2 ms until somebody ends it
//   cross     two workers fill their pipe to the other, and neither receives
//   by_id     the sender is opened by the channel's id
//   memory    both workers count in shared memory, between two barriers
//   look      one worker reports what it inherited
//   mortal    one worker may die; option act: it is killed, crashes, or waits to be ended
//   dies_inside  the sender dies in its call, halfway through copying a message
//   many_locks   one worker, and more locks than its link has room for
Program program();

// Called in the coordinator each time that it hands a lock of "many_locks" over; null: nobody is.
inline std::function<void()> lock_handed_over;

// Options of "stream".
enum Act : int {
  normal,
  receiver_crashes,      // SIGSEGV after 10 messages
  receiver_refuses,      // report().ok = false after 10 messages
  receiver_exits,        // _exit(7) after 10 messages
  receiver_throws,       // a bug
  receiver_never_comes,  // work() ends at once, without a barrier
};

}  // namespace ipcmark::toy
