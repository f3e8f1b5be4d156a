#include "scenarios/cleanup/manifest_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

#include "backends/fd.hpp"

namespace ipcmark {
namespace {

constexpr std::string_view head_word = "ipcmark-manifest 1 ";

std::optional<ObjectKind> kind_from(std::string_view text) {
  for (const auto kind : {ObjectKind::file, ObjectKind::posix_shm, ObjectKind::posix_queue,
                          ObjectKind::sysv_queue, ObjectKind::sysv_sem})
    if (text == to_string(kind)) return kind;
  return std::nullopt;
}

bool is_leaf(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

Result<Removal> absent_or(const char* operation) {
  if (errno == ENOENT || errno == EINVAL || errno == EIDRM) return Removal::absent;
  return fail(Errc::system, operation, errno);
}

Result<Removal> remove_entry(int directory, const std::string& leaf, bool dry_run) {
  if (!is_leaf(leaf)) return fail(Errc::invalid, "a file outside of the run's directory");
  if (directory < 0) return Removal::absent;
  if (dry_run) {
    struct stat status {};
    if (::fstatat(directory, leaf.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return absent_or("stat");
    return Removal::removed;
  }
  if (::unlinkat(directory, leaf.c_str(), 0) != 0) return absent_or("unlink");
  return Removal::removed;
}

bool is_of_run(const std::string& name, const std::string& run_id) {
  return is_leaf(name) && name.starts_with(std::string{object_prefix} + run_id + ".");
}

Result<Removal> remove_shm(const std::string& name, const std::string& run_id, bool dry_run) {
  if (!is_of_run(name, run_id)) return fail(Errc::invalid, "a shared memory name of another run");
  const auto path = "/" + name;
  if (dry_run) {
    const Fd fd{::shm_open(path.c_str(), O_RDONLY | O_CLOEXEC, 0)};
    return fd ? Result<Removal>{Removal::removed} : absent_or("shm_open");
  }
  if (::shm_unlink(path.c_str()) != 0) return absent_or("shm_unlink");
  return Removal::removed;
}

// By system calls: the file system of queues need not be mounted.
Result<Removal> remove_posix_queue(const std::string& name, const std::string& run_id,
                                   bool dry_run) {
  if (!is_of_run(name, run_id)) return fail(Errc::invalid, "a queue name of another run");
  const auto path = "/" + name;
  if (dry_run) {
    const Fd fd{::mq_open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    return fd ? Result<Removal>{Removal::removed} : absent_or("mq_open");
  }
  if (::mq_unlink(path.c_str()) != 0) return absent_or("mq_unlink");
  return Removal::removed;
}

// Keys are drawn at random from 16 bits, so another user's object may carry one of ours.
Result<Removal> remove_sysv_queue(int key, bool dry_run) {
  const int id = ::msgget(key, 0);
  if (id < 0) return absent_or("msgget");
  msqid_ds status{};
  if (::msgctl(id, IPC_STAT, &status) != 0) return absent_or("msgctl(IPC_STAT)");
  if (status.msg_perm.cuid != ::geteuid())
    return fail(Errc::invalid, "the queue was made by another user");
  if (!dry_run && ::msgctl(id, IPC_RMID, nullptr) != 0) return absent_or("msgctl(IPC_RMID)");
  return Removal::removed;
}

union SemaphoreArgument {  // semctl(2): the caller has to define it
  int value;
  semid_ds* status;
  unsigned short* array;
};

Result<Removal> remove_semaphore(int key, bool dry_run) {
  const int id = ::semget(key, 0, 0);
  if (id < 0) return absent_or("semget");
  semid_ds status{};
  SemaphoreArgument argument{};
  argument.status = &status;
  if (::semctl(id, 0, IPC_STAT, argument) != 0) return absent_or("semctl(IPC_STAT)");
  if (status.sem_perm.cuid != ::geteuid())
    return fail(Errc::invalid, "the semaphore was made by another user");
  if (!dry_run && ::semctl(id, 0, IPC_RMID) != 0) return absent_or("semctl(IPC_RMID)");
  return Removal::removed;
}

}  // namespace

const char* to_string(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::file:
      return "file";
    case ObjectKind::posix_shm:
      return "posix_shm";
    case ObjectKind::posix_queue:
      return "posix_queue";
    case ObjectKind::sysv_queue:
      return "sysv_queue";
    case ObjectKind::sysv_sem:
      return "sysv_sem";
  }
  return "unknown";
}

bool is_run_id(std::string_view text) {
  return !text.empty() && text.size() <= 16 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

std::optional<int> parse_sysv_key(std::string_view text) {
  if (text.size() != 10 || !text.starts_with("0x")) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if ((value & 0xffff0000U) != sysv_key_prefix) return std::nullopt;
  return static_cast<int>(value);
}

std::optional<ManifestText> parse_manifest(std::string_view text) {
  ManifestText result;
  bool head = true;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;
       text.remove_prefix(end + 1)) {
    const auto line = text.substr(0, end);
    if (head) {
      if (!line.starts_with(head_word)) return std::nullopt;
      const auto rest = line.substr(head_word.size());
      result.run_id = rest.substr(0, rest.find(' '));
      if (!is_run_id(result.run_id)) return std::nullopt;
      head = false;
      continue;
    }
    if (line.starts_with('#')) continue;
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto kind = kind_from(line.substr(0, space));
    if (!kind) return std::nullopt;
    result.claims.push_back({*kind, std::string{line.substr(space + 1)}});
  }
  if (head) return std::nullopt;
  return result;
}

Result<std::string> read_whole(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto got = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::system, "read", errno);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<Removal> remove_object(const Claim& claim, const std::string& run_id, int directory,
                              bool dry_run) {
  if (claim.kind == ObjectKind::file) return remove_entry(directory, claim.name, dry_run);
  if (claim.kind == ObjectKind::posix_shm) return remove_shm(claim.name, run_id, dry_run);
  if (claim.kind == ObjectKind::posix_queue) return remove_posix_queue(claim.name, run_id, dry_run);
  const auto key = parse_sysv_key(claim.name);
  if (!key) return fail(Errc::invalid, "a SysV key without ipcmark's prefix");
  return claim.kind == ObjectKind::sysv_queue ? remove_sysv_queue(*key, dry_run)
                                              : remove_semaphore(*key, dry_run);
}

Result<Removal> remove_run_directory(int base, const std::string& run_id, bool dry_run) {
  if (!is_run_id(run_id)) return fail(Errc::invalid, "not a run's directory");
  Fd fd{::openat(base, run_id.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd) return absent_or("open of the run's directory");
  if (dry_run) return Removal::removed;
  const int raw = fd.get();
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{::fdopendir(raw), &::closedir};
  if (!listing) return fail(Errc::system, "fdopendir", errno);
  (void)fd.release();  // now closedir's
  // A sub-directory or a foreign entry makes rmdir fail, and that is reported.
  while (const dirent* entry = ::readdir(listing.get()))  // NOLINT(concurrency-mt-unsafe)
    if (is_leaf(entry->d_name)) ::unlinkat(raw, entry->d_name, 0);
  if (::unlinkat(base, run_id.c_str(), AT_REMOVEDIR) != 0) return absent_or("rmdir");
  return Removal::removed;
}

}  // namespace ipcmark
