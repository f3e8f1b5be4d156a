// Move-only owner of a range of mapped memory, and the shared objects such ranges are made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "backends/error.hpp"
#include "backends/fd.hpp"
#include "backends/names.hpp"
#include "results/model/spec.hpp"

namespace ipcmark {

// What POSIX shared memory lacks where it is missing.
inline constexpr const char* no_shm_directory = "there is no /dev/shm; mount a tmpfs there";

class Mapping {
 public:
  Mapping() = default;
  // Takes over [address, address + bytes), which must have come from mmap(2).
  Mapping(void* address, std::size_t bytes)
      : address_(static_cast<std::byte*>(address)), bytes_(bytes) {}
  Mapping(Mapping&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  std::byte* data() const { return address_; }
  std::size_t size() const { return bytes_; }
  explicit operator bool() const { return address_ != nullptr; }

 private:
  std::byte* address_ = nullptr;
  std::size_t bytes_ = 0;
};

std::size_t page_bytes();
std::uint64_t round_up_to_page(std::uint64_t bytes);

// Maps the first `front` bytes of the object once and the `ring` bytes after them twice, back to
// back, so that whatever begins within the ring is contiguous. Both are multiples of the page size;
// the object must be exactly front + ring bytes long (else `corrupt`: whoever made it meant another
// size). Pages are populated, so that no measured loop takes its first faults. Of an object of huge
// pages (create_huge_memory) both are multiples of memory_unit(pages).
Result<Mapping> map_mirrored(int fd, std::size_t front, std::size_t ring,
                             HugePages pages = HugePages::off);

// Maps an object of exactly that many bytes once (else `corrupt`), its pages populated.
Result<Mapping> map_object(int fd, std::size_t bytes, HugePages pages = HugePages::off);

// Zero-filled objects with their memory reserved: a full file system is an error here (ENOSPC)
// rather than a SIGBUS at the first touch.
//
// Anonymous (memfd_create): has no name at any time. Its size is sealed (F_SEAL_SHRINK,
// F_SEAL_GROW, F_SEAL_SEAL): whoever else holds it can store anything into it, but not cut it off
// under a mapping of it, which would be a SIGBUS there.
// With huge pages as create_huge_memory(): see there.
Result<Fd> create_anonymous_memory(std::uint64_t bytes, HugePages pages = HugePages::off);
// The two below cannot be sealed: Linux knows seals of a memfd alone (of shm_open's objects and of
// files they are EPERM and EINVAL). A peer that truncates one ends whoever touches what is gone;
// that is then a worker killed by SIGBUS, which fails its trial.
//
// POSIX shared memory (shm_open), unlinked before this returns.
Result<Fd> create_posix_memory(std::uint64_t bytes, Names& names);
// A regular file in the run's private directory, unlinked before this returns.
Result<Fd> create_file_memory(std::uint64_t bytes, Names& names);
// Gives an empty object that size and its memory. `where`: a sentence that says what to change when
// there is no room (limit).
Result<Fd> reserve_memory(Fd fd, std::uint64_t bytes, const char* where);
// Another descriptor of the same object, close-on-exec.
Result<Fd> duplicate(const Fd& fd);
// The same object by an open file description of its own (through /proc/self/fd): record locks
// belong to a description.
Result<Fd> reopen(const Fd& fd);

// Bytes of memory the system could give now (MemAvailable); 0 when it does not say.
std::uint64_t available_memory();

}  // namespace ipcmark
