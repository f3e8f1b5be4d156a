#include "scenarios/cleanup/manifest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "scenarios/cleanup/manifest_file.hpp"
#include "scenarios/cleanup/runtime_directory.hpp"

namespace ipcmark {
namespace {

// sockaddr_un holds 108 bytes, the last of them the terminating zero.
constexpr std::size_t longest_socket_path = 107;
constexpr std::size_t longest_leaf = 10;

template <class T>
Result<T> random_value() {
  T value{};
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value))
    return fail(Errc::system, "getrandom", errno);
  return value;
}

Result<std::string> random_run_id() {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(letters.size() == 32);
  const auto bits = random_value<std::uint64_t>();
  if (!bits) return tl::make_unexpected(bits.error());
  std::string id;
  for (unsigned i = 0; i < 8; ++i) id.push_back(letters[(*bits >> (5U * i)) & 31U]);
  return id;
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
  ManifestFile(RuntimeDirectory base, Fd file, std::string run_id)
      : base_(std::move(base)),
        file_(std::move(file)),
        run_id_(std::move(run_id)),
        directory_(base_.path + "/" + run_id_) {}
  ManifestFile(const ManifestFile&) = delete;
  ManifestFile& operator=(const ManifestFile&) = delete;
  ~ManifestFile() override;

  Status set_up();
  const std::string& run_id() const override { return run_id_; }
  const std::string& directory() const override { return directory_; }
  Result<std::string> claim(ObjectKind kind) override;
  void released(const std::string& name) override;

 private:
  Result<std::string> fresh_name(ObjectKind kind);
  Result<std::string> fresh_key(ObjectKind kind) const;

  RuntimeDirectory base_;
  Fd file_;  // its flock says that this run lives
  std::string run_id_;
  std::string directory_;
  Fd directory_fd_;
  std::vector<Entry> entries_;
  std::uint64_t head_ = 0;  // bytes of the first line
  std::uint64_t end_ = 0;   // where the next line goes
  std::uint64_t next_ = 0;
};

// The manifest goes last: as long as anything is left, a manifest names it.
ManifestFile::~ManifestFile() {
  for (const auto& entry : entries_)
    (void)remove_object(entry.claim, run_id_, directory_fd_.get(), false);
  directory_fd_.reset();
  (void)remove_run_directory(base_.fd.get(), run_id_, false);
  ::unlinkat(base_.fd.get(), (run_id_ + std::string{manifest_suffix}).c_str(), 0);
  file_.reset();
  remove_if_empty(base_);
}

Status ManifestFile::set_up() {
  const auto head = fmt::format("ipcmark-manifest 1 {} {}\n", run_id_, ::getpid());
  if (auto written = write_at(file_.get(), head, 0); !written) return written;
  head_ = end_ = head.size();
  if (::mkdirat(base_.fd.get(), run_id_.c_str(), 0700) != 0)
    return fail(Errc::system, "creating the run's directory", errno);
  directory_fd_ = Fd{
      ::openat(base_.fd.get(), run_id_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!directory_fd_ && errno == EACCES) {
    // A umask of 0777 takes even our own bits; the name is random and the parent ours.
    ::fchmodat(base_.fd.get(), run_id_.c_str(), 0700, 0);
    directory_fd_ = Fd{
        ::openat(base_.fd.get(), run_id_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  }
  if (!directory_fd_) return fail(Errc::system, "opening the run's directory", errno);
  if (::fchmod(directory_fd_.get(), 0700) != 0)
    return fail(Errc::system, "chmod of the run's directory", errno);
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
    const int id = kind == ObjectKind::sysv_queue ? ::msgget(key, 0) : ::semget(key, 0, 0);
    if (id < 0 && errno == ENOENT) return text;
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

// Creates and locks a manifest that clean_up() has not taken away in between; empty: try again.
Result<Fd> open_locked(int base, const std::string& run_id) {
  const auto leaf = run_id + std::string{manifest_suffix};
  Fd file{::openat(base, leaf.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!file) {
    if (errno == EEXIST || errno == ENOENT) return Fd{};  // ENOENT: the directory was just removed
    return fail(Errc::system, "creating the run's manifest in the runtime directory", errno);
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Fd{};  // a clean_up() has it, and will remove it
    return fail(Errc::system, "flock of the run's manifest", errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0)
    return fail(Errc::system, "stat of the run's manifest", errno);
  if (status.st_nlink == 0) return Fd{};
  if (::fchmod(file.get(), 0600) != 0)
    return fail(Errc::system, "chmod of the run's manifest", errno);
  return file;
}

}  // namespace

Result<std::unique_ptr<Manifest>> Manifest::create() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    auto base = open_runtime_directory();
    if (!base) return tl::make_unexpected(base.error());
    auto id = random_run_id();
    if (!id) return tl::make_unexpected(id.error());
    if (base->path.size() + 1 + id->size() + 1 + longest_leaf > longest_socket_path)
      return fail(Errc::limit,
                  "the runtime directory's path is too long for a socket (107 bytes); set "
                  "IPCMARK_RUNTIME_DIR to a shorter one");
    auto file = open_locked(base->fd.get(), *id);
    if (!file) return tl::make_unexpected(file.error());
    if (!*file) continue;
    auto manifest =
        std::make_unique<ManifestFile>(std::move(*base), std::move(*file), std::move(*id));
    if (auto ready = manifest->set_up(); !ready) return tl::make_unexpected(ready.error());
    return std::unique_ptr<Manifest>{std::move(manifest)};
  }
  return fail(Errc::system, "creating the run's manifest: others kept removing it");
}

}  // namespace ipcmark
