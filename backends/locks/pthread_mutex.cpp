// pthread_mutex: a process-shared, robust POSIX mutex.
#include "backends/kernel/address_object.hpp"
#include "backends/locks/robust_mutex_lock.hpp"

namespace ipcmark {

LockEntry pthread_mutex_lock_entry();

namespace pthread_mutex_lock_detail {
namespace {

int initialise(std::byte* page) {
  return initialise_robust_mutex(reinterpret_cast<pthread_mutex_t*>(page), PTHREAD_PRIO_NONE);
}

Result<std::unique_ptr<LockObject>> create(Names&) {
  return object_of<LockObject>(create_shared_page("pthread_mutex", initialise));
}

}  // namespace
}  // namespace pthread_mutex_lock_detail

LockEntry pthread_mutex_lock_entry() {
  using namespace pthread_mutex_lock_detail;
  LockEntry entry;
  entry.name = "pthread_mutex";
  entry.summary = "POSIX mutex in shared memory, process-shared and robust";
  entry.group = MechanismGroup::shared_memory;
  entry.owner_death = OwnerDeath::repairs;
  entry.create = create;
  entry.open = open_robust_mutex_lock;
  return entry;
}

}  // namespace ipcmark
