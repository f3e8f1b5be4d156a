// A lock-free ring of messages: one producer, one consumer, over a span of shared bytes. Pure data
// structure: no kernel object, no waiting, no allocation.
//
// A record is a header word, then the payload:
//
//   | header: present, flags, length | (gap to a cache line, large packed ones only) | payload |
//   next…
//
// The header travels with the data: the consumer polls the header of the record it expects next, so
// a lone message moves its own cache lines between the cores and nothing else. What an earlier lap
// left there must not be taken for a header. There are two layouts, which differ in how:
//
// - Slots (View::slot is not 0), for channels whose messages are all small: each record takes the
//   same bytes, so headers lie where headers lay, and the sense of `present` changes with each lap:
//   what the lap before left looks empty. Nothing is written but the message, and the consumer's
//   next address does not depend on what it reads.
// - Packed, for all others: a record takes what its message needs, and the word after it is zeroed
//   before its own header is stored. The data bytes are mapped twice, back to back (map_mirrored),
//   so every message is contiguous.
//
// The producer learns of free space from two words. `tail` is exact and stored with each message,
// on a line nobody else touches until the producer finds the ring full. `coarse_tail` moves only
// every quarter of the ring, and when the consumer finds it empty; a producer looks at that one
// when the ring is nearly full and polls it when it is, so that the consumer's stores to `tail`
// stay in its own cache.
//
// A producer may have several messages under way: reserve() gives each a place behind the last one,
// and they are completed in that order. A record that came out shorter than its place keeps the
// rest of it, which its header tells, where the next place is taken already. A consumer may
// likewise hold several records, and gives them back in their order.
//
// Large messages are published while they are being copied in: header first, flagged `streamed`,
// then `filled` follows the copy, and the consumer copies out behind it.
//
// Nothing read from shared memory is trusted: the capacity comes from the spec, and every index and
// length is read once and checked before use. A peer can spoil or withhold messages, no more. (Of
// what else lies in shared memory that holds for all but robust mutexes, which keep pointers there:
// robust_mutex.hpp; and Boost's own containers and queue.)
//
// Threads: one producer object and one consumer object, each used by one thread at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/framing/copy_small.hpp"
#include "backends/shared_memory/fetch.hpp"

namespace ipcmark::ring {

// 128: x86 fetches cache lines in pairs.
inline constexpr std::size_t line_pair = 128;
inline constexpr std::uint64_t word_bytes = sizeof(std::uint64_t);

enum class EndState : std::uint32_t {
  open = 0,
  closed,     // said good-bye: what was published can be drained, then it is the end
  abandoned,  // went away without closing
};

// First bytes of the shared object; zero-filled is the valid initial state.
struct Control {
  alignas(line_pair) std::atomic<std::uint64_t> tail;  // all written by the consumer
  alignas(line_pair) std::atomic<std::uint64_t> coarse_tail;
  alignas(line_pair) std::atomic<std::uint64_t> filled;  // by the producer, streamed messages only
  alignas(line_pair) std::atomic<std::uint32_t> sender_state;  // EndState
  std::atomic<std::uint32_t> receiver_state;
  // Sleeping, for whoever waits by futex. A waiter announces itself, looks again, sleeps on the
  // word; who provides takes the announcement back, changes the word and wakes.
  alignas(line_pair) std::atomic<std::uint32_t> data_word;
  std::atomic<std::uint32_t> consumer_waits;
  alignas(line_pair) std::atomic<std::uint32_t> space_word;
  std::atomic<std::uint64_t> producer_wants;  // the tail that would do; 0: nobody waits
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// Where a control block and its data lie in this process.
struct View {
  Control* control = nullptr;
  std::byte* data = nullptr;   // packed: mapped twice, 2 * capacity bytes are addressable
  std::uint64_t capacity = 0;  // packed: multiple of 64; slots: multiple of slot
  std::uint64_t slot = 0;      // bytes of each record, slot_bytes(largest); 0: packed
};

// Header word.
inline constexpr std::uint64_t present = std::uint64_t{1} << 63U;
inline constexpr std::uint64_t streamed = std::uint64_t{1} << 62U;
inline constexpr std::uint64_t line_aligned = std::uint64_t{1} << 61U;
inline constexpr std::uint64_t length_mask = 0xffff'ffffU;
// Packed: how many words of the record's place the message does not need.
inline constexpr std::uint64_t spare_shift = 32;
inline constexpr std::uint64_t spare_mask = 0x1fff'ffffU;

inline constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}
// Payloads from this size on begin on a cache line: copies of aligned memory are faster, and the
// gap no longer matters.
inline constexpr std::uint64_t aligned_from = 1024;
// The most a record of a message of this size takes, wherever it begins.
inline constexpr std::uint64_t worst_record(std::uint64_t length) {
  return word_bytes + (length >= aligned_from ? 64 - word_bytes : 0) + round_up(length, word_bytes);
}
// Messages up to this size travel in slots if no other of their channel is larger: above it, the
// room that smaller messages leave unused would cost more than the slots save.
inline constexpr std::uint64_t slots_up_to = 1024;
// The slot for messages of up to `largest` bytes: an even share of a cache line, or an odd number
// of lines. Processors fetch lines in pairs; in slots of an even number each message would fetch
// the next one's line too, away from the core that is about to write it.
inline constexpr std::uint64_t slot_bytes(std::uint64_t largest) {
  const std::uint64_t record = word_bytes + round_up(largest, word_bytes);
  return record <= 64 ? std::bit_ceil(record) : (round_up(record, 64) | 64U);
}
// The packed ring that is sure to hold `depth` messages of `length` at once.
inline constexpr std::uint64_t min_capacity(std::uint64_t length, std::uint64_t depth) {
  return round_up(depth * worst_record(length) + word_bytes, 64);
}
inline constexpr std::uint64_t depth_of(std::uint64_t capacity, std::uint64_t length) {
  return (capacity - word_bytes) / worst_record(length);
}

inline std::atomic_ref<std::uint64_t> header_at(std::byte* data, std::uint64_t offset) {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(data + offset));
}
// Offset of the payload relative to its record, which begins at `offset`.
inline std::uint64_t payload_offset(std::uint64_t offset, bool aligned) {
  return aligned ? round_up(offset + word_bytes, 64) - offset : word_bytes;
}

class Producer {
 public:
  explicit Producer(const View& view)
      : control_(*view.control), data_(view.data), capacity_(view.capacity), slot_(view.slot) {}

  // Whether a message of `length` fits, as far as the producer knows; touches no shared memory.
  bool has_room(std::uint64_t length) const { return needed_tail(length) <= tail_; }
  // The tail at which a message of `length` fits behind what is reserved (0 or "negative": at
  // once).
  std::uint64_t needed_tail(std::uint64_t length) const {
    const std::uint64_t end =
        head_ + reserved_ + (slot_ != 0 ? slot_ : record_bytes(end_offset(), length) + word_bytes);
    return end <= capacity_ ? 0 : end - capacity_;
  }
  // Look at the shared tail. False: it cannot be right (corrupt).
  bool look_coarse() { return accept(control_.coarse_tail.load(std::memory_order_acquire)); }
  bool look() { return accept(control_.tail.load(std::memory_order_seq_cst)); }

  // Where the payload of the next message goes; there must be room for `length`.
  std::byte* payload(std::uint64_t length) const {
    const std::uint64_t offset = end_offset();
    return data_ + offset + payload_offset(offset, is_aligned(length));
  }
  // The same, and the message after it goes behind it.
  std::byte* reserve(std::uint64_t length) {
    std::byte* const place = payload(length);
    reserved_ += slot_ != 0 ? slot_ : record_bytes(end_offset(), length);
    return place;
  }
  // Completes the message in the place reserved first, or at payload() where none is; the place was
  // for `place` bytes. It becomes visible with the next publish(). length <= place.
  void stage(std::uint64_t length, std::uint64_t place) {
    const bool aligned = is_aligned(place);
    if (reserved_ != 0) reserved_ -= slot_ != 0 ? slot_ : record_bytes(offset_, place);
    const std::uint64_t kept = slot_ == 0 && reserved_ != 0 ? padded(place) : padded(length);
    complete(length, aligned, prepare_next(payload_offset(offset_, aligned) + kept),
             (kept - padded(length)) / word_bytes);
  }
  // Gives back all places that are not completed.
  void unreserve() { reserved_ = 0; }
  // As stage(), with nothing reserved, for a message copied from elsewhere, in the order in which
  // the lines travel best: what lies on the header's own line last. The consumer polls that line,
  // and takes it away again if it is written to before everything else is in place.
  void stage_copy(const std::byte* from, std::uint64_t length) {
    const bool aligned = is_aligned(length);
    const std::uint64_t skip = payload_offset(offset_, aligned);
    const std::uint64_t next = prepare_next(skip + padded(length));
    const std::uint64_t on_line = round_up(offset_ + skip, 64) - (offset_ + skip);
    copy_first_line_last(data_ + offset_ + skip, from, length, on_line);
    complete(length, aligned, next);
  }
  // In a ring of slots: stage_copy() and publish() in one, with nothing else staged. False, and
  // nothing has happened, if no slot is known to be free.
  bool put_copy(const std::byte* from, std::uint64_t length, std::memory_order order) {
    if (head_ - tail_ >= capacity_) return false;
    if (order == std::memory_order_seq_cst) fetch_ahead();
    copy_first_line_last(data_ + offset_ + word_bytes, from, length, 64 - word_bytes);
    header_at(data_, offset_).store(present_ | length, order);
    // A look in time, while the message travels, rather than when the next one has to wait for it.
    // What cannot be right is found again by the look of a producer that waits. It stands before
    // head_ moves because streams ran at half the rate with it behind.
    if (head_ - tail_ > capacity_ / 4 * 3) look_coarse();
    head_ += slot_;
    offset_ += slot_;
    if (offset_ == capacity_) {
      offset_ = 0;
      present_ ^= present;
    }
    return true;
  }
  std::uint32_t staged() const { return staged_; }
  // Makes everything staged visible at once: the consumer goes from header to header, and the first
  // is stored last.
  void publish(std::memory_order order) {
    header_at(data_, first_offset_).store(first_header_, order);
    staged_ = 0;
  }

  // A large message: begin_stream() makes it known, filled(n) says that n bytes of its payload are
  // in place, and end_stream() that all are. Nothing may be staged, and the ring be packed.
  std::byte* begin_stream(std::uint64_t length) {
    std::byte* place = data_ + offset_ + payload_offset(offset_, true);
    stream_begin_ = head_ + payload_offset(offset_, true);
    const std::uint64_t next = prepare_next(payload_offset(offset_, true) + padded(length));
    header_at(data_, offset_)
        .store(present | streamed | line_aligned | length, std::memory_order_release);
    move_to(next);
    return place;
  }
  void filled(std::uint64_t bytes, std::memory_order order) {
    control_.filled.store(stream_begin_ + bytes, order);
  }

  Control& control() const { return control_; }

 private:
  static constexpr std::uint64_t lines_ahead = 4;

  bool is_aligned(std::uint64_t length) const { return slot_ == 0 && length >= aligned_from; }
  // `on_line`: how much of it lies on the line of its header.
  static void copy_first_line_last(std::byte* to, const std::byte* from, std::uint64_t length,
                                   std::uint64_t on_line) {
    if (length <= on_line) return copy_small(to, from, length);
    copy_small(to + on_line, from + on_line, length - on_line);
    // For the compiler. Where the processor does not keep the order, only time is lost.
    std::atomic_signal_fence(std::memory_order_release);
    copy_small(to, from, on_line);
  }
  // Of slots: an exchange waits for its line, where a store does not. What may still be unread is
  // left to the consumer.
  void fetch_ahead() const {
    const std::uint64_t distance = std::max(slots_ahead * slot_, lines_ahead * 64);
    if (head_ - tail_ + distance >= capacity_) return;
    std::uint64_t ahead = offset_ + distance;
    if (ahead >= capacity_) ahead -= capacity_;
    fetch_slot_to_write(data_ + ahead, slot_);
  }
  static std::uint64_t padded(std::uint64_t length) { return round_up(length, word_bytes); }
  // Of a packed record that begins at `offset`.
  std::uint64_t record_bytes(std::uint64_t offset, std::uint64_t length) const {
    return payload_offset(offset, is_aligned(length)) + padded(length);
  }
  // Where the record behind everything that is reserved begins.
  std::uint64_t end_offset() const {
    const std::uint64_t offset = offset_ + reserved_;
    return offset < capacity_ ? offset : offset - capacity_;
  }
  // Where the next record begins if this one takes `record` bytes when packed; its header will be
  // seen as empty.
  std::uint64_t prepare_next(std::uint64_t record) const {
    std::uint64_t next = offset_ + (slot_ != 0 ? slot_ : record);
    if (next >= capacity_) next -= capacity_;
    if (slot_ == 0) header_at(data_, next).store(0, std::memory_order_relaxed);
    return next;
  }
  void complete(std::uint64_t length, bool aligned, std::uint64_t next, std::uint64_t spare = 0) {
    const std::uint64_t header =
        present_ | (aligned ? line_aligned : 0) | spare << spare_shift | length;
    if (staged_ == 0) {
      first_offset_ = offset_;
      first_header_ = header;
    } else {
      header_at(data_, offset_).store(header, std::memory_order_relaxed);
    }
    ++staged_;
    move_to(next);
  }
  void move_to(std::uint64_t next) {
    if (next > offset_) {
      head_ += next - offset_;
    } else {
      head_ += next + capacity_ - offset_;
      if (slot_ != 0) present_ ^= present;
    }
    offset_ = next;
  }
  bool accept(std::uint64_t tail) {
    if (tail < tail_) return true;  // the coarse word lags behind the exact one
    if (tail > head_) return false;
    tail_ = tail;
    return true;
  }

  Control& control_;
  std::byte* data_;
  std::uint64_t capacity_;
  std::uint64_t slot_;
  std::uint64_t present_ = present;  // what says so in this lap
  std::uint64_t head_ = 0;           // bytes produced so far, staged ones included
  std::uint64_t offset_ = 0;         // head_ modulo capacity_
  std::uint64_t reserved_ = 0;       // bytes from head_ on, not produced yet
  std::uint64_t tail_ = 0;           // the latest tail seen
  std::uint64_t first_offset_ = 0;
  std::uint64_t first_header_ = 0;
  std::uint64_t stream_begin_ = 0;
  std::uint32_t staged_ = 0;
};

// A message as the consumer found it.
struct Record {
  const std::byte* payload = nullptr;
  std::uint64_t length = 0;
  std::uint64_t bytes = 0;         // of the whole record
  std::uint64_t stream_begin = 0;  // what `filled` counts from
  bool is_streamed = false;
};

enum class Look : std::uint8_t { empty, found, corrupt };

class Consumer {
 public:
  // `largest`: no message may claim to be longer.
  Consumer(const View& view, std::uint64_t largest)
      : control_(*view.control),
        data_(view.data),
        capacity_(view.capacity),
        slot_(view.slot),
        largest_(largest) {}

  bool empty() const { return is_empty(header_at(data_, offset_).load(std::memory_order_acquire)); }
  // The next message, without taking it. A sleeper that has announced itself looks with seq_cst.
  Look look(Record& record, std::memory_order order = std::memory_order_acquire) const {
    const std::uint64_t header = header_at(data_, offset_).load(order);
    if (is_empty(header)) return Look::empty;
    return parse(header, record) ? Look::found : Look::corrupt;
  }
  // In a ring of slots: look(), copy and take() in one for a message that fits into `to`. Otherwise
  // false, and nothing has happened.
  bool take_copy(std::span<std::byte> to, std::size_t& length, std::memory_order order) {
    if (slot_ == 0) return false;
    // Lines cross one by one unless they are asked for in time: how much of a message's second line
    // is wanted depends on the first.
    std::uint64_t ahead = offset_ + slots_ahead * slot_;
    if (ahead >= capacity_) ahead -= capacity_;
    fetch_slot_to_read(data_ + ahead, slot_);
    const std::uint64_t header = header_at(data_, offset_).load(std::memory_order_acquire);
    length = header ^ present_;  // nothing but the length, unless this header is another lap's
    if (length > largest_ || length > to.size()) return false;
    copy_small(to.data(), data_ + offset_ + word_bytes, length);
    advance(slot_, order);
    return true;
  }
  // Of slots: whether the producer is half of the ring ahead, or farther. Else not told.
  bool is_half_full() const {
    if (slot_ == 0) return false;
    const std::uint64_t half = offset_ + capacity_ / slot_ / 2 * slot_;
    const bool next_lap = half >= capacity_;
    const std::uint64_t header =
        header_at(data_, next_lap ? half - capacity_ : half).load(std::memory_order_acquire);
    return ((header & present) == present_) != next_lap;
  }
  // While waiting for the next record: fetches the line after its header's too, so that both come
  // at once when the producer has written them, and tells the producer of what was taken, which
  // would delay an answer if it were done with each message.
  void while_empty() {
    if (slot_ == 0 || slot_ > 64) fetch_to_read(data_ + offset_ + 64);
    if (coarse_ != tail()) publish_coarse_tail(tail());
  }
  // How much of a streamed message is in place; more than its length once later ones are begun.
  std::uint64_t filled(const Record& record,
                       std::memory_order order = std::memory_order_acquire) const {
    const std::uint64_t end = control_.filled.load(order);
    return end <= record.stream_begin ? 0 : end - record.stream_begin;
  }
  // Gives the message's bytes back to the producer; with nothing on hold.
  void take(const Record& record, std::memory_order order) { advance(record.bytes, order); }
  // Goes on to the next record, and keeps this one.
  void hold(const Record& record) {
    held_ += record.bytes;
    step(record.bytes);
  }
  // Gives back the record held longest.
  void give_back(const Record& record, std::memory_order order) {
    held_ -= record.bytes;
    publish_tail(tail(), order);
  }
  // Up to where the bytes are the producer's again.
  std::uint64_t tail() const { return read_ - held_; }
  Control& control() const { return control_; }

 private:
  void advance(std::uint64_t bytes, std::memory_order order) {
    step(bytes);
    publish_tail(read_, order);
  }
  void step(std::uint64_t bytes) {
    read_ += bytes;
    offset_ += bytes;
    if (offset_ >= capacity_) {
      offset_ -= capacity_;
      if (slot_ != 0) present_ ^= present;
    }
  }
  void publish_tail(std::uint64_t tail, std::memory_order order) {
    control_.tail.store(tail, order);
    if (tail - coarse_ >= capacity_ / 4) publish_coarse_tail(tail);
  }
  void publish_coarse_tail(std::uint64_t tail) {
    coarse_ = tail;
    control_.coarse_tail.store(tail, std::memory_order_release);
  }
  bool is_empty(std::uint64_t header) const {
    return slot_ != 0 ? (header & present) != present_ : header == 0;
  }
  bool parse(std::uint64_t header, Record& record) const {
    const std::uint64_t spare = (header >> spare_shift & spare_mask) * word_bytes;
    const bool aligned = (header & line_aligned) != 0;
    record.length = header & length_mask;
    record.is_streamed = (header & streamed) != 0;
    const std::uint64_t skip = payload_offset(offset_, aligned);
    record.payload = data_ + offset_ + skip;
    record.stream_begin = read_ + skip;
    if (record.length > largest_) return false;
    const std::uint64_t packed = skip + round_up(record.length, word_bytes) + spare;
    if (slot_ != 0) {
      record.bytes = slot_;
      return !record.is_streamed && !aligned && spare == 0 && packed <= slot_;
    }
    record.bytes = packed;
    return (header & present) != 0 && packed + word_bytes <= capacity_;
  }

  Control& control_;
  std::byte* data_;
  std::uint64_t capacity_;
  std::uint64_t slot_;
  std::uint64_t present_ = present;  // what says so in this lap
  std::uint64_t largest_;
  std::uint64_t read_ = 0;    // bytes looked through so far
  std::uint64_t held_ = 0;    // of them those that are not given back
  std::uint64_t offset_ = 0;  // read_ modulo capacity_
  std::uint64_t coarse_ = 0;  // the coarse tail last stored
};

}  // namespace ipcmark::ring
