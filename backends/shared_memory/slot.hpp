// A mailbox in shared memory: room for one message, and a word that says whether one is there.
//
// The message is there once the word has slot_full, which is set after its last byte, and gone once
// the word has lost it. So whoever is killed at any point leaves a whole message or none. The
// length is read once and checked before use: a peer that writes nonsense makes `corrupt`, and
// nothing worse.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "backends/framing/copy_small.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/shared_memory/fetch.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

// Of SlotControl::word.
inline constexpr std::uint32_t slot_full = 1;
inline constexpr std::uint32_t slot_taking = 2;  // cma: the receiver is copying
inline constexpr std::uint32_t slot_receiver_waits = 4;
inline constexpr std::uint32_t slot_sender_waits = 8;
inline constexpr std::uint32_t slot_end_seen = 16;  // changes when an end goes, to end a sleep

// First bytes of the object; zero-filled is the valid initial state.
struct alignas(64) SlotControl {
  std::atomic<std::uint32_t> word;
  std::atomic<std::uint32_t> length;
  std::atomic<std::uint32_t> sender_state;  // EndState
  std::atomic<std::uint32_t> receiver_gone;
};

class Slot {
 public:
  // Bytes of the shared object for messages of at most `largest` bytes.
  static std::uint64_t object_bytes(std::uint64_t largest);
  static Result<Slot> open(const Fd& memory, std::uint64_t largest);

  SlotControl& control() const { return *reinterpret_cast<SlotControl*>(mapping_.data()); }
  std::byte* data() const { return mapping_.data() + data_at_; }
  std::uint64_t largest() const { return largest_; }
  // Asks for the first lines of a message of that size, and the word, to write to them.
  void fetch_to_send(std::size_t size) const {
    fetch_slot_to_write(mapping_.data(), data_at_ + size);
  }

  bool is_full() const { return (control().word.load(std::memory_order_seq_cst) & slot_full) != 0; }
  EndState sender_state() const {
    return static_cast<EndState>(control().sender_state.load(std::memory_order_seq_cst));
  }
  bool receiver_is_gone() const {
    return control().receiver_gone.load(std::memory_order_seq_cst) != 0;
  }

  // While it is empty, by the sender.
  void write(std::span<const std::byte> message) const {
    copy_small(data(), message.data(), message.size());
    set_length(message.size());
  }
  void set_length(std::size_t length) const {
    control().length.store(static_cast<std::uint32_t>(length), std::memory_order_relaxed);
  }
  // While it is full, by the receiver; above largest() if the sender wrote nonsense.
  std::size_t length() const { return control().length.load(std::memory_order_relaxed); }
  // What a receiver says of an empty slot whose sender has ended: closed or peer_died.
  tl::unexpected<Error> end_of_sender() const;

 private:
  Slot(Mapping mapping, std::uint64_t largest);
  Mapping mapping_;
  std::size_t data_at_;
  std::uint64_t largest_;
};

inline constexpr std::uint64_t largest_in_slot = std::uint64_t{1} << 30U;

// What every mailbox can do and refuse: one message, one sender, one receiver.
Capabilities slot_capabilities(const ChannelSpec& spec);
// Empty, or why this machine has no memory for it now.
std::string slot_unsupported(const char* backend, std::uint64_t object_bytes);

// The address of a new slot for messages of at most `largest` bytes: its memory.
Result<Address> create_slot(const char* backend, const ChannelSpec& spec, std::uint64_t id,
                            std::uint64_t largest);
// `address`: that of a slot, and what else its ends need.
std::unique_ptr<Channel> make_slot_channel(Address address);

}  // namespace ipcmark::ring
