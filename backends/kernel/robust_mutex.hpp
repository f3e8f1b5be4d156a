// A process-shared, robust POSIX mutex (pthread_mutexattr_setrobust(3)): the kernel tells the next
// locker when the holder died. Whoever is told so declares the state consistent; what the mutex
// guards must be right after every single store.
//
// Here alone the shared page is trusted. glibc keeps the list of the robust mutexes that a thread
// holds in the mutexes themselves, as addresses of the process that locked last; unlock follows
// them. A peer that overwrites a mutex in the page can so have another process store to an address
// of its choice. No check helps, as the look would be before the use: between processes that do not
// trust each other there is no process-shared mutex of glibc's.
#pragma once

#include <pthread.h>

#include "backends/deadline.hpp"
#include "backends/error.hpp"

namespace ipcmark {

// 0 or an errno. `protocol`: PTHREAD_PRIO_NONE or PTHREAD_PRIO_INHERIT.
int initialise_robust_mutex(pthread_mutex_t* mutex, int protocol);

// timeout, would_block; peer_died when it can never be had again. The death of a holder ends the
// wait by itself.
Status lock_robust_mutex(pthread_mutex_t* mutex, Deadline deadline);
Status unlock_robust_mutex(pthread_mutex_t* mutex);

}  // namespace ipcmark
