// sysv_sem: a System V semaphore with SEM_UNDO (semop(2)): the kernel gives the token of a dead
// holder back.
#include <sys/ipc.h>
#include <sys/sem.h>

#include <cerrno>
#include <cstdlib>

#include "backends/locks/memory_lock.hpp"

namespace ipcmark {

LockEntry sysv_sem_lock_entry();

namespace {

constexpr int owner_only = 0600;

key_t key_of(const std::string& name) {
  return static_cast<key_t>(std::strtoul(name.c_str(), nullptr, 16));
}

class SysvSemaphore final : public Lock {
 public:
  SysvSemaphore(int id, const OpenContext& context) : id_(id), context_(context) {}

  Status lock(Deadline deadline) override {
    sembuf take{0, -1, SEM_UNDO | IPC_NOWAIT};
    if (::semop(id_, &take, 1) == 0) return {};
    if (errno != EAGAIN && errno != EINTR) return failure("semop");
    take.sem_flg = SEM_UNDO;
    for (;;) {
      if (const Status wait = may_wait(deadline, context_); !wait) return wait;
      const timespec at_most{0, static_cast<long>(next_sleep_ns(deadline))};
      if (::semtimedop(id_, &take, 1, &at_most) == 0) return {};
      if (errno != EAGAIN && errno != EINTR) return failure("semtimedop");
    }
  }

  Status unlock() override {
    sembuf give{0, 1, SEM_UNDO};
    return ::semop(id_, &give, 1) == 0 ? Status{} : failure("semop");
  }

 private:
  static Status failure(const char* operation) {
    // The object is gone: the coordinator has ended.
    const bool removed = errno == EIDRM || errno == EINVAL;
    return fail(removed ? Errc::closed : Errc::system, operation, errno);
  }

  int id_;
  const OpenContext& context_;
};

class SysvSemaphoreObject final : public LockObject {
 public:
  SysvSemaphoreObject(int id, std::string name, Names& names)
      : id_(id), name_(std::move(name)), names_(names) {}
  ~SysvSemaphoreObject() override {
    if (::semctl(id_, 0, IPC_RMID) == 0) names_.released(name_);
  }
  SysvSemaphoreObject(const SysvSemaphoreObject&) = delete;
  SysvSemaphoreObject& operator=(const SysvSemaphoreObject&) = delete;
  Address address() const override {
    Address address;
    address.backend = "sysv_sem";
    address.name = name_;
    return address;
  }

 private:
  int id_;
  std::string name_;
  Names& names_;
};

Result<std::unique_ptr<LockObject>> create(Names& names) {
  // Another program may own the random key: then another is taken.
  constexpr int attempts = 16;
  for (int i = 0; i < attempts; ++i) {
    auto name = names.claim(ObjectKind::sysv_sem);
    if (!name) return tl::make_unexpected(name.error());
    const int id = ::semget(key_of(*name), 1, IPC_CREAT | IPC_EXCL | owner_only);
    if (id >= 0) {
      auto object = std::make_unique<SysvSemaphoreObject>(id, *name, names);
      if (::semctl(id, 0, SETVAL, 1) != 0) return fail(Errc::system, "semctl", errno);
      return object;
    }
    const int error = errno;
    names.released(*name);
    if (error == ENOSPC) {
      return fail(Errc::limit, "semget: no semaphore set is free; raise kernel.sem", error);
    }
    if (error != EEXIST) return fail(Errc::system, "semget", error);
  }
  return fail(Errc::system, "semget", EEXIST);
}

Result<std::unique_ptr<Lock>> open(Address address, const OpenContext& context) {
  const int id = ::semget(key_of(address.name), 1, 0);
  if (id < 0) return fail(Errc::system, "semget", errno);
  return std::make_unique<SysvSemaphore>(id, context);
}

}  // namespace

LockEntry sysv_sem_lock_entry() {
  LockEntry entry;
  entry.name = "sysv_sem";
  entry.summary = "System V semaphore with SEM_UNDO";
  entry.owner_death = OwnerDeath::releases;
  entry.create = create;
  entry.open = open;
  return entry;
}

}  // namespace ipcmark
