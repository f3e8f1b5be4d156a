// flock: the whole-file lock of flock(2). Two system calls a turn, contended or not; the kernel
// takes the lock back from the dead.
#include <sys/file.h>

#include "backends/kernel/interruptible_call.hpp"
#include "backends/kernel/lock_file.hpp"

namespace ipcmark {

LockEntry flock_lock_entry();

namespace flock_detail {
namespace {

class FileLock final : public Lock {
 public:
  FileLock(Fd file, const OpenContext& context) : file_(std::move(file)), call_(context) {}

  Status lock(Deadline deadline) override {
    return call_.get(
        "flock", deadline, [this] { return ::flock(file_.get(), LOCK_EX) == 0; },
        [this] { return ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0; });
  }

  Status unlock() override {
    if (::flock(file_.get(), LOCK_UN) == 0) return {};
    return fail(Errc::system, "flock", errno);
  }

 private:
  Fd file_;
  InterruptibleCall call_;
};

Result<std::unique_ptr<LockObject>> create(Names& names) {
  return create_lock_file("flock", names);
}

}  // namespace
}  // namespace flock_detail

LockEntry flock_lock_entry() {
  using namespace flock_detail;
  LockEntry entry;
  entry.name = "flock";
  entry.summary = "whole-file lock, flock(2)";
  entry.group = MechanismGroup::kernel;
  entry.owner_death = OwnerDeath::releases;
  entry.create = create;
  entry.open = open_file_lock<FileLock>;
  return entry;
}

}  // namespace ipcmark
