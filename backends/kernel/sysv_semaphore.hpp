// One System V semaphore (semop(2)) under a random key, for lock and notifier. It outlives every
// process, so its key stands in the run's manifest.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "backends/kernel/interruptible_call.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

struct SysvSemaphoreId {
  int id = -1;
  std::string name;  // its key, as claimed
};
Result<SysvSemaphoreId> create_sysv_semaphore(int value, Names& names);
void remove_sysv_semaphore(const SysvSemaphoreId& semaphore, Names& names);
// One sentence when the machine has no semaphore set left, else empty.
std::string sysv_semaphore_unsupported();

// Owner of the semaphore. Base: LockObject or NotifierObject. `names` outlives it.
template <class Base>
class SysvSemaphoreObject final : public Base {
 public:
  SysvSemaphoreObject(SysvSemaphoreId semaphore, Names& names)
      : semaphore_(std::move(semaphore)), names_(names) {}
  ~SysvSemaphoreObject() override { remove_sysv_semaphore(semaphore_, names_); }
  SysvSemaphoreObject(const SysvSemaphoreObject&) = delete;
  SysvSemaphoreObject& operator=(const SysvSemaphoreObject&) = delete;
  Address address() const override {
    Address address;
    address.backend = "sysv_sem";
    address.name = semaphore_.name;
    return address;
  }

 private:
  SysvSemaphoreId semaphore_;
  Names& names_;
};

template <class Base>
Result<std::unique_ptr<Base>> create_sysv_semaphore_object(int value, Names& names) {
  auto semaphore = create_sysv_semaphore(value, names);
  if (!semaphore) return tl::make_unexpected(semaphore.error());
  return std::make_unique<SysvSemaphoreObject<Base>>(std::move(*semaphore), names);
}

// One process's hold on it; one thread at a time.
class SysvSemaphore {
 public:
  // The id of the semaphore with that name.
  static Result<int> find(const Address& address);
  // `flags`: SEM_UNDO or 0, for every operation. `context` outlives it.
  SysvSemaphore(int id, short flags, const OpenContext& context)
      : id_(id), flags_(flags), call_(context) {}
  // closed: the object was removed. limit: the value is at its maximum.
  Status give();
  // closed, timeout, would_block, peer_died.
  Status take(Deadline deadline);

 private:
  int id_;
  short flags_;
  InterruptibleCall call_;
};

}  // namespace ipcmark
