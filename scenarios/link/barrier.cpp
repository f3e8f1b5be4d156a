#include "scenarios/link/barrier.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <utility>

#include "backends/deadline.hpp"
#include "backends/kernel/anonymous_file.hpp"
#include "backends/kernel/futex.hpp"

namespace ipcmark {
namespace {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace

Result<SharedMemory> SharedMemory::create(const char* name, std::size_t bytes) {
  auto file = create_anonymous_file(name);
  if (!file) return tl::make_unexpected(file.error());
  Fd memfd = std::move(*file);
  // Allocated now: a full memory would otherwise be a SIGBUS in some worker later.
  int error = EINTR;  // by a signal that ends the run, which the caller then sees
  while (error == EINTR) error = ::posix_fallocate(memfd.get(), 0, static_cast<off_t>(bytes));
  if (error != 0) {
    return fail(Errc::system, "memory for a shared page", error);
  }
  if (auto sealed = seal_size(memfd); !sealed) return tl::make_unexpected(sealed.error());
  return map(std::move(memfd), bytes);
}

Result<SharedMemory> SharedMemory::map(Fd memfd, std::size_t bytes) {
  struct stat about {};
  if (::fstat(memfd.get(), &about) != 0) return fail(Errc::system, "fstat", errno);
  // Less would raise SIGBUS at the first touch of what is missing.
  if (static_cast<std::uint64_t>(about.st_size) < bytes) return fail(Errc::corrupt, "shared page");
  void* at =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memfd.get(), 0);
  if (at == MAP_FAILED) return fail(Errc::system, "mmap of a shared page", errno);
  SharedMemory memory;
  memory.memfd_ = std::move(memfd);
  memory.bytes_ = {static_cast<std::byte*>(at), bytes};
  return memory;
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : memfd_(std::move(other.memfd_)), bytes_(std::exchange(other.bytes_, {})) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(memfd_, other.memfd_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

void release(StartPage& page) {
  page.released.fetch_add(1, std::memory_order_release);
  futex_wake(page.released, INT_MAX);
}

void release_last(StartPage& page) {
  page.released.store(last_barrier, std::memory_order_release);
  futex_wake(page.released, INT_MAX);
}

void raise_peer_died(StartPage& page) {
  for (auto& channel : page.orphaned) channel.store(1, std::memory_order_release);
  page.peer_died.store(1, std::memory_order_release);
  futex_wake(page.released, INT_MAX);
}

Status await_release(StartPage& page, std::uint32_t releases, const ControlLink& link) {
  for (;;) {
    const std::uint32_t seen = page.released.load(std::memory_order_acquire);
    if (seen >= releases) return {};
    if (page.peer_died.load(std::memory_order_acquire) != 0) {
      return fail(Errc::peer_died, "barrier");
    }
    if (link.hung_up()) return fail(Errc::interrupted, "barrier");
    futex_sleep(page.released, seen, peer_check_interval_ns);
  }
}

}  // namespace ipcmark
