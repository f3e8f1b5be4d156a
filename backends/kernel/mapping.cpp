#include "backends/kernel/mapping.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "backends/kernel/anonymous_file.hpp"

namespace ipcmark {

Mapping::~Mapping() {
  if (address_ != nullptr) ::munmap(address_, bytes_);
}

std::size_t page_bytes() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

std::uint64_t round_up_to_page(std::uint64_t bytes) {
  const std::uint64_t page = page_bytes();
  return (bytes + page - 1) / page * page;
}

namespace {

Status require_size(int fd, std::size_t bytes) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail(Errc::system, "fstat", errno);
  if (static_cast<std::uint64_t>(status.st_size) != bytes) {
    return fail(Errc::corrupt, "shared memory has another size than its spec");
  }
  return {};
}

// MAP_POPULATE maps the pages of a regular file for reading until they are written to, which a
// receiver never does; streams of small messages ran at half the rate or less through such pages.
// Before Linux 5.14 there is no such call, and it stays at that.
void populate(const Mapping& mapping) {
  (void)::madvise(mapping.data(), mapping.size(), MADV_POPULATE_WRITE);
}

}  // namespace

Result<Mapping> map_object(int fd, std::size_t bytes) {
  if (Status status = require_size(fd, bytes); !status) return tl::make_unexpected(status.error());
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) return fail(Errc::system, "mmap", errno);
  Mapping mapping(at, bytes);
  populate(mapping);
  return mapping;
}

Result<Mapping> map_mirrored(int fd, std::size_t front, std::size_t ring) {
  if (Status status = require_size(fd, front + ring); !status) {
    return tl::make_unexpected(status.error());
  }
  // Reserve the whole range first: what is mapped over it cannot hit anything else.
  const std::size_t whole = front + 2 * ring;
  void* base =
      ::mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return fail(Errc::system, "mmap", errno);
  Mapping mapping(base, whole);
  const auto map_at = [&](std::size_t offset, std::size_t bytes, std::size_t from) {
    return ::mmap(mapping.data() + offset, bytes, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
                  static_cast<off_t>(from)) != MAP_FAILED;
  };
  if (!map_at(0, front + ring, 0) || !map_at(front + ring, ring, front)) {
    return fail(Errc::system, "mmap", errno);
  }
  populate(mapping);
  return mapping;
}

namespace {

// `where`: a sentence that says what to change when there is no room.
Result<Fd> reserve(Fd fd, std::uint64_t bytes, const char* where) {
  int error = 0;
  do {
    error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes));
  } while (error == EINTR);
  if (error == ENOSPC || error == EDQUOT) return fail(Errc::limit, where, error);
  if (error != 0) return fail(Errc::system, "posix_fallocate", error);
  return fd;
}

}  // namespace

Result<Fd> create_anonymous_memory(std::uint64_t bytes) {
  auto file = create_anonymous_file("ipcmark");
  if (!file) return file;
  auto reserved =
      reserve(std::move(*file), bytes, "no room for it in memory; free some, or lower --depth");
  if (!reserved) return reserved;
  if (auto sealed = seal_size(*reserved); !sealed) return tl::make_unexpected(sealed.error());
  return reserved;
}

Result<Fd> create_posix_memory(std::uint64_t bytes, Names& names) {
  auto name = names.claim(ObjectKind::posix_shm);
  if (!name) return tl::make_unexpected(name.error());
  const std::string path = "/" + *name;
  Fd fd(::shm_open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) {
    const int error = errno;
    names.released(*name);
    if (error == ENOENT) return fail(Errc::limit, no_shm_directory);
    return fail(Errc::system, "shm_open", error);
  }
  if (is_gone(::shm_unlink(path.c_str()))) names.released(*name);
  return reserve(std::move(fd), bytes,
                 "no room for it in /dev/shm; enlarge that, or lower --depth");
}

Result<Fd> create_file_memory(std::uint64_t bytes, Names& names) {
  auto path = names.claim(ObjectKind::file);
  if (!path) return tl::make_unexpected(path.error());
  Fd fd(::open(path->c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) {
    const int error = errno;
    names.released(*path);
    return fail(Errc::system, "open", error);
  }
  if (is_gone(::unlink(path->c_str()))) names.released(*path);
  return reserve(std::move(fd), bytes,
                 "no room for it in the runtime directory; name another in IPCMARK_RUNTIME_DIR");
}

Result<Fd> duplicate(const Fd& fd) {
  Fd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail(Errc::system, "fcntl(F_DUPFD_CLOEXEC)", errno);
  return copy;
}

Result<Fd> reopen(const Fd& fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
  Fd other(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!other) return fail(Errc::system, "open /proc/self/fd", errno);
  return other;
}

std::uint64_t available_memory() {
  std::ifstream meminfo("/proc/meminfo");
  std::string label;
  std::uint64_t kib = 0;
  while (meminfo >> label >> kib) {
    if (label == "MemAvailable:") return kib * 1024;
    meminfo.ignore(64, '\n');
  }
  return 0;
}

}  // namespace ipcmark
