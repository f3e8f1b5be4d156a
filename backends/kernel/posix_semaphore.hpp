// A process-shared POSIX semaphore in a shared page, for lock and notifier.
#pragma once

#include <semaphore.h>

#include "backends/kernel/interruptible_call.hpp"
#include "backends/kernel/shared_page.hpp"

namespace ipcmark {

// The address of a new semaphore.
Result<Address> create_posix_semaphore(bool with_token);

// One process's hold on it; one thread at a time. `context` outlives it.
class PosixSemaphore {
 public:
  PosixSemaphore(Mapping page, const OpenContext& context)
      : page_(std::move(page)),
        semaphore_(reinterpret_cast<sem_t*>(page_.data())),
        call_(context) {}
  // limit: the value is at its maximum.
  Status give();
  // timeout, would_block, peer_died.
  Status take(Deadline deadline);

 private:
  Mapping page_;
  sem_t* semaphore_;
  InterruptibleCall call_;
};

}  // namespace ipcmark
