// posix_sem: a process-shared POSIX semaphore with one token. Nobody gives the token of a dead
// holder back.
#include "backends/kernel/address_object.hpp"
#include "backends/kernel/posix_semaphore.hpp"
#include "backends/lock.hpp"

namespace ipcmark {

LockEntry posix_sem_lock_entry();

namespace posix_sem_lock_detail {
namespace {

class PosixSemaphoreLock final : public Lock {
 public:
  PosixSemaphoreLock(Mapping page, const OpenContext& context)
      : semaphore_(std::move(page), context) {}
  Status lock(Deadline deadline) override { return semaphore_.take(deadline); }
  Status unlock() override { return semaphore_.give(); }

 private:
  PosixSemaphore semaphore_;
};

Result<std::unique_ptr<LockObject>> create(Names&) {
  return object_of<LockObject>(create_posix_semaphore(true));
}

}  // namespace
}  // namespace posix_sem_lock_detail

LockEntry posix_sem_lock_entry() {
  using namespace posix_sem_lock_detail;
  LockEntry entry;
  entry.name = "posix_sem";
  entry.summary = "POSIX semaphore in shared memory, one token";
  entry.group = MechanismGroup::shared_memory;
  entry.owner_death = OwnerDeath::hangs;
  entry.create = create;
  entry.open = open_in_page<Lock, PosixSemaphoreLock>;
  return entry;
}

}  // namespace ipcmark
