// boost_mutex: Boost.Interprocess's interprocess_mutex, which on Linux is a process-shared POSIX
// mutex that is not robust: a holder's death is never seen.
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <new>

#include "backends/kernel/address_object.hpp"
#include "backends/kernel/bounded_wait.hpp"
#include "backends/kernel/shared_page.hpp"
#include "backends/lock.hpp"

namespace ipcmark {

LockEntry boost_mutex_lock_entry();

namespace boost_mutex_lock_detail {
namespace {

using boost::interprocess::interprocess_mutex;

// The one clock that timed_lock() knows. A step of it shortens or stretches one slice of waiting;
// the deadline itself is compared with the monotonic clock.
boost::posix_time::ptime real_time_in(std::uint64_t ns) {
  return boost::posix_time::microsec_clock::universal_time() +
         boost::posix_time::microseconds(static_cast<std::int64_t>(ns / 1000 + 1));
}

class BoostMutexLock final : public Lock {
 public:
  BoostMutexLock(Mapping page, const OpenContext& context)
      : page_(std::move(page)),
        mutex_(*reinterpret_cast<interprocess_mutex*>(page_.data())),
        context_(context) {}

  // Waits in slices, because no signal ends its lock().
  Status lock(Deadline deadline) override {
    try {
      if (mutex_.try_lock()) return {};
      for (;;) {
        if (const Status wait = may_wait(deadline, context_, "interprocess_mutex::lock"); !wait) {
          return wait;
        }
        if (mutex_.timed_lock(real_time_in(next_sleep_ns(deadline)))) return {};
      }
    } catch (const boost::interprocess::interprocess_exception&) {
      return fail(Errc::system, "interprocess_mutex::lock");
    }
  }

  Status unlock() override {
    mutex_.unlock();
    return {};
  }

 private:
  Mapping page_;
  interprocess_mutex& mutex_;
  const OpenContext& context_;
};

int initialise(std::byte* page) {
  new (page) interprocess_mutex;
  return 0;
}

Result<std::unique_ptr<LockObject>> create(Names&) {
  return object_of<LockObject>(create_shared_page("boost_mutex", initialise));
}

}  // namespace
}  // namespace boost_mutex_lock_detail

LockEntry boost_mutex_lock_entry() {
  using namespace boost_mutex_lock_detail;
  LockEntry entry;
  entry.name = "boost_mutex";
  entry.summary = "Boost.Interprocess interprocess_mutex in shared memory";
  entry.group = MechanismGroup::library;
  entry.owner_death = OwnerDeath::hangs;
  entry.create = create;
  entry.open = open_in_page<Lock, BoostMutexLock>;
  return entry;
}

}  // namespace ipcmark
