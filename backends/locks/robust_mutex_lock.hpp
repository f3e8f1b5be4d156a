// The lock over a robust mutex in a shared page; its protocol is chosen where the page is made.
#pragma once

#include <memory>
#include <utility>

#include "backends/kernel/robust_mutex.hpp"
#include "backends/kernel/shared_page.hpp"
#include "backends/lock.hpp"

namespace ipcmark {

class RobustMutexLock final : public Lock {
 public:
  explicit RobustMutexLock(Mapping page)
      : page_(std::move(page)), mutex_(reinterpret_cast<pthread_mutex_t*>(page_.data())) {}
  Status lock(Deadline deadline) override { return lock_robust_mutex(mutex_, deadline); }
  Status unlock() override { return unlock_robust_mutex(mutex_); }

 private:
  Mapping page_;
  pthread_mutex_t* mutex_;
};

inline Result<std::unique_ptr<Lock>> open_robust_mutex_lock(Address address, const OpenContext&) {
  auto page = map_shared_page(address);
  if (!page) return tl::make_unexpected(page.error());
  return std::make_unique<RobustMutexLock>(std::move(*page));
}

}  // namespace ipcmark
