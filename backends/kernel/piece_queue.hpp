// Sender and receiver over a queue of small pieces: what POSIX, SysV and Boost queues have in
// common. A backend implements PieceQueue; fragmenting, the end of the channel, and messages that
// do not fit the caller's buffer are done here, once.
//
// End of the channel: none of these mechanisms has an end of file. Every sender that closes counts
// itself in a shared word; the last one puts one end piece per receiver. Pieces of all senders are
// before it, because each counts itself after its last piece.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "backends/kernel/fd.hpp"
#include "backends/kernel/fragments.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

// One endpoint's hold on the mechanism. `end` marks the end piece (it has no body). Waits look at
// context.peer_died at least every 100 ms, because none of these mechanisms ends a wait by itself.
class PieceQueue {
 public:
  struct Piece {
    std::span<std::byte> bytes;
    bool end = false;
  };
  virtual ~PieceQueue() = default;
  // Puts head and body as one piece, or nothing.
  virtual Status put(std::span<const std::byte> head, std::span<const std::byte> body, bool end,
                     Deadline deadline) = 0;
  // Takes one piece: into `direct` when it is large enough for any piece, else into the queue's own
  // memory, valid until the next get().
  virtual Result<Piece> get(std::span<std::byte> direct, Deadline deadline) = 0;
  virtual bool pending() = 0;  // get(immediate) would give a piece
  virtual int descriptor() const { return -1; }
};

// The number of senders that have closed, in a page of shared memory without a name.
class ClosedCount {
 public:
  static Result<Fd> create();
  static Result<ClosedCount> open(const Fd& memory);
  ClosedCount(ClosedCount&& other) noexcept : word_(std::exchange(other.word_, nullptr)) {}
  ClosedCount& operator=(ClosedCount&&) = delete;
  ClosedCount(const ClosedCount&) = delete;
  ClosedCount& operator=(const ClosedCount&) = delete;
  ~ClosedCount();
  std::uint32_t add_one() { return word_->fetch_add(1) + 1; }

 private:
  explicit ClosedCount(std::atomic<std::uint32_t>* word) : word_(word) {}
  std::atomic<std::uint32_t>* word_;
};

// What all such channels can do and refuse. The mechanism adds its depth, whether it is pollable
// and whether it outlives a killed peer.
Capabilities piece_capabilities(const ChannelSpec& spec, std::uint64_t piece_bytes);

// `piece_bytes`: the most one piece can be. The channel fragments when spec.largest_message is
// larger; both ends must be opened with the same figure. Throws std::bad_alloc at most.
std::unique_ptr<Sender> make_piece_sender(std::unique_ptr<PieceQueue> queue, ClosedCount closed,
                                          const ChannelSpec& spec, std::size_t piece_bytes,
                                          std::uint32_t index);
std::unique_ptr<Receiver> make_piece_receiver(std::unique_ptr<PieceQueue> queue,
                                              const ChannelSpec& spec, std::size_t piece_bytes);

// The longest a wait may sleep without a look at context.peer_died.
inline constexpr std::uint64_t longest_slice_ns = 100'000'000;

inline bool peer_has_died(const std::atomic<std::uint32_t>* word) {
  return word->load(std::memory_order_acquire) != 0;
}

}  // namespace ipcmark
