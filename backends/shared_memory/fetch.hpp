// Asks for cache lines before they are needed, so that several cross between the cores at once.
//
// To write to a line a core must take it away from those that have read it. PREFETCHW does that
// (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, and AMD64 Architecture
// Programmer's Manual, volume 3; processors that lack it do nothing). It is spelt out here because
// GCC, for a processor of which it knows only that it is an x86-64, makes a fetch for reading of
// __builtin_prefetch(line, 1), which does nothing for a line that both cores have read.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ipcmark::ring {

// Each of these has a statement that GCC must keep: of functions that do nothing but prefetch, GCC
// 12 leaves out the calls.
inline void fetch_to_read(const void* line) {
  __builtin_prefetch(line);
  asm volatile("");
}
inline void fetch_to_write(void* line) {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*static_cast<char*>(line)));
#else
  __builtin_prefetch(line, 1);
  asm volatile("");
#endif
}

// The lines in which a slot or a cell of that many bytes begins, at most two: the processor follows
// by itself where there are more.
inline void fetch_slot_to_read(const std::byte* slot, std::uint64_t bytes) {
  fetch_to_read(slot);
  if (bytes > 64) fetch_to_read(slot + 64);
}
inline void fetch_slot_to_write(std::byte* slot, std::uint64_t bytes) {
  fetch_to_write(slot);
  if (bytes > 64) fetch_to_write(slot + 64);
}

// How many slots or cells ahead of the one at hand: nearer, the lines come too late; farther made
// no difference.
inline constexpr std::uint64_t slots_ahead = 4;

}  // namespace ipcmark::ring
