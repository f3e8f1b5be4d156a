// A bounded ring of messages for many senders and many receivers in shared memory. Pure data
// structure: no kernel object, no waiting, no allocation.
//
// It is Vyukov's bounded queue (D. Vyukov, "Bounded MPMC queue", 1024cores.net, 2010): an array of
// cells, each with a word that says which lap it is in and how far it has come. There an end claims
// a position by moving a shared index on, and a word alone does not tell who is at work in its
// cell: nobody can tell what an end killed there has left from one that is merely slow. Here, as in
// LCRQ (A. Morrison, Y. Afek, "Fast concurrent queues for x86 processors", PPoPP 2013) and SCQ (R.
// Nikolaev, "A scalable, portable, and memory-efficient lock-free FIFO queue", DISC 2019), the
// claim is made in the cell itself, by one compare-and-swap, and it carries the number of the end
// that made it. Each cell has two words:
//
//   sent    written by senders alone, on the message's own cache line:
//           settled(lap) or committed(lap) -> claimed(lap + 1, sender) -> committed(lap + 1,
//           sender), or -> settled(lap + 1) where there will be no message
//   taken   written by receivers alone, packed with those of the next cells:
//           settled(lap) -> reading(lap, receiver) -> settled(lap + 1)
//
// So a line with a message crosses once from core to core, as in a ring for two ends; a receiver's
// claim is made in its own cache, and a sender looks at the receivers' words once for eight cells.
//
// Indices are hints only: where a search begins. Position p lies in cell p mod cells, lap p /
// cells. A sender claims the first position that is not claimed yet, once what was in its cell a
// lap before has been read, and has then seen all before it claimed; so positions are claimed
// without a gap. A hint is never beyond the first that is not, whenever it is stored, and an old
// one costs a longer search, nothing else. Who finds a cell laps ahead goes on from there: its last
// position p is claimed, so all before p are, too, and all up to p - cells are over. Laps have 48
// bits: they last for 2^49 messages in the smallest ring.
//
// A receiver takes the first committed position it comes to, and passes by claims that are not yet
// committed. So a sender that stands still in the middle of a message holds up nobody until the
// ring has gone round to its cell. Messages of one sender still arrive in order: the receiver notes
// whose claims it has passed by, and when it then meets a message of such a sender, the earlier one
// may have been committed meanwhile, and it starts again from the first. Every other sender's
// earlier messages it has seen taken. A sender may have several claims, which it commits in their
// order: so it is enough to note the first and the last of those passed by, and to go on to the
// next when one is over.
//
// Deaths. An end may be killed between any two instructions. What others then find:
//
//   before the claim's compare-and-swap   nothing: it has changed nothing
//   after it, while copying in, and up    a claim by a dead sender. Receivers pass it by. Part of a
//   to the store that commits             message may lie there; nobody ever reads it
//   after that store                      a message, whole. The hint was not moved on: the next
//                                         search is one cell longer
//   before the wake-up call               event_count.hpp: they look after the peer-check interval
//   before a receiver's compare-and-swap  nothing
//   after it, while copying out, and up   a claim by a dead receiver: its message went with it
//   to the store that frees
//   after that store                      a free cell
//
// Repair is one step for both kinds: a claim of an end that is known to be dead (end_table.hpp says
// how) is settled, and one message is counted as lost. It is made by whoever waits. Until then a
// dead claim is in the way of those senders alone that have come round to it. The count is exact
// even if those who repair are killed over it: see repair().
//
// A receiver's claim is not given back to be received again: the dead may have acted on the
// message, and another receiver may have gone on to later ones of the same sender.
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

#include "backends/cells/cell_layout.hpp"
#include "backends/cells/end_table.hpp"
#include "backends/shared_memory/event_count.hpp"
#include "backends/shared_memory/fetch.hpp"
#include "backends/shared_memory/steps.hpp"

namespace ipcmark::ring {

// First bytes of the shared object; zero-filled is the valid initial state.
struct CellControl {
  alignas(128) std::atomic<std::uint64_t> next_claim;  // hint: from where senders search
  alignas(128) std::atomic<std::uint64_t> next_take;   // hint: from where receivers do
  alignas(128) EventCount data;                        // receivers, for messages
  alignas(128) EventCount space;                       // senders, for free cells
  alignas(128) EndTable ends;
};

enum class CellState : std::uint64_t { settled = 0, claimed, committed, reading };

// One of a cell's words: laps in the upper bits, then the number of the end, then the state.
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

// Of the control block, and of the receivers' words behind it.
inline std::size_t cell_control_bytes() { return round_up_to_page(sizeof(CellControl)); }
inline std::uint64_t cell_taken_bytes(const ChannelSpec& spec) {
  return round_up_to_page(cell_layout_for(spec).cells * sizeof(std::atomic<std::uint64_t>));
}

inline std::uint64_t cell_object_bytes(const ChannelSpec& spec) {
  return object_bytes_for(spec, cell_control_bytes() + cell_taken_bytes(spec));
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
        taken_(reinterpret_cast<std::atomic<std::uint64_t>*>(memory + cell_control_bytes())),
        data_(memory + cell_control_bytes() + cell_taken_bytes(spec)),
        layout_(cell_layout_for(spec)),
        largest_(spec.largest_message),
        ahead_(std::min(slots_ahead, layout_.cells / 4)),
        lap_shift_(static_cast<unsigned>(std::countr_zero(layout_.cells))) {}

  void joined(unsigned end, Role) { end_ = end; }
  CellControl& control() const { return control_; }

  // ---- senders

  // False: full. Else the place is this end's until commit() or give_up(), which come in the order
  // of the claims.
  bool claim(Place& place, std::memory_order order = std::memory_order_acquire) {
    next_ = std::max(next_, control_.next_claim.load(std::memory_order_relaxed));
    for (std::uint64_t tried = 0; tried <= layout_.cells; ++tried, ++next_) {
      CellHeader& cell = cell_at(next_);
      const std::uint64_t lap = lap_of(next_);
      CellWord seen(cell.word.load(order));
      // What is in the cell is of the lap before, and over.
      while (seen.lap() == lap && is_over(seen, order)) {
        Steps::at();
        if (change(cell.word, seen, CellWord(lap + 1, end_, CellState::claimed))) {
          Steps::at();
          place = {next_++, payload_of(cell), 0};
          return true;
        }
        seen = CellWord(cell.word.load(order));
      }
      if (seen.lap() <= lap) {
        fetch_from_ = next_ + layout_.cells;
        return false;
      }
      next_ += (seen.lap() - 1 - lap) << lap_shift_;  // claimed, and all before it
    }
    return false;
  }
  // After claim() has found it full: whether what it would claim next is the cell of `mine`, this
  // end's first claim. Then nothing but its commit() or give_up() makes room.
  bool is_in_its_own_way(const Place& mine) const { return next_ >= mine.position + layout_.cells; }
  // After claim() has found it full: whether receivers have come a quarter of the ring further.
  // Told by words at which none of them is at work meanwhile; they may have, and it not be told.
  bool is_roomy() const { return is_read(next_ + layout_.cells / 4, std::memory_order_relaxed); }
  void commit(const Place& place, std::size_t length, std::memory_order order) {
    CellHeader& cell = cell_at(place.position);
    cell.length.store(static_cast<std::uint32_t>(length), std::memory_order_relaxed);
    Steps::at();
    const CellWord word(lap_of(place.position) + 1, end_, CellState::committed);
    cell.word.store(word.bits(), order);
    Steps::at();
    move_on(control_.next_claim, place.position + 1);
    Steps::at();
    // Receivers still have those lines from the last lap. Close behind them they are still reading
    // there, and what is fetched is taken away from them: not for a lap after it was full.
    if (ahead_ != 0 && place.position >= fetch_from_) {
      fetch_slot_to_write(bytes_at(place.position + ahead_), layout_.cell_bytes);
    }
  }
  // There will be no message.
  void give_up(const Place& place) {
    Steps::at();
    const CellWord word(lap_of(place.position) + 1, 0, CellState::settled);
    cell_at(place.position).word.store(word.bits(), std::memory_order_seq_cst);
    Steps::at();
  }

  // ---- receivers

  // The next message and its length, if there is one. It stays.
  Look look(Place& place, std::memory_order order = std::memory_order_acquire) {
    // Again for each sender passed by; more is a peer that spoils.
    for (unsigned again = 0; again < max_ends; ++again) {
      const Sought sought = seek(order);
      if (sought == Sought::passed) continue;
      if (sought == Sought::empty) return Look::empty;
      CellHeader& cell = cell_at(found_);
      place = {found_, payload_of(cell), cell.length.load(std::memory_order_relaxed)};
      if (place.length <= largest_) return Look::found;
      if (is_there()) return Look::corrupt;
    }
    return Look::empty;
  }
  // Whether the senders are half of the ring ahead, or farther.
  bool is_half_full() const {
    const std::uint64_t half = next_ + layout_.cells / 2;
    return CellWord(cell_at(half).word.load(std::memory_order_relaxed)).lap() > lap_of(half);
  }
  // Whether nobody has taken what look() has found, so that its length is that message's.
  bool is_there() const { return taken_at(found_).load(std::memory_order_acquire) == found_taken_; }
  // Claims what look() has found. False: another receiver was quicker; look again.
  bool take(const Place& place) {
    fetch_ahead(place.position);
    Steps::at();
    const CellWord reading(lap_of(place.position), end_, CellState::reading);
    if (!change(taken_at(place.position), CellWord(found_taken_), reading)) return false;
    Steps::at();
    if (place.position == next_) ++next_;
    move_on(control_.next_take, first_open());
    return true;
  }
  // The message was read: its cell is free for the next lap.
  void free(const Place& place, std::memory_order order) {
    Steps::at();
    const CellWord word(lap_of(place.position) + 1, 0, CellState::settled);
    taken_at(place.position).store(word.bits(), order);
    Steps::at();
  }

  // ---- both

  // Settles what a dead end has claimed; its slot's lock is held (Ends). A slot's `losses` hold how
  // many there were in the upper half, and in the lower which word is being settled now, plus one.
  // If the repair ends here, the next one finds the word still claimed or not, but in both cases
  // not counted: the count and the end of this step are one store.
  void repair(unsigned dead) {
    auto& losses = control_.ends.slots[dead].losses;
    const std::uint64_t begun = losses.load(std::memory_order_relaxed) & 0xFFFF'FFFFU;
    if (begun != 0 && begun <= 2 * layout_.cells) finish_loss(losses, begun - 1, dead);
    for (std::uint64_t index = 0; index < 2 * layout_.cells; ++index) {
      if (!is_claimed_by(dead, word_of(index))) continue;
      const std::uint64_t lost = losses.load(std::memory_order_relaxed) >> 32U;
      losses.store(lost << 32U | (index + 1), std::memory_order_seq_cst);
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
  enum class Sought { found, empty, passed };
  using Word = std::atomic<std::uint64_t>;

  std::uint64_t lap_of(std::uint64_t position) const { return position >> lap_shift_; }
  std::uint64_t index_of(std::uint64_t position) const { return position & (layout_.cells - 1); }
  std::byte* bytes_at(std::uint64_t position) const {
    return data_ + index_of(position) * layout_.cell_bytes;
  }
  CellHeader& cell_at(std::uint64_t position) const {
    return *reinterpret_cast<CellHeader*>(bytes_at(position));
  }
  Word& taken_at(std::uint64_t position) const { return taken_[index_of(position)]; }
  std::byte* payload_of(CellHeader& cell) const {
    return reinterpret_cast<std::byte*>(&cell) + layout_.payload_offset;
  }
  // Who was held up in the middle of a message, while others went on, does not take the hint back.
  static void move_on(Word& hint, std::uint64_t to) {
    if (hint.load(std::memory_order_relaxed) < to) hint.store(to, std::memory_order_relaxed);
  }
  static bool change(Word& word, CellWord from, CellWord to) {
    std::uint64_t expected = from.bits();
    return word.compare_exchange_strong(expected, to.bits(), std::memory_order_acq_rel,
                                        std::memory_order_relaxed);
  }

  // Whether the cell of position next_, with that word of the lap before, can be claimed.
  bool is_over(CellWord sent, std::memory_order order) {
    if (sent.state() == CellState::settled) return true;
    if (sent.state() != CellState::committed) return false;
    // What has been read stays so until the cell is claimed again: seen once for all that follow on
    // that cache line.
    if (next_ >= read_until_) {
      read_until_ = next_;
      const std::uint64_t end = (next_ | (words_in_a_line - 1)) + 1;
      while (read_until_ != end && is_read(read_until_, order)) ++read_until_;
      if (read_until_ == end) fetch_to_read(&taken_at(end));
    }
    return next_ < read_until_;
  }
  bool is_read(std::uint64_t position, std::memory_order order) const {
    const CellWord word(taken_at(position).load(order));
    return word.lap() == lap_of(position) && word.state() == CellState::settled;
  }

  // All words one after the other: the senders', then the receivers'.
  Word& word_of(std::uint64_t index) const {
    return index < layout_.cells ? cell_at(index).word : taken_at(index);
  }
  static bool is_claimed_by(unsigned end, const Word& word) {
    const CellWord seen(word.load(std::memory_order_acquire));
    return seen.end() == end &&
           (seen.state() == CellState::claimed || seen.state() == CellState::reading);
  }
  void finish_loss(Word& losses, std::uint64_t index, unsigned dead) {
    Word& word = word_of(index);
    if (is_claimed_by(dead, word)) {
      const CellWord seen(word.load(std::memory_order_relaxed));
      const std::uint64_t laps = seen.lap() + (seen.state() == CellState::reading ? 1 : 0);
      word.store(CellWord(laps, 0, CellState::settled).bits(), std::memory_order_seq_cst);
      Steps::at();
    }
    const std::uint64_t lost = losses.load(std::memory_order_relaxed) >> 32U;
    losses.store((lost + 1) << 32U, std::memory_order_seq_cst);
    Steps::at();
  }

  // Of a receiver that takes this one: the messages it comes to next, and the line of its own
  // words, which the senders have read.
  void fetch_ahead(std::uint64_t position) const {
    if (ahead_ != 0) fetch_slot_to_read(bytes_at(position + ahead_), layout_.cell_bytes);
    if (position % words_in_a_line == 0) fetch_to_write(&taken_at(position + words_in_a_line));
  }

  enum class Seen { unclaimed, claimed, there, over };
  // How far a position has come, as a receiver sees it. Of what is there, notes where.
  Seen see(std::uint64_t position, CellWord& sent, std::memory_order order) {
    const std::uint64_t lap = lap_of(position);
    sent = CellWord(cell_at(position).word.load(order));
    if (sent.lap() <= lap) return Seen::unclaimed;
    if (sent.lap() != lap + 1 || sent.state() == CellState::settled) return Seen::over;
    if (sent.state() != CellState::committed) return Seen::claimed;
    const CellWord taken(taken_at(position).load(order));
    if (taken.lap() > lap || taken.state() != CellState::settled) return Seen::over;
    found_ = position;
    found_taken_ = taken.bits();
    return Seen::there;
  }

  // To the first position with a message to take: of those passed by before, then from next_ on.
  Sought seek(std::memory_order order) {
    const std::uint64_t hint = control_.next_take.load(std::memory_order_relaxed);
    next_ = std::max(next_, hint);  // all before it are over
    CellWord sent(0);
    for (unsigned i = 0; i < passed_count_;) {
      const Seen seen = see(passed_[i].position, sent, order);
      if (seen == Seen::there) return Sought::found;
      if (seen == Seen::claimed) {
        ++i;
      } else if (!goes_on(passed_[i], hint, order)) {
        passed_[i] = passed_[--passed_count_];
      }
    }
    // From where a cell laps ahead has taken it, what is open is less than two laps long; more is a
    // peer that spoils.
    for (std::uint64_t tried = 0; tried <= 2 * layout_.cells; ++tried, ++next_) {
      const Seen seen = see(next_, sent, order);
      if (seen == Seen::unclaimed) return Sought::empty;
      if (seen == Seen::there) return passed_of(sent.end()) ? Sought::passed : Sought::found;
      const std::uint64_t laps = sent.lap() - lap_of(next_) - 1;
      if (laps > 1) next_ += (laps - 1) << lap_shift_;  // over, and all before it
      if (seen != Seen::claimed) continue;
      if (Passed* const first = passed_of(sent.end())) {
        first->last = next_;
        continue;
      }
      passed_[passed_count_++] = {next_, next_, sent.end()};
      Steps::at();
    }
    return Sought::empty;
  }
  struct Passed {
    std::uint64_t position;  // of the first that may not be over
    std::uint64_t last;
    unsigned end;
  };
  // To the next of the same end's claims, once that one is over. False: no other was passed by.
  bool goes_on(Passed& passed, std::uint64_t hint, std::memory_order order) {
    // What lies a lap before next_ is over.
    const std::uint64_t lap_before = next_ - std::min(next_, layout_.cells);
    CellWord sent(0);
    passed.position = std::max({passed.position + 1, hint, lap_before});
    const std::uint64_t end = std::min(passed.last + 1, next_);
    for (; passed.position < end; ++passed.position) {
      const Seen seen = see(passed.position, sent, order);
      if ((seen == Seen::claimed || seen == Seen::there) && sent.end() == passed.end) return true;
    }
    return false;
  }
  // All before it are over: who passes by an end's claims notes the first of them.
  std::uint64_t first_open() const {
    std::uint64_t first = next_;
    for (unsigned i = 0; i < passed_count_; ++i) first = std::min(first, passed_[i].position);
    return first;
  }
  // Null: none of its claims was passed by.
  Passed* passed_of(unsigned end) {
    for (unsigned i = 0; i < passed_count_; ++i) {
      if (passed_[i].end == end) return &passed_[i];
    }
    return nullptr;
  }
  static constexpr std::uint64_t words_in_a_line = 8;

  CellControl& control_;
  Word* taken_;
  std::byte* data_;
  CellLayout layout_;
  std::uint64_t largest_;
  std::uint64_t ahead_;           // how many cells are fetched ahead; 0: there are too few
  std::uint64_t fetch_from_ = 0;  // a sender: the position from which on they are
  unsigned lap_shift_;
  unsigned end_ = 0;
  // A sender: all before it are claimed. A receiver: all before it are over, or passed by.
  std::uint64_t next_ = 0;
  std::uint64_t read_until_ = 0;   // a sender: from next_ to here all have been read
  std::uint64_t found_ = 0;        // what look() has found,
  std::uint64_t found_taken_ = 0;  // and the receivers' word of it
  // Of each end whose claims a receiver has passed by: which.
  std::array<Passed, max_ends> passed_{};
  unsigned passed_count_ = 0;
};

}  // namespace ipcmark::ring
