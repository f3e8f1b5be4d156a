#include "scenarios/cleanup/manifest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "scenarios/cleanup/manifest_file.hpp"
#include "scenarios/cleanup/named_objects.hpp"
#include "scenarios/cleanup/origin.hpp"
#include "scenarios/cleanup/run_id.hpp"
#include "scenarios/cleanup/runtime_directory.hpp"

namespace ipcmark {
namespace {

// "/<run id>/<leaf>", the leaf of at most 10 bytes.
constexpr std::size_t longest_below = run_id_length + 12;

template <class T>
Result<T> random_value() {
  T value{};
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value))
    return fail(Errc::system, "getrandom", errno);
  return value;
}

Status write_at(int fd, std::string_view text, std::uint64_t offset) {
  while (!text.empty()) {
    const auto put = ::pwrite(fd, text.data(), text.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(Errc::system, "writing the run's manifest", errno);
    text.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

struct Entry {
  Claim claim;
  std::string name;  // as claim() returned it
  std::uint64_t offset;
};

class ManifestFile final : public Manifest {
 public:
  ManifestFile(RuntimeDirectory base, Fd file, std::string run_id, std::uint64_t head)
      : base_(std::move(base)),
        file_(std::move(file)),
        run_id_(std::move(run_id)),
        directory_(base_.path + "/" + run_id_),
        head_(head),
        end_(head) {}
  ManifestFile(const ManifestFile&) = delete;
  ManifestFile& operator=(const ManifestFile&) = delete;
  ~ManifestFile() override { (void)finish(); }

  Status make_directory();
  const std::string& run_id() const override { return run_id_; }
  const std::string& directory() const override { return directory_; }
  Result<std::string> claim(ObjectKind kind) override;
  void released(const std::string& name) override;
  std::vector<std::string> finish() override;

 private:
  Result<std::string> fresh_name(ObjectKind kind);
  Result<std::string> fresh_key(ObjectKind kind) const;
  Result<Removal> remove(const Claim& claim) const;

  RuntimeDirectory base_;
  Fd file_;  // its flock says that this run lives
  std::string run_id_;
  std::string directory_;
  Fd directory_fd_;
  bool directory_made_ = false;
  std::vector<Entry> entries_;
  std::uint64_t head_;  // bytes of the first line
  std::uint64_t end_;   // where the next line goes
  std::uint64_t next_ = 0;
};

Result<Removal> ManifestFile::remove(const Claim& claim) const {
  if (!is_sysv(claim.kind)) return remove_named(claim, run_id_, directory_fd_.get(), false);
  const auto id = sysv_id(claim);
  if (!id) return Removal::absent;
  return remove_sysv(claim, *id, std::numeric_limits<std::int64_t>::max(), false);
}

// Needs no further descriptor: there may be none. The manifest goes last, and only when nothing is
// left: as long as anything is, a manifest names it.
std::vector<std::string> ManifestFile::finish() {
  std::vector<std::string> left;
  if (!file_) return left;
  for (const auto& [claim, name, offset] : std::vector<Entry>{entries_}) {
    if (const auto outcome = remove(claim))
      released(name);
    else
      left.push_back(
          fmt::format("{} {}: {}", to_string(claim.kind), name, explain(outcome.error())));
  }
  directory_fd_.reset();
  const auto forget = [&](const char* what, const std::string& leaf, int flags) {
    if (::unlinkat(base_.fd.get(), leaf.c_str(), flags) == 0 || errno == ENOENT) return;
    left.push_back(fmt::format("{} {}/{}: {}", what, base_.path, leaf,
                               explain({Errc::system, errno, flags == 0 ? "unlink" : "rmdir"})));
  };
  if (left.empty() && directory_made_) forget("directory", run_id_, AT_REMOVEDIR);
  if (left.empty()) forget("manifest", run_id_ + std::string{manifest_suffix}, 0);
  file_.reset();
  remove_if_empty(base_);
  return left;
}

Status ManifestFile::make_directory() {
  if (::mkdirat(base_.fd.get(), run_id_.c_str(), 0700) != 0)
    return fail(Errc::system, "creating the run's directory", errno);
  directory_made_ = true;
  // A umask may have taken even our own bits; the name is random and the parent ours.
  struct stat status {};
  if (::fstatat(base_.fd.get(), run_id_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      (status.st_mode & 0777) != 0700 && ::fchmodat(base_.fd.get(), run_id_.c_str(), 0700, 0) != 0)
    return fail(Errc::system, "chmod of the run's directory", errno);
  directory_fd_ = Fd{
      ::openat(base_.fd.get(), run_id_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!directory_fd_) return fail(Errc::system, "opening the run's directory", errno);
  return {};
}

// A key nobody uses now. Somebody may take it before the caller does: then IPC_EXCL fails, the
// caller releases the name and claims another.
Result<std::string> ManifestFile::fresh_key(ObjectKind kind) const {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto low = random_value<std::uint16_t>();
    if (!low) return tl::make_unexpected(low.error());
    const unsigned value = sysv_key_prefix | *low;
    const auto text = fmt::format("0x{:08x}", value);
    const bool ours = std::any_of(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.name == text; });
    if (ours) continue;
    const auto key = static_cast<key_t>(value);
    const int id = find_sysv_object(kind, key);
    // Refused altogether: whoever makes the object says so.
    if (id < 0 && (errno == ENOENT || errno == ENOSYS || errno == EPERM)) return text;
  }
  return fail(Errc::limit, "no free SysV key under ipcmark's prefix; run `ipcmark clean`");
}

Result<std::string> ManifestFile::fresh_name(ObjectKind kind) {
  if (kind == ObjectKind::file) return fmt::format("{}", next_++);
  if (kind == ObjectKind::posix_shm || kind == ObjectKind::posix_queue)
    return fmt::format("{}{}.{}", object_prefix, run_id_, next_++);
  return fresh_key(kind);
}

// No fsync: the page cache outlives the process, which is all that can die without taking shared
// memory, queues and semaphores along.
Result<std::string> ManifestFile::claim(ObjectKind kind) {
  auto fresh = fresh_name(kind);
  if (!fresh) return fresh;
  const auto line = fmt::format("{} {}\n", to_string(kind), *fresh);
  if (end_ + line.size() > largest_manifest)
    return fail(Errc::limit, "the run's manifest is full: too many named objects at once");
  if (auto written = write_at(file_.get(), line, end_); !written) {
    (void)::ftruncate(file_.get(), static_cast<off_t>(end_));
    return tl::make_unexpected(written.error());
  }
  auto name = kind == ObjectKind::file ? directory_ + "/" + *fresh : *fresh;
  entries_.push_back({{kind, *fresh}, name, end_});
  end_ += line.size();
  return name;
}

void ManifestFile::released(const std::string& name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.name == name; });
  if (found == entries_.end()) return;
  (void)write_at(file_.get(), "#", found->offset);  // one byte: never torn
  entries_.erase(found);
  // All gone: start over, so that a run of a day has a manifest of a line.
  if (entries_.empty() && ::ftruncate(file_.get(), static_cast<off_t>(head_)) == 0) end_ = head_;
}

// Never one of the standard descriptors, should these be closed: what is printed would get into it.
Result<Fd> above_standard(Fd file) {
  if (!file || file.get() > STDERR_FILENO) return file;
  Fd moved{::fcntl(file.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  if (!moved) return fail(Errc::system, "fcntl of the run's manifest", errno);
  return moved;
}

// Private whatever the umask, locked, and with its head line.
Status prepare(int fd, const std::string& head) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail(Errc::system, "stat of the run's manifest", errno);
  if ((status.st_mode & 0777) != 0600 && ::fchmod(fd, 0600) != 0)
    return fail(Errc::system, "chmod of the run's manifest", errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
    return fail(Errc::system, "flock of the run's manifest", errno);
  return write_at(fd, head, 0);
}

// Has all that before it has a name, so that nobody sees it otherwise and no death leaves half of
// it. Empty: not on this file system.
Result<Fd> link_prepared(int base, const std::string& leaf, const std::string& head) {
  auto file = above_standard(Fd{::openat(base, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600)});
  if (!file || !*file) return file;
  if (auto ready = prepare(file->get(), head); !ready) return tl::make_unexpected(ready.error());
  const auto unnamed = fmt::format("/proc/self/fd/{}", file->get());
  if (::linkat(AT_FDCWD, unnamed.c_str(), base, leaf.c_str(), AT_SYMLINK_FOLLOW) != 0) return Fd{};
  return file;
}

// Empty: try again; the directory was just removed, or a clean_up() looked at the empty file.
Result<Fd> create_named(int base, const std::string& leaf, const std::string& head) {
  Fd named{::openat(base, leaf.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!named && (errno == EEXIST || errno == ENOENT)) return Fd{};
  if (!named) return fail(Errc::system, "creating the run's manifest", errno);
  auto file = above_standard(std::move(named));
  const auto ready = file ? prepare(file->get(), head) : Status{};
  if (file && ready) return file;
  ::unlinkat(base, leaf.c_str(), 0);
  const auto& why = file ? ready.error() : file.error();
  if (why.sys_errno == EWOULDBLOCK) return Fd{};
  return tl::make_unexpected(why);
}

Result<Fd> create_file(int base, const std::string& run_id, const std::string& head) {
  const auto leaf = run_id + std::string{manifest_suffix};
  auto file = link_prepared(base, leaf, head);
  return file && !*file ? create_named(base, leaf, head) : std::move(file);
}

std::string reason(const Error& error) {
  return explain(fail(Errc::system, error.operation, error.sys_errno).value());
}

}  // namespace

tl::expected<std::unique_ptr<Manifest>, std::string> Manifest::create() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    auto id = random_run_id();
    if (!id) return tl::make_unexpected(explain(id.error()));
    auto base = open_runtime_directory(longest_below);
    if (!base) return tl::make_unexpected(std::move(base.error()));
    const auto head = manifest_head(*id, ::getpid(), origin_here());
    auto file = create_file(base->fd.get(), *id, head);
    if (!file || !*file) remove_if_empty(*base);
    if (!file)
      return tl::make_unexpected(fmt::format("cannot use the runtime directory '{}': {}",
                                             base->path, reason(file.error())));
    if (!*file) continue;
    auto manifest = std::make_unique<ManifestFile>(std::move(*base), std::move(*file),
                                                   std::move(*id), head.size());
    if (auto ready = manifest->make_directory(); !ready)
      return tl::make_unexpected(
          fmt::format("cannot make '{}': {}", manifest->directory(), reason(ready.error())));
    return std::unique_ptr<Manifest>{std::move(manifest)};
  }
  return tl::make_unexpected(
      std::string{"cannot create the run's manifest: others kept removing "
                  "the runtime directory; try again"});
}

}  // namespace ipcmark
