// Memory shared with workers, and the barrier that releases all of them at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/error.hpp"
#include "backends/fd.hpp"
#include "scenarios/link/control_link.hpp"
#include "scenarios/progress.hpp"

namespace ipcmark {

// Memory without a name and its mapping, shared and touched beforehand so that no fault falls into
// a measured loop. Move-only; unmaps.
class SharedMemory {
 public:
  SharedMemory() = default;
  // Zeroed, of exactly that size, which nobody can change afterwards. limit: no memory left.
  static Result<SharedMemory> create(const char* name, std::size_t bytes);
  // Takes over what create() made in another process, or a regular file, whose size cannot be
  // sealed: should a peer truncate it, the next touch is a SIGBUS. corrupt: shorter than `bytes`.
  static Result<SharedMemory> map(Fd memfd, std::size_t bytes);
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  const Fd& memfd() const { return memfd_; }
  std::span<std::byte> bytes() const { return bytes_; }
  // Zeroed memory is a valid StartPage (all its members are atomics of integers). Only for memory
  // of at least its size.
  StartPage& start_page() const { return *reinterpret_cast<StartPage*>(bytes_.data()); }

 private:
  Fd memfd_;
  std::span<std::byte> bytes_;
};

// Coordinator: lets everyone through the next barrier.
void release(StartPage& page);
// Coordinator: everyone has finished; lets through all barriers to come and the last one, which a
// worker awaits as number `last_barrier` because it cannot know how many barriers the others have.
inline constexpr std::uint32_t last_barrier = 0x80000000U;
void release_last(StartPage& page);
// Coordinator: tells the survivors; wakes those that sleep at the barrier.
void raise_peer_died(StartPage& page);
// Worker: sleeps until `releases` stages have been released. Looks up every 100 ms: peer_died;
// interrupted when the coordinator is gone.
Status await_release(StartPage& page, std::uint32_t releases, const ControlLink& link);

}  // namespace ipcmark
