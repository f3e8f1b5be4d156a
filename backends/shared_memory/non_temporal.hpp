// Two ways to copy a large message into memory that another core reads.
//
// Through the cache, as memcpy does, every line has first to be taken away from the core that read
// it a lap ago. Between cores that share a cache that is quick. Where they do not, it takes as long
// as a word from core to core, and only some twenty lines are on their way at a time. Non-temporal
// stores ask for no line: it goes to memory past all caches, and the reader takes it from there.
// That carries about the same everywhere: several times what the first way does between distant
// cores, and half or less of what it does between near ones. Which are which only time can tell,
// and on a virtual machine it changes.
//
// The stores: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 10.4.6.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ipcmark::ring {

// Copies past the caches; what follows in program order is not seen before it. `to` is aligned to
// 16 bytes. Elsewhere than on x86 this is memcpy.
inline void copy_non_temporal(std::byte* to, const std::byte* from, std::size_t bytes) {
  std::size_t done = 0;
#if defined(__SSE2__)
  for (; done + sizeof(__m128i) <= bytes; done += sizeof(__m128i)) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + done));
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + done), part);
  }
  _mm_sfence();
#endif
  std::memcpy(to + done, from + done, bytes - done);
}

// Which of the two a sender should use, from how long its messages take, waiting for room included:
// the receiver's part counts as well. Where the cache is slow the other way is tried, and kept if
// it is clearly faster than the cache was before and is after the try; from time to time the cache
// is looked at again. Gaps between messages lengthen both alike.
//
// Threads: one.
class StoreChoice {
 public:
  // Whether the next message goes past the caches.
  bool non_temporal() const { return phase_ == Phase::trying || phase_ == Phase::keeping; }
  // A message of so many bytes (at least one) was sent, and it was `now_ns` then.
  void sent(std::uint64_t bytes, std::uint64_t now_ns);

 private:
  enum class Phase : std::uint8_t {
    watching,  // through the cache
    trying,    // past it, because that was slow
    checking,  // through the cache, because the try was faster
    keeping,   // past it, not timed, because the cache is still slower
    resting    // through the cache, not timed, because it is not
  };
  // Messages timed at a time, after as many that are not: they meet pages never touched before, or
  // wait for what was sent the other way.
  static constexpr unsigned window = 4;
  static constexpr double slow = 0.25;    // ns a byte, 4 GB/s: worth a try
  static constexpr double clearly = 1.5;  // times as long; less may be chance
  static constexpr std::uint64_t bytes_until_next_look = std::uint64_t{1} << 31U;

  void enter(Phase phase) {
    phase_ = phase;
    messages_ = 0;
    bytes_ = 0;
    ns_ = 0;
  }
  void judge(double ns_a_byte);

  Phase phase_ = Phase::watching;
  unsigned messages_ = 0;  // in this phase
  std::uint64_t bytes_ = 0;
  std::uint64_t ns_ = 0;
  double cached_ = 0;        // ns a byte when it was watched
  double non_temporal_ = 0;  // when it was tried
  std::uint64_t last_ = 0;   // when the last message was sent; 0: none was
};

inline void StoreChoice::sent(std::uint64_t bytes, std::uint64_t now_ns) {
  const std::uint64_t begin = std::exchange(last_, now_ns);
  if (begin == 0 || ++messages_ <= window) return;
  bytes_ += bytes;
  ns_ += now_ns - begin;
  if (phase_ == Phase::keeping || phase_ == Phase::resting) {
    if (bytes_ < bytes_until_next_look) return;
    enter(phase_ == Phase::keeping ? Phase::checking : Phase::watching);
  } else if (messages_ == 2 * window) {
    judge(static_cast<double>(ns_) / static_cast<double>(bytes_));
  }
}

inline void StoreChoice::judge(double ns_a_byte) {
  switch (phase_) {
    case Phase::watching:
      cached_ = ns_a_byte;
      return enter(ns_a_byte > slow ? Phase::trying : Phase::watching);
    case Phase::trying:
      non_temporal_ = ns_a_byte;
      return enter(cached_ > clearly * ns_a_byte ? Phase::checking : Phase::resting);
    case Phase::checking:
      return enter(ns_a_byte > clearly * non_temporal_ ? Phase::keeping : Phase::resting);
    case Phase::keeping:
    case Phase::resting:
      return;
  }
}

}  // namespace ipcmark::ring
