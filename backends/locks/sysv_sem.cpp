// sysv_sem: a System V semaphore with SEM_UNDO (semop(2)): the kernel gives the token of a dead
// holder back.
#include <sys/sem.h>

#include "backends/kernel/sysv_semaphore.hpp"
#include "backends/lock.hpp"

namespace ipcmark {

LockEntry sysv_sem_lock_entry();

namespace sysv_sem_lock_detail {
namespace {

constexpr int one_token = 1;

class SysvSemaphoreLock final : public Lock {
 public:
  SysvSemaphoreLock(int id, const OpenContext& context) : semaphore_(id, SEM_UNDO, context) {}
  Status lock(Deadline deadline) override { return semaphore_.take(deadline); }
  Status unlock() override { return semaphore_.give(); }

 private:
  SysvSemaphore semaphore_;
};

Result<std::unique_ptr<LockObject>> create(Names& names) {
  return create_sysv_semaphore_object<LockObject>(one_token, names);
}

Result<std::unique_ptr<Lock>> open(Address address, const OpenContext& context) {
  const auto id = SysvSemaphore::find(address);
  if (!id) return tl::make_unexpected(id.error());
  return std::make_unique<SysvSemaphoreLock>(*id, context);
}

}  // namespace
}  // namespace sysv_sem_lock_detail

LockEntry sysv_sem_lock_entry() {
  using namespace sysv_sem_lock_detail;
  LockEntry entry;
  entry.name = "sysv_sem";
  entry.summary = "System V semaphore with SEM_UNDO";
  entry.group = MechanismGroup::kernel;
  entry.owner_death = OwnerDeath::releases;
  entry.probe = sysv_semaphore_unsupported;
  entry.create = create;
  entry.open = open;
  return entry;
}

}  // namespace ipcmark
