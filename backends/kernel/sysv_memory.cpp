#include "backends/kernel/sysv_memory.hpp"

#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include <cerrno>
#include <cstdlib>

#include "backends/kernel/sysctl.hpp"

namespace ipcmark {
namespace {

key_t memory_key(const std::string& name) {
  return static_cast<key_t>(std::strtoul(name.c_str(), nullptr, 16));
}

Error explain_shmget(int error) {
  switch (error) {
    case EINVAL:
      return {Errc::limit, error, "shmget: above kernel.shmmax; raise the sysctl"};
    case ENOSPC:
      return {Errc::limit, error,
              "shmget: kernel.shmmni segments or kernel.shmall pages are in use; remove some "
              "(ipcs -m, ipcrm) or raise the sysctl"};
    default:
      return fail(Errc::system, "shmget", error).value();
  }
}

}  // namespace

Result<SysvMemoryId> create_sysv_memory(std::uint64_t bytes, Names& names) {
  // Another program may own the random key: then another is taken.
  constexpr int attempts = 16;
  for (int i = 0; i < attempts; ++i) {
    auto name = names.claim(ObjectKind::sysv_shm);
    if (!name) return tl::make_unexpected(name.error());
    const int id = ::shmget(memory_key(*name), bytes, IPC_CREAT | IPC_EXCL | 0600);
    if (id >= 0) return SysvMemoryId{id, *name};
    const int error = errno;
    names.released(*name);
    if (error != EEXIST) return tl::make_unexpected(explain_shmget(error));
  }
  return fail(Errc::system, "shmget", EEXIST);
}

void remove_sysv_memory(const SysvMemoryId& memory, Names& names) {
  if (is_gone(::shmctl(memory.id, IPC_RMID, nullptr))) names.released(memory.name);
}

std::string sysv_memory_unsupported(const char* backend, std::uint64_t bytes) {
  if (::shmget(IPC_PRIVATE, 0, 0) < 0 && is_refusal(errno)) {
    return fmt::format("{}: {}", backend, explain(fail(Errc::system, "shmget", errno).value()));
  }
  const auto largest = read_sysctl("/proc/sys/kernel/shmmax");
  if (largest && bytes > *largest) {
    return fmt::format(
        "{}: a segment of {} B exceeds kernel.shmmax ({}); lower --depth or --size, or raise the "
        "sysctl",
        backend, bytes, *largest);
  }
  const std::uint64_t available = available_memory();
  if (available == 0 || bytes <= available) return {};
  return fmt::format(
      "{}: a segment of {} B exceeds the {} B left in memory; lower --depth or --size, or free "
      "some",
      backend, bytes, available);
}

Result<Mapping> map_sysv_mirrored(const std::string& name, std::size_t front, std::size_t ring) {
  const int id = ::shmget(memory_key(name), 0, 0);
  if (id < 0) return fail(Errc::system, "shmget", errno);
  shmid_ds status{};
  if (::shmctl(id, IPC_STAT, &status) != 0) return fail(Errc::system, "shmctl", errno);
  if (status.shm_segsz != front + ring) {
    return fail(Errc::corrupt, "shared memory has another size than its spec");
  }
  const std::size_t whole = front + 2 * ring;
  void* base =
      ::mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return fail(Errc::system, "mmap", errno);
  Mapping mapping(base, whole);
  if (::shmat(id, base, SHM_REMAP) != base) return fail(Errc::system, "shmat", errno);
  // A segment can be attached from its beginning only; what is attached, mremap(2) maps once more
  // from any place on (old size 0). Whatever unmaps it detaches it too.
  std::byte* again = mapping.data() + front + ring;
  if (::mremap(mapping.data() + front, 0, ring, MREMAP_MAYMOVE | MREMAP_FIXED, again) != again) {
    return fail(Errc::system, "mremap", errno);
  }
  (void)::madvise(mapping.data(), whole, MADV_POPULATE_WRITE);
  return mapping;
}

}  // namespace ipcmark
