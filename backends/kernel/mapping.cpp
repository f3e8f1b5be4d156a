#include "backends/kernel/mapping.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "backends/kernel/anonymous_file.hpp"
#include "backends/kernel/huge_pages.hpp"

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
void populate(const Mapping& mapping, HugePages pages) {
  // Transparent ones are given only where they were asked for before the first touch.
  if (pages == HugePages::thp) (void)::madvise(mapping.data(), mapping.size(), MADV_HUGEPAGE);
  (void)::madvise(mapping.data(), mapping.size(), MADV_POPULATE_WRITE);
}

// A range to map over: nothing else comes to lie in it. It begins at a multiple of `unit`, as huge
// pages need it.
Result<Mapping> reserve_range(std::size_t bytes, std::size_t unit) {
  const std::size_t spare = unit > page_bytes() ? unit : 0;
  void* base =
      ::mmap(nullptr, bytes + spare, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return fail(Errc::system, "mmap", errno);
  if (spare == 0) return Mapping(base, bytes);
  auto* from = static_cast<std::byte*>(base);
  const std::size_t before = (unit - reinterpret_cast<std::uintptr_t>(from) % unit) % unit;
  if (before != 0) ::munmap(from, before);
  ::munmap(from + before + bytes, spare - before);
  return Mapping(from + before, bytes);
}

bool map_over(const Mapping& range, std::size_t offset, std::size_t bytes, int fd, std::size_t from,
              HugePages pages) {
  const int populated = pages == HugePages::thp ? 0 : MAP_POPULATE;  // see populate()
  return ::mmap(range.data() + offset, bytes, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_FIXED | populated, fd, static_cast<off_t>(from)) != MAP_FAILED;
}

}  // namespace

Result<Mapping> map_object(int fd, std::size_t bytes, HugePages pages) {
  if (Status status = require_size(fd, bytes); !status) return tl::make_unexpected(status.error());
  auto mapping = reserve_range(bytes, memory_unit(pages));
  if (!mapping) return mapping;
  if (!map_over(*mapping, 0, bytes, fd, 0, pages)) return fail(Errc::system, "mmap", errno);
  populate(*mapping, pages);
  return mapping;
}

Result<Mapping> map_mirrored(int fd, std::size_t front, std::size_t ring, HugePages pages) {
  if (Status status = require_size(fd, front + ring); !status) {
    return tl::make_unexpected(status.error());
  }
  auto mapping = reserve_range(front + 2 * ring, memory_unit(pages));
  if (!mapping) return mapping;
  if (!map_over(*mapping, 0, front + ring, fd, 0, pages) ||
      !map_over(*mapping, front + ring, ring, fd, front, pages)) {
    return fail(Errc::system, "mmap", errno);
  }
  populate(*mapping, pages);
  return mapping;
}

Result<Fd> reserve_memory(Fd fd, std::uint64_t bytes, const char* where) {
  int error = 0;
  do {
    error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes));
  } while (error == EINTR);
  if (error == ENOSPC || error == EDQUOT) return fail(Errc::refused, where, error);
  if (error != 0) return fail(Errc::system, "posix_fallocate", error);
  return fd;
}

Result<Fd> create_anonymous_memory(std::uint64_t bytes, HugePages pages) {
  if (pages != HugePages::off) return create_huge_memory(pages, bytes);
  auto file = create_anonymous_file("ipcmark");
  if (!file) return file;
  auto reserved = reserve_memory(std::move(*file), bytes,
                                 "no room for it in memory; free some, or lower --depth");
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
  return reserve_memory(std::move(fd), bytes,
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
  return reserve_memory(
      std::move(fd), bytes,
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
