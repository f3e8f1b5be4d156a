// ofd_lock: a record lock of an open file description (fcntl(2), F_OFD_SETLK). Unlike POSIX record
// locks it is not lost when the process closes any other descriptor of the file; the kernel takes
// it back from the dead.
#include <fcntl.h>

#include "backends/kernel/interruptible_call.hpp"
#include "backends/kernel/lock_file.hpp"

namespace ipcmark {

LockEntry ofd_lock_entry();

namespace ofd_lock_detail {
namespace {

class RecordLock final : public Lock {
 public:
  RecordLock(Fd file, const OpenContext& context) : file_(std::move(file)), call_(context) {}

  Status lock(Deadline deadline) override {
    return call_.get(
        "fcntl(F_OFD_SETLKW)", deadline, [this] { return set(F_OFD_SETLKW, F_WRLCK); },
        [this] { return set(F_OFD_SETLK, F_WRLCK); });
  }

  Status unlock() override {
    if (set(F_OFD_SETLK, F_UNLCK)) return {};
    return fail(Errc::system, "fcntl(F_OFD_SETLK)", errno);
  }

 private:
  bool set(int command, short type) {
    struct flock range {};  // from the beginning to the end, however long the file is
    range.l_type = type;
    range.l_whence = SEEK_SET;
    return ::fcntl(file_.get(), command, &range) == 0;
  }

  Fd file_;
  InterruptibleCall call_;
};

Result<std::unique_ptr<LockObject>> create(Names& names) {
  return create_lock_file("ofd_lock", names);
}

}  // namespace
}  // namespace ofd_lock_detail

LockEntry ofd_lock_entry() {
  using namespace ofd_lock_detail;
  LockEntry entry;
  entry.name = "ofd_lock";
  entry.summary = "record lock of an open file description, fcntl(2)";
  entry.group = MechanismGroup::kernel;
  entry.owner_death = OwnerDeath::releases;
  entry.create = create;
  entry.open = open_file_lock<RecordLock>;
  return entry;
}

}  // namespace ipcmark
