// A bounded ring of messages for many senders and many receivers in shared memory. Pure data
// structure: no kernel object, no waiting, no allocation.
//
// It is Vyukov's bounded queue (D. Vyukov, "Bounded MPMC queue", 1024cores.net, 2010): an array of
// cells, each with a word that says which lap it is in and how far it has come. There an end claims
// a position by moving a shared index on, and a word alone does not tell who is at work in its cell:
// what an end killed there leaves can be told from one that is merely slow by nobody. Here, as in
// LCRQ (A. Morrison, Y. Afek, "Fast concurrent queues for x86 processors", PPoPP 2013) and SCQ
// (R. Nikolaev, "A scalable, portable, and memory-efficient lock-free FIFO queue", DISC 2019), the
// claim is made in the cell itself, by one compare-and-swap, and it carries the number of the end
// that made it:
//
//   free(lap) -> claimed(lap, sender) -> committed(lap, sender) -> reading(lap, receiver) ->
//   free(lap + 1)
//
// Indices are hints only: where a search begins. Position p lies in cell p mod cells, lap p / cells.
// A sender claims the first position whose cell is free in that position's lap, and has then seen
// all before it claimed; so positions are claimed without a gap. A hint is never beyond the first
// that is not, whenever it is stored, and an old one costs a longer search, nothing else.
//
// A receiver takes the first committed position it comes to, and passes by claims that are not yet
// committed. So a sender that stands still in the middle of a message holds up nobody until the
// ring has gone round to its cell. Messages of one sender still arrive in order: the receiver notes
// whose claims it has passed by, and when it then meets a message of such a sender, the earlier one
// may have been committed meanwhile, and it starts again from the first. Every other sender's
// earlier messages it has seen taken.
//
// Deaths. An end may be killed between any two instructions. What others then find:
//
//   before the claim's compare-and-swap   nothing: it has changed nothing
//   after it, while copying in, and up    a claim by a dead sender. Receivers pass it by. Part of a
//   to the store that commits             message may lie there; nobody ever reads it
//   after that store                      a message, whole. The hint was not moved on: the next
//                                         search is one cell longer
//   before the wake-up call               sleepers.hpp: they look after the peer-check interval
//   before a receiver's compare-and-swap  nothing
//   after it, while copying out, and up   a claim by a dead receiver: its message went with it
//   to the store that frees
//   after that store                      a free cell
//
// Repair is one step for both kinds: a cell claimed by an end that is known to be dead (end_table.hpp
// says how) becomes free for the next lap, and one message is counted as lost. It is made by whoever
// waits, at least once in a peer-check interval. Until then a dead claim is in the way of those
// senders alone that have come round to it. The count is exact even if those who repair are killed
// over it: see repair().
//
// A receiver's claim is not given back to be received again: the dead may have acted on the message,
// and another receiver may have gone on to later ones of the same sender.
//
// Nothing read from shared memory is trusted: sizes come from the spec, a position is reduced to a
// cell before use, and lengths are checked. A peer can spoil or withhold messages, no more.
//
// Threads: one CellRing object an end, used by one thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "backends/shared_memory/cell_layout.hpp"
#include "backends/shared_memory/end_table.hpp"
#include "backends/shared_memory/sleepers.hpp"
#include "backends/shared_memory/steps.hpp"

namespace ipcmark::ring {

// First bytes of the shared object; zero-filled is the valid initial state.
struct CellControl {
  alignas(128) std::atomic<std::uint64_t> next_claim;  // hint: from where senders search
  alignas(128) std::atomic<std::uint64_t> next_take;   // hint: from where receivers do
  alignas(128) Sleepers data;                          // receivers, for messages
  alignas(128) Sleepers space;                         // senders, for free cells
  alignas(128) EndTable ends;
};

enum class CellState : std::uint64_t { free = 0, claimed, committed, reading };

// A cell's word: its lap in the upper bits, then the number of the end, then the state.
class CellWord {
 public:
  explicit CellWord(std::uint64_t bits) : bits_(bits) {}
  CellWord(std::uint64_t lap, std::uint64_t end, CellState state)
      : bits_(lap << lap_shift | end << end_shift | static_cast<std::uint64_t>(state)) {}
  std::uint64_t bits() const { return bits_; }
  std::uint64_t lap() const { return bits_ >> lap_shift; }
  unsigned end() const { return static_cast<unsigned>(bits_ >> end_shift) % max_ends; }
  CellState state() const { return static_cast<CellState>(bits_ & 3U); }

 private:
  static constexpr unsigned end_shift = 4, lap_shift = 16;
  static_assert(max_ends <= 1U << (lap_shift - end_shift));
  std::uint64_t bits_;
};

inline std::size_t cell_control_bytes() { return round_up_to_page(sizeof(CellControl)); }

inline std::uint64_t cell_object_bytes(const ChannelSpec& spec) {
  return cell_control_bytes() + cell_layout_for(spec).mapped;
}

template <class Steps = NoSteps>
class CellRing {
 public:
  // A cell that this end has claimed.
  struct Place {
    std::uint64_t position = 0;
    std::byte* payload = nullptr;
    std::uint32_t length = 0;  // of a message being read
  };
  enum class Look { found, empty, corrupt };

  // `memory`: a mapped object of cell_object_bytes(spec).
  CellRing(std::byte* memory, const ChannelSpec& spec)
      : control_(*reinterpret_cast<CellControl*>(memory)),
        data_(memory + cell_control_bytes()),
        layout_(cell_layout_for(spec)),
        largest_(spec.largest_message),
        lap_shift_(static_cast<unsigned>(std::countr_zero(layout_.cells))) {}

  void joined(unsigned end, Role) { end_ = end; }
  CellControl& control() const { return control_; }

  // ---- senders

  // False: full. Else the place is this end's until commit() or give_back().
  bool claim(Place& place, std::memory_order order = std::memory_order_acquire) {
    std::uint64_t position =
        std::max(next_, control().next_claim.load(std::memory_order_relaxed));
    for (std::uint64_t tried = 0; tried <= layout_.cells; ++tried, ++position) {
      CellHeader& cell = cell_at(position);
      CellWord seen(cell.word.load(order));
      if (seen.lap() == lap_of(position) && seen.state() == CellState::free) {
        Steps::at();
        if (change(cell, seen, CellWord(seen.lap(), end_, CellState::claimed))) {
          Steps::at();
          next_ = position + 1;
          place = {position, payload_of(cell), 0};
          return true;
        }
        seen = CellWord(cell.word.load(order));
      }
      // The position before this one in the same cell is not over: a lap further, and full.
      if (seen.lap() < lap_of(position)) break;
    }
    next_ = std::max(next_, position);
    return false;
  }
  void commit(const Place& place, std::size_t length, std::memory_order order) {
    CellHeader& cell = cell_at(place.position);
    cell.length.store(static_cast<std::uint32_t>(length), std::memory_order_relaxed);
    Steps::at();
    cell.word.store(CellWord(lap_of(place.position), end_, CellState::committed).bits(), order);
    Steps::at();
    control().next_claim.store(place.position + 1, std::memory_order_relaxed);
    Steps::at();
  }

  // ---- receivers

  // The next message and its length, if there is one. It stays.
  Look look(Place& place, std::memory_order order = std::memory_order_acquire) {
    // As often as the ring is long, and again for each sender passed by; more is a peer that spoils.
    for (unsigned again = 0; again < max_ends; ++again) {
      Sought sought = Sought::empty;
      CellWord seen(0);
      const std::uint64_t position = seek(sought, seen, order);
      if (sought == Sought::again) continue;
      if (sought == Sought::empty) return Look::empty;
      CellHeader& cell = cell_at(position);
      const std::uint32_t length = cell.length.load(std::memory_order_relaxed);
      // What is seen as `seen` again after it has had that length all the time.
      if (cell.word.load(std::memory_order_acquire) != seen.bits()) continue;
      if (length > largest_) return Look::corrupt;
      place = {position, payload_of(cell), length};
      seen_ = seen.bits();
      return Look::found;
    }
    return Look::empty;
  }
  // Claims what look() has found. False: another receiver was quicker; look again.
  bool take(const Place& place) {
    CellHeader& cell = cell_at(place.position);
    Steps::at();
    if (!change(cell, CellWord(seen_),
                CellWord(lap_of(place.position), end_, CellState::reading))) {
      return false;
    }
    Steps::at();
    if (place.position == next_) ++next_;
    control().next_take.store(next_, std::memory_order_relaxed);
    return true;
  }

  // ---- both

  // The place is free for the next lap: its message was read, or there is none after all.
  void give_back(const Place& place, std::memory_order order) {
    Steps::at();
    cell_at(place.position)
        .word.store(CellWord(lap_of(place.position) + 1, 0, CellState::free).bits(), order);
    Steps::at();
  }

  // Frees what a dead end has claimed; its slot's lock is held (Ends). A slot's `losses` hold how
  // many there were in the upper half and in the lower which cell is being freed now, plus one. If
  // the repair ends here, the next one finds the cell still claimed or free, but in both cases not
  // counted: the count and the end of this step are one store.
  void repair(unsigned dead) {
    auto& losses = control().ends.slots[dead].losses;
    const std::uint64_t begun = losses.load(std::memory_order_relaxed) & 0xFFFF'FFFFU;
    if (begun != 0 && begun <= layout_.cells) finish_loss(losses, begun - 1, dead);
    for (std::uint64_t index = 0; index < layout_.cells; ++index) {
      if (!is_claimed_by(dead, cell_at(index))) continue;
      const std::uint64_t before = losses.load(std::memory_order_relaxed) & ~std::uint64_t{0xFFFF'FFFFU};
      losses.store(before | (index + 1), std::memory_order_seq_cst);
      Steps::at();
      finish_loss(losses, index, dead);
    }
  }

  // Messages lost with ends that were killed.
  std::uint64_t lost() const {
    std::uint64_t sum = 0;
    for (const auto& slot : control().ends.slots) {
      sum += slot.losses.load(std::memory_order_acquire) >> 32U;
    }
    return sum;
  }

 private:
  enum class Sought { found, empty, again };

  std::uint64_t lap_of(std::uint64_t position) const { return position >> lap_shift_; }
  CellHeader& cell_at(std::uint64_t position) const {
    return *reinterpret_cast<CellHeader*>(data_ +
                                          (position & (layout_.cells - 1)) * layout_.cell_bytes);
  }
  std::byte* payload_of(CellHeader& cell) const {
    return reinterpret_cast<std::byte*>(&cell) + layout_.payload_offset;
  }
  static bool change(CellHeader& cell, CellWord from, CellWord to) {
    std::uint64_t expected = from.bits();
    return cell.word.compare_exchange_strong(expected, to.bits(), std::memory_order_acq_rel,
                                             std::memory_order_relaxed);
  }
  static bool is_claimed_by(unsigned end, const CellHeader& cell) {
    const CellWord word(cell.word.load(std::memory_order_acquire));
    return word.end() == end &&
           (word.state() == CellState::claimed || word.state() == CellState::reading);
  }
  void finish_loss(std::atomic<std::uint64_t>& losses, std::uint64_t index, unsigned dead) {
    CellHeader& cell = cell_at(index);
    if (is_claimed_by(dead, cell)) {
      const CellWord word(cell.word.load(std::memory_order_relaxed));
      cell.word.store(CellWord(word.lap() + 1, 0, CellState::free).bits(),
                      std::memory_order_seq_cst);
      Steps::at();
    }
    const std::uint64_t counted = losses.load(std::memory_order_relaxed) >> 32U;
    losses.store((counted + 1) << 32U, std::memory_order_seq_cst);
    Steps::at();
  }

  // From the first position that is not known to be taken to the first committed one.
  std::uint64_t seek(Sought& sought, CellWord& seen, std::memory_order order) {
    next_ = std::max(next_, control().next_take.load(std::memory_order_relaxed));
    bool passed_any = false;
    std::uint64_t position = next_;
    for (const std::uint64_t end = position + layout_.cells; position != end; ++position) {
      seen = CellWord(cell_at(position).word.load(order));
      const std::uint64_t lap = lap_of(position);
      if (seen.lap() < lap) break;
      if (seen.lap() == lap) {
        if (seen.state() == CellState::free) break;
        if (seen.state() == CellState::claimed) {
          if (!passed_any) passed_.fill(0);
          passed_any = true;
          passed_[seen.end() / 64] |= std::uint64_t{1} << seen.end() % 64;
          continue;
        }
        if (seen.state() == CellState::committed) {
          const bool passed =
              passed_any && (passed_[seen.end() / 64] >> seen.end() % 64 & 1U) != 0;
          sought = passed ? Sought::again : Sought::found;
          return position;
        }
      }
      if (!passed_any) next_ = position + 1;
    }
    sought = Sought::empty;
    return position;
  }

  CellControl& control_;
  std::byte* data_;
  CellLayout layout_;
  std::uint64_t largest_;
  unsigned lap_shift_;
  unsigned end_ = 0;
  std::uint64_t next_ = 0;  // a sender: all before it are claimed; a receiver: all before it taken
  std::uint64_t seen_ = 0;  // the word of what look() has found
  std::array<std::uint64_t, max_ends / 64> passed_{};
};

}  // namespace ipcmark::ring
