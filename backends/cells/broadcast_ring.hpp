// A bounded ring of messages in shared memory from one sender to many receivers, each of which gets
// every message. Pure data structure: no kernel object, no waiting, no allocation.
//
// It is the Disruptor's arrangement (M. Thompson and others, "Disruptor: high performance
// alternative to bounded queues for exchanging data between concurrent threads", LMAX, 2011): an
// array of cells; the sender publishes each message by a store of its number into the cell's word;
// each receiver has a cursor of its own, which only it stores, and the sender does not write over
// what the last of them has not passed. Nobody needs an atomic read-modify-write for a message. The
// sender looks at the cursors only when it has used up what room it knew of.
//
// Receivers may come at any time. A late one starts with the next message: it makes its slot in the
// table of ends visible first, and reads how far the sender is afterwards. Whenever the sender
// looks at the cursors, it has published how far it is before; so either it sees the new receiver,
// whose cursor is never beyond where it starts, or the new one starts at or behind that look, and
// the room that came of it ends a lap later. The sender begins when as many receivers have joined
// as the spec says; these miss nothing.
//
// Deaths. An end may be killed between any two instructions. What the others then find:
//
//   sender, while copying in           a cell whose word is of the last lap: nobody reads it
//   sender, after the word             a whole message, which all receivers get. A sender that
//   takes
//                                      over finds it behind the last one that was counted
//   sender, before the wake-up call    event_count.hpp: they look after the peer-check interval
//   receiver, while joining            a slot with an old cursor: it holds the sender up, see below
//   receiver, at any other time        a cursor that stands still. When the ring is full, the
//   sender
//                                      looks at least once in a peer-check interval for dead ends
//                                      (end_table.hpp), and leaves them out from then on
//
// Nothing is lost by any of these but what the dead receiver had not read itself.
//
// Nothing read from shared memory is trusted: sizes come from the spec, a position is reduced to a
// cell before use, and lengths are checked. A peer can spoil or withhold messages, no more.
//
// Threads: one BroadcastRing object an end, used by one thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/cells/cell_layout.hpp"
#include "backends/cells/end_table.hpp"
#include "backends/shared_memory/event_count.hpp"
#include "backends/shared_memory/fetch.hpp"
#include "backends/shared_memory/steps.hpp"

namespace ipcmark::ring {

// First bytes of the shared object; zero-filled is the valid initial state.
struct BroadcastControl {
  struct alignas(128) Cursor {
    std::atomic<std::uint64_t> next;  // of the receiver in that slot: the message it reads next
  };
  alignas(128) std::atomic<std::uint64_t> published;  // how many messages; perhaps one more
  alignas(128) EventCount data;                       // receivers, for messages
  alignas(128) EventCount space;                      // the sender, for the last of them
  std::atomic<std::uint64_t> wanted;                  // the cursor that it waits for
  alignas(128) EndTable ends;
  std::array<Cursor, max_ends> cursors;
};

inline std::size_t broadcast_control_bytes() { return round_up_to_page(sizeof(BroadcastControl)); }

inline std::uint64_t broadcast_object_bytes(const ChannelSpec& spec) {
  return object_bytes_for(spec, broadcast_control_bytes());
}

template <class Steps = NoSteps>
class BroadcastRing {
 public:
  enum class Look { found, empty, corrupt };
  struct Message {
    const std::byte* payload = nullptr;
    std::uint32_t length = 0;
  };

  // `memory`: a mapped object of broadcast_object_bytes(spec).
  BroadcastRing(std::byte* memory, const ChannelSpec& spec)
      : control_(*reinterpret_cast<BroadcastControl*>(memory)),
        data_(memory + broadcast_control_bytes()),
        layout_(cell_layout_for(spec)),
        largest_(spec.largest_message),
        ahead_(std::min(slots_ahead, layout_.cells / 4)) {}

  BroadcastControl& control() const { return control_; }

  // Where the end begins, once its slot can be seen.
  void joined(unsigned end, Role role) {
    end_ = end;
    next_ = control_.published.load(std::memory_order_seq_cst);
    if (role == Role::receiver) {
      // Who had the slot before may have read a message that is not counted yet; the sender may
      // have taken that cursor for this one's.
      auto& cursor = control_.cursors[end].next;
      next_ = std::max(next_, cursor.load(std::memory_order_seq_cst));
      cursor.store(next_, std::memory_order_seq_cst);
      return;
    }
    // The last sender may have died between its last message and the count of it.
    if (word_at(next_).load(std::memory_order_acquire) == next_ + 1) ++next_;
    limit_ = next_;
  }
  void repair(unsigned) {}

  // ---- the sender

  // Behind what is reserved.
  bool has_room() const { return next_ + reserved_ < limit_; }
  // Before the sender asks who its receivers are (Ends::counts()): see the top.
  void publish_next() { control_.published.store(next_, std::memory_order_seq_cst); }
  // Looks at the cursors of the receivers in these slots. False: full, or all of them are gone.
  bool find_room(std::span<const std::uint16_t> slots) {
    std::uint64_t last = next_;
    bool any = false;
    for (const std::uint16_t slot : slots) {
      const std::uint64_t word = control_.ends.slots[slot].word.load(std::memory_order_seq_cst);
      if (role_of(word) != Role::receiver) continue;
      any = true;
      last = std::min(last, control_.cursors[slot].next.load(std::memory_order_seq_cst));
    }
    if (any) limit_ = last + layout_.cells;
    return any && has_room();
  }
  // The cursor from which on the next message has room.
  std::uint64_t wanted() const {
    const std::uint64_t end = next_ + reserved_ + 1;
    return end - std::min(end, layout_.cells);
  }

  // With room: where the next message goes, and then that it is there.
  std::byte* payload() const { return &bytes_at(next_ + reserved_)[layout_.payload_offset]; }
  // With room: a place for a message, behind those reserved before. For the first of them there is
  // publish(), after use(); unreserve() gives back all.
  std::byte* reserve() {
    std::byte* const place = payload();
    ++reserved_;
    return place;
  }
  void use() { --reserved_; }
  void unreserve() { reserved_ = 0; }
  void publish(std::size_t length, std::memory_order order) {
    CellHeader& cell = cell_at(next_);
    cell.length.store(static_cast<std::uint32_t>(length), std::memory_order_relaxed);
    Steps::at();
    cell.word.store(next_ + 1, order);
    Steps::at();
    control_.published.store(++next_, std::memory_order_relaxed);
    Steps::at();
    // Receivers still have those lines from the last lap; where there is no room, they are reading.
    if (ahead_ != 0 && next_ + ahead_ <= limit_) {
      fetch_slot_to_write(bytes_at(next_ + ahead_ - 1), layout_.cell_bytes);
    }
  }

  // ---- a receiver

  // The next message, if there is one. It stays until give_back().
  Look look(Message& message, std::memory_order order = std::memory_order_acquire) const {
    const CellHeader& cell = cell_at(next_);
    const std::uint64_t word = cell.word.load(order);
    if (word != next_ + 1) return word <= next_ ? Look::empty : Look::corrupt;
    message.length = cell.length.load(std::memory_order_relaxed);
    message.payload = bytes_at(next_) + layout_.payload_offset;
    return message.length <= largest_ ? Look::found : Look::corrupt;
  }
  // Whether the sender is half of the ring ahead, or farther.
  bool is_half_full() const {
    const std::uint64_t half = next_ + layout_.cells / 2;
    return word_at(half).load(std::memory_order_relaxed) > half;
  }
  // Goes on to the next message, and keeps this one until give_back(), which is of the one held
  // longest.
  void hold() {
    fetch_ahead();
    ++next_;
    ++held_;
  }
  void give_back(std::memory_order order) {
    Steps::at();
    --held_;
    control_.cursors[end_].next.store(next_ - held_, order);
    Steps::at();
  }
  // hold() and give_back() in one, with nothing held.
  void pass(std::memory_order order) {
    fetch_ahead();
    Steps::at();
    control_.cursors[end_].next.store(++next_, order);
    Steps::at();
  }
  // Whether a sleeping sender waits for just that step of this receiver's.
  bool frees_the_sender() const {
    return control_.wanted.load(std::memory_order_seq_cst) == next_ - held_;
  }

 private:
  // Of a receiver: lines cross one by one unless they are asked for in time.
  void fetch_ahead() const {
    if (ahead_ != 0) fetch_slot_to_read(bytes_at(next_ + ahead_), layout_.cell_bytes);
  }
  std::byte* bytes_at(std::uint64_t position) const {
    return data_ + (position & (layout_.cells - 1)) * layout_.cell_bytes;
  }
  CellHeader& cell_at(std::uint64_t position) const {
    return *reinterpret_cast<CellHeader*>(bytes_at(position));
  }
  std::atomic<std::uint64_t>& word_at(std::uint64_t position) const {
    return cell_at(position).word;
  }

  BroadcastControl& control_;
  std::byte* data_;
  CellLayout layout_;
  std::uint64_t largest_;
  std::uint64_t ahead_;  // how many cells are fetched ahead; 0: there are too few
  unsigned end_ = 0;
  std::uint64_t next_ = 0;      // the message that is sent or read next
  std::uint64_t limit_ = 0;     // the sender: up to here there is room
  std::uint64_t reserved_ = 0;  // the sender: places from next_ on, not published yet
  std::uint64_t held_ = 0;      // a receiver: messages before next_ that it has not given back
};

}  // namespace ipcmark::ring
