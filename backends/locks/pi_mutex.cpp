// pi_mutex: a process-shared, robust POSIX mutex with priority inheritance (PTHREAD_PRIO_INHERIT).
// The kernel hands it over in the order of priorities, so every contended unlock is a system call.
#include <cerrno>

#include "backends/kernel/address_object.hpp"
#include "backends/locks/robust_mutex_lock.hpp"

namespace ipcmark {

LockEntry pi_mutex_lock_entry();

namespace pi_mutex_lock_detail {
namespace {

int initialise(std::byte* page) {
  return initialise_robust_mutex(reinterpret_cast<pthread_mutex_t*>(page), PTHREAD_PRIO_INHERIT);
}

std::string probe() {
  pthread_mutex_t mutex;
  const int error = initialise_robust_mutex(&mutex, PTHREAD_PRIO_INHERIT);
  if (error == 0) pthread_mutex_destroy(&mutex);
  if (error != ENOTSUP) return {};
  return "pi_mutex: this kernel has no priority-inheriting futexes; use one with CONFIG_FUTEX_PI";
}

Result<std::unique_ptr<LockObject>> create(Names&) {
  return object_of<LockObject>(create_shared_page("pi_mutex", initialise));
}

}  // namespace
}  // namespace pi_mutex_lock_detail

LockEntry pi_mutex_lock_entry() {
  using namespace pi_mutex_lock_detail;
  LockEntry entry;
  entry.name = "pi_mutex";
  entry.summary = "POSIX mutex in shared memory, robust, with priority inheritance";
  entry.group = MechanismGroup::shared_memory;
  entry.owner_death = OwnerDeath::repairs;
  entry.probe = probe;
  entry.create = create;
  entry.open = open_robust_mutex_lock;
  return entry;
}

}  // namespace ipcmark
