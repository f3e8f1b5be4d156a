// Mutual exclusion between processes: the interface every lock implements.
//
// The LockObject owns the shared memory or kernel object and lives in the coordinator; workers open
// a Lock from its Address, one thread at a time each: some locks belong to the Lock, not to the
// thread that took it. Never std::atomic::wait and the like between processes: libstdc++'s use
// the private futex flag or a table in the process's own memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backends/transport.hpp"

namespace ipcmark {

// What the next locker sees when the holder was killed.
enum class OwnerDeath : std::uint8_t {
  repairs,   // the next lock() succeeds; the state is declared consistent by this lock
  refuses,   // the next lock() fails with peer_died
  releases,  // the kernel releases it as if unlocked (flock, SysV SEM_UNDO)
  hangs,     // nobody ever gets it again: a deadline is the only way out
};
const char* to_string(OwnerDeath value);

class Lock {
 public:
  virtual ~Lock() = default;
  // timeout, would_block (immediate), peer_died (see OwnerDeath::refuses, or context.peer_died).
  virtual Status lock(Deadline deadline) = 0;
  virtual Status unlock() = 0;
};

class LockObject {
 public:
  virtual ~LockObject() = default;
  virtual Address address() const = 0;
};

struct LockEntry {
  const char* name;
  const char* summary;
  MechanismGroup group = MechanismGroup::library;
  const char* compiled_out = "";
  bool exclusive = true;  // false only for the control `none`, which must lose updates
  OwnerDeath owner_death = OwnerDeath::hangs;
  std::string (*probe)() = nullptr;  // as BackendEntry::probe; null: always possible
  Result<std::unique_ptr<LockObject>> (*create)(Names&) = nullptr;
  Result<std::unique_ptr<Lock>> (*open)(Address, const OpenContext&) = nullptr;
  std::shared_ptr<const ForeignMechanism> foreign = nullptr;  // as BackendEntry's
};

}  // namespace ipcmark
