#include "scenarios/cleanup/named_objects.hpp"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "backends/fd.hpp"

namespace ipcmark {
namespace {

Result<Removal> absent_or(const char* operation) {
  if (errno == ENOENT || errno == EINVAL || errno == EIDRM) return Removal::absent;
  return fail(Errc::system, operation, errno);
}

Result<Removal> remove_file(int directory, const std::string& leaf, bool dry_run) {
  if (!is_run_file(leaf)) return fail(Errc::invalid, "not the name of a run's file");
  if (directory < 0) return Removal::absent;
  struct stat status {};
  if (::fstatat(directory, leaf.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return absent_or("stat");
  if (status.st_uid != ::geteuid()) return fail(Errc::invalid, "it is another user's");
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode))
    return fail(Errc::invalid, "no run makes a file of its kind");
  if (dry_run) return Removal::removed;
  if (::unlinkat(directory, leaf.c_str(), 0) != 0) return absent_or("unlink");
  return Removal::removed;
}

// What a descriptor of a shared memory or queue says, or else the errno of its opening. An object
// that a umask made unreadable is removed by its name alone: the kernel lets its owner do that.
std::optional<Result<Removal>> objection(const Fd& fd, const char* operation) {
  if (!fd && errno == EACCES) return std::nullopt;
  if (!fd) return absent_or(operation);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return absent_or("fstat");
  if (status.st_uid != ::geteuid()) return fail(Errc::invalid, "it is another user's");
  return std::nullopt;
}

Result<Removal> remove_shm(const std::string& path, bool dry_run) {
  const Fd fd{::shm_open(path.c_str(), O_RDONLY | O_CLOEXEC, 0)};
  if (auto why = objection(fd, "shm_open")) return *why;
  if (!dry_run && ::shm_unlink(path.c_str()) != 0) return absent_or("shm_unlink");
  return Removal::removed;
}

// By system calls: the file system of queues need not be mounted. A mqd_t is a descriptor here.
Result<Removal> remove_posix_queue(const std::string& path, bool dry_run) {
  const Fd fd{::mq_open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (auto why = objection(fd, "mq_open")) return *why;
  if (!dry_run && ::mq_unlink(path.c_str()) != 0) return absent_or("mq_unlink");
  return Removal::removed;
}

union SemaphoreArgument {  // semctl(2): the caller has to define it
  int value;
  semid_ds* status;
  unsigned short* array;
};

struct SysvStatus {
  ipc_perm owner{};
  std::int64_t changed_s = 0;
};

std::optional<SysvStatus> status_of(ObjectKind kind, int id) {
  if (kind == ObjectKind::sysv_queue) {
    msqid_ds status{};
    if (::msgctl(id, IPC_STAT, &status) != 0) return std::nullopt;
    return SysvStatus{status.msg_perm, status.msg_ctime};
  }
  if (kind == ObjectKind::sysv_shm) {
    shmid_ds status{};
    if (::shmctl(id, IPC_STAT, &status) != 0) return std::nullopt;
    return SysvStatus{status.shm_perm, status.shm_ctime};
  }
  semid_ds status{};
  SemaphoreArgument argument{};
  argument.status = &status;
  if (::semctl(id, 0, IPC_STAT, argument) != 0) return std::nullopt;
  return SysvStatus{status.sem_perm, status.sem_ctime};
}

int remove_sysv_object(ObjectKind kind, int id) {
  if (kind == ObjectKind::sysv_queue) return ::msgctl(id, IPC_RMID, nullptr);
  if (kind == ObjectKind::sysv_shm) return ::shmctl(id, IPC_RMID, nullptr);
  return ::semctl(id, 0, IPC_RMID);
}

}  // namespace

bool is_run_file(std::string_view leaf) {
  return !leaf.empty() &&
         std::all_of(leaf.begin(), leaf.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_sysv(ObjectKind kind) {
  return kind == ObjectKind::sysv_queue || kind == ObjectKind::sysv_sem ||
         kind == ObjectKind::sysv_shm;
}

int find_sysv_object(ObjectKind kind, int key) {
  if (kind == ObjectKind::sysv_queue) return ::msgget(key, 0);
  if (kind == ObjectKind::sysv_shm) return ::shmget(key, 0, 0);
  return ::semget(key, 0, 0);
}

std::optional<int> parse_sysv_key(std::string_view text) {
  if (text.size() != 10 || !text.starts_with("0x")) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if ((value & 0xffff0000U) != sysv_key_prefix) return std::nullopt;
  return static_cast<int>(value);
}

Result<Removal> remove_named(const Claim& claim, const std::string& run_id, int directory,
                             bool dry_run) {
  if (claim.kind == ObjectKind::file) return remove_file(directory, claim.name, dry_run);
  const auto prefix = std::string{object_prefix} + run_id + ".";
  if (!claim.name.starts_with(prefix) || !is_run_file(claim.name.substr(prefix.size())))
    return fail(Errc::invalid, "the name is not the run's");
  const auto path = "/" + claim.name;
  return claim.kind == ObjectKind::posix_shm ? remove_shm(path, dry_run)
                                             : remove_posix_queue(path, dry_run);
}

std::optional<int> sysv_id(const Claim& claim) {
  const auto key = parse_sysv_key(claim.name);
  if (!key || !is_sysv(claim.kind)) return std::nullopt;
  const int id = find_sysv_object(claim.kind, *key);
  return id < 0 ? std::nullopt : std::optional{id};
}

// Keys are drawn at random from 16 bits, so an object of another user's or program's may carry one
// of ours.
Result<Removal> remove_sysv(const Claim& claim, int id, std::int64_t not_after_s, bool dry_run) {
  const auto key = parse_sysv_key(claim.name);
  if (!key) return fail(Errc::invalid, "the key is not one of ipcmark's");
  const auto status = status_of(claim.kind, id);
  if (!status && errno != EACCES) return absent_or("IPC_STAT");
  if (!status || status->owner.__key != *key || status->owner.cuid != ::geteuid())
    return Removal::absent;  // another user's: the run's own is gone
  if (status->changed_s > not_after_s) return Removal::unproven;
  if (dry_run) return Removal::removed;
  if (remove_sysv_object(claim.kind, id) != 0) return absent_or("IPC_RMID");
  return Removal::removed;
}

}  // namespace ipcmark
