// none: the control. It excludes nobody, so a scenario over it must lose updates and say so.
#include "backends/lock.hpp"

namespace ipcmark {

LockEntry no_lock_entry();

namespace none_lock_detail {
namespace {

class NoLock final : public Lock {
 public:
  Status lock(Deadline) override { return {}; }
  Status unlock() override { return {}; }
};

class NoLockObject final : public LockObject {
 public:
  Address address() const override {
    Address address;
    address.backend = "none";
    return address;
  }
};

Result<std::unique_ptr<LockObject>> create(Names&) { return std::make_unique<NoLockObject>(); }

Result<std::unique_ptr<Lock>> open(Address, const OpenContext&) {
  return std::make_unique<NoLock>();
}

}  // namespace
}  // namespace none_lock_detail

LockEntry no_lock_entry() {
  using namespace none_lock_detail;
  LockEntry entry;
  entry.name = "none";
  entry.summary = "no exclusion at all: the control that must lose updates";
  entry.group = MechanismGroup::floor;
  entry.exclusive = false;
  entry.owner_death = OwnerDeath::releases;
  entry.create = create;
  entry.open = open;
  return entry;
}

}  // namespace ipcmark
