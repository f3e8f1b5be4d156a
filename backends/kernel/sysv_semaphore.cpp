#include "backends/kernel/sysv_semaphore.hpp"

#include <sys/ipc.h>
#include <sys/sem.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace ipcmark {

namespace {

constexpr int owner_only = 0600;

key_t key_of(const std::string& name) {
  return static_cast<key_t>(std::strtoul(name.c_str(), nullptr, 16));
}

// A removed object means that the coordinator has ended.
Status with_removal(Status status) {
  if (!status && (status.error().sys_errno == EIDRM || status.error().sys_errno == EINVAL)) {
    return fail(Errc::closed, status.error().operation, status.error().sys_errno);
  }
  return status;
}

}  // namespace

Result<SysvSemaphoreId> create_sysv_semaphore(int value, Names& names) {
  // Another program may own the random key: then another is taken.
  constexpr int attempts = 16;
  for (int i = 0; i < attempts; ++i) {
    auto name = names.claim(ObjectKind::sysv_sem);
    if (!name) return tl::make_unexpected(name.error());
    const int id = ::semget(key_of(*name), 1, IPC_CREAT | IPC_EXCL | owner_only);
    if (id >= 0) {
      SysvSemaphoreId semaphore{id, *name};
      if (::semctl(id, 0, SETVAL, value) == 0) return semaphore;
      const int error = errno;
      remove_sysv_semaphore(semaphore, names);
      return fail(Errc::system, "semctl", error);
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

void remove_sysv_semaphore(const SysvSemaphoreId& semaphore, Names& names) {
  if (is_gone(::semctl(semaphore.id, 0, IPC_RMID))) names.released(semaphore.name);
}

std::string sysv_semaphore_unsupported() {
  std::ifstream limits("/proc/sys/kernel/sem");
  std::uint64_t per_set = 0;
  std::uint64_t in_all = 0;
  std::uint64_t per_call = 0;
  std::uint64_t sets = 0;
  if (!(limits >> per_set >> in_all >> per_call >> sets)) return {};  // semget will say
  std::ifstream table("/proc/sysvipc/sem");
  std::uint64_t lines = 0;
  for (std::string line; std::getline(table, line);) ++lines;
  const std::uint64_t used = lines == 0 ? 0 : lines - 1;  // the first is the titles
  if (used < sets) return {};
  return "sysv_sem: all " + std::to_string(sets) +
         " semaphore sets are in use; remove some (ipcs -s, ipcrm) or raise the fourth figure of "
         "kernel.sem";
}

Result<int> SysvSemaphore::find(const Address& address) {
  const int id = ::semget(key_of(address.name), 1, 0);
  if (id < 0) return fail(Errc::system, "semget", errno);
  return id;
}

Status SysvSemaphore::give() {
  sembuf one{0, 1, flags_};
  if (::semop(id_, &one, 1) == 0) return {};
  if (errno == ERANGE) return fail(Errc::limit, "semop: the semaphore is at its maximum", errno);
  return with_removal(fail(Errc::system, "semop", errno));
}

Status SysvSemaphore::take(Deadline deadline) {
  sembuf one{0, -1, flags_};
  const auto now = static_cast<short>(flags_ | IPC_NOWAIT);
  const auto call = [&](short flags, const timespec* at_most) {
    one.sem_flg = flags;
    return ::semtimedop(id_, &one, 1, at_most) == 0;
  };
  return with_removal(call_.get(
      "semop", deadline, [&] { return call(flags_, nullptr); }, [&] { return call(now, nullptr); },
      [&](std::uint64_t ns) {
        const timespec at_most{0, static_cast<long>(ns)};
        return call(flags_, &at_most);
      }));
}

}  // namespace ipcmark
