// Messages larger than what a mechanism carries at once: cut into tagged pieces, put together again
// per sender by the one receiver.
//
// Pure: bytes in, bytes out, no kernel object. Pieces of different senders may interleave; those of
// one sender arrive in order. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backends/error.hpp"

namespace ipcmark {

// In front of every piece of a channel that fragments.
struct PieceHeader {
  std::uint32_t sender = 0;  // index of the sender among the channel's senders
  std::uint32_t last = 0;    // 1: this piece ends its message
  std::uint64_t length = 0;  // of the whole message
};
static_assert(sizeof(PieceHeader) == 16);

inline constexpr std::uint64_t largest_fragmented_message = std::uint64_t{64} << 20U;

// How many pieces of `piece_bytes` (header included) a message of `length` takes; at least one. A
// piece without room for more than its header carries a byte, as if it had it: what asks is also
// asked whether it is possible, and then says which limit to raise.
constexpr std::uint64_t pieces_of(std::uint64_t length, std::uint64_t piece_bytes) {
  const std::uint64_t payload =
      piece_bytes > sizeof(PieceHeader) ? piece_bytes - sizeof(PieceHeader) : 1;
  return length == 0 ? 1 : (length - 1) / payload + 1;
}

class Reassembler {
 public:
  Reassembler(std::uint32_t senders, std::uint64_t largest_message)
      : slots_(senders), largest_message_(largest_message) {}

  // Offers the caller's memory for the next message, so that it is assembled in place and not
  // copied twice. Taken up only with one sender (with several, another's message may be complete
  // first). Valid until withdraw(), which saves a half-assembled message from it.
  void offer(std::span<std::byte> memory);
  void withdraw();

  // Takes one piece, header first. True: its message is complete. `corrupt` when no correct sender
  // can have written it. No piece may be given while a complete message waits.
  Result<bool> accept(std::span<const std::byte> piece);

  bool complete() const { return complete_.has_value(); }
  // The complete message goes to `buffer` and is forgotten. too_large: it stays.
  Result<std::size_t> deliver(std::span<std::byte> buffer);

 private:
  struct Slot {
    std::vector<std::byte> own;
    std::uint64_t length = 0;
    std::uint64_t filled = 0;
    bool under_way = false;
    bool in_place = false;  // assembled in the offered memory
  };
  std::vector<Slot> slots_;
  std::uint64_t largest_message_;
  std::span<std::byte> offered_;
  std::optional<std::size_t> complete_;
};

}  // namespace ipcmark
