// A ring of messages in shared memory from one sender that never waits to many receivers, each of
// which gets what it is quick enough for. With its ends.
//
// Each cell has a version (Lamport's, as in seqlocks): odd while the sender writes into it, even
// once the message is there. A receiver looks at the version, copies the message out, and looks
// again: if it has changed, the copy is thrown away. So no torn message is ever returned. A
// receiver whose next message was overwritten counts what it has missed, and goes on with the
// newest.
//
// Sender and receivers are at work in the same bytes at the same time, so these are copied by
// atomic loads and stores of eight bytes: release on the one side, so that none is seen before the
// odd version, acquire on the other, so that none is read after the second look (H. Boehm, "Can
// seqlocks get along with programming language memory models?", MSPC 2012). On x86 these are plain
// moves. There is no lending: whoever holds a place could not tell when it is overwritten.
//
// Receivers may come at any time. As many as the spec says begin with the first message, if it is
// still there, a later one with the next.
//
// Deaths. A sender killed in the middle of a message leaves an odd version: nobody reads it, and
// who takes over writes it anew. A message that is there but was not counted is found by its
// version. A receiver leaves nothing at all.
//
// Nothing read from shared memory is trusted: sizes come from the spec, a position is reduced to a
// cell before use, and lengths are checked. A peer can spoil or withhold messages, no more.
//
// Threads: one end, used by one thread at a time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "backends/cells/cell_layout.hpp"
#include "backends/cells/shared_end.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

// First bytes of the shared object; zero-filled is the valid initial state.
struct LossyControl {
  alignas(128) std::atomic<std::uint64_t> published;  // how many messages; perhaps one more
  alignas(128) EventCount data;                       // receivers, for messages
  alignas(128) EventCount space;                      // nobody: SharedEnd wakes them
  alignas(128) EndTable ends;
};

inline std::size_t lossy_control_bytes() { return round_up_to_page(sizeof(LossyControl)); }

inline std::uint64_t lossy_object_bytes(const ChannelSpec& spec) {
  return object_bytes_for(spec, lossy_control_bytes());
}

template <class Steps = NoSteps>
class LossyRing {
 public:
  enum class Look { found, empty, overtaken, too_large, corrupt };

  // `memory`: a mapped object of lossy_object_bytes(spec).
  LossyRing(std::byte* memory, const ChannelSpec& spec)
      : control_(*reinterpret_cast<LossyControl*>(memory)),
        data_(memory + lossy_control_bytes()),
        layout_(cell_layout_for(spec)),
        largest_(spec.largest_message) {}

  LossyControl& control() const { return control_; }

  void joined(unsigned, Role role) {
    next_ = control_.published.load(std::memory_order_seq_cst);
    // The last sender may have died between its last message and the count of it.
    const bool one_more = cell_at(next_).word.load(std::memory_order_acquire) == whole(next_);
    if (role == Role::sender && one_more) ++next_;
  }
  void repair(unsigned) {}

  // ---- the sender

  void write(std::span<const std::byte> message, std::memory_order order) {
    CellHeader& cell = cell_at(next_);
    // release: who finds the last message overwritten finds it counted in `published`, too.
    cell.word.store(whole(next_) - 1, std::memory_order_release);
    Steps::at();
    cell.length.store(static_cast<std::uint32_t>(message.size()), std::memory_order_release);
    copy_in(payload_at(next_), message);
    cell.word.store(whole(next_), order);
    Steps::at();
    control_.published.store(++next_, std::memory_order_release);
    Steps::at();
  }

  // ---- a receiver

  void begin_at_the_first() { next_ = 0; }

  // Whether the next message is there, or was.
  Look look(std::memory_order order) const { return state_of(cell_at(next_).word.load(order)); }
  // Copies the next message into the buffer; found: it is whole, and passed by. overtaken: it was
  // overwritten meanwhile, and the buffer may have been written to. too_large: it stays.
  Look take(std::span<std::byte> buffer, std::size_t& length, std::memory_order order) {
    const CellHeader& cell = cell_at(next_);
    const std::uint64_t word = cell.word.load(order);
    if (const Look state = state_of(word); state != Look::found) return state;
    length = cell.length.load(std::memory_order_acquire);
    if (cell.word.load(std::memory_order_relaxed) != word) return Look::overtaken;
    if (length > largest_) return Look::corrupt;
    if (length > buffer.size()) return Look::too_large;
    copy_out(buffer.first(length), payload_at(next_));
    if (cell.word.load(std::memory_order_relaxed) != word) return Look::overtaken;
    ++next_;
    return Look::found;
  }
  // Once overtaken: on to the newest message. False: there is none, which no correct peer makes.
  bool skip_to_the_newest() {
    const std::uint64_t published = control_.published.load(std::memory_order_acquire);
    if (published <= next_ + 1) return false;
    lost_ += published - 1 - next_;
    next_ = published - 1;
    return true;
  }
  // Messages that were overwritten before they were read.
  std::uint64_t lost() const { return lost_; }

 private:
  static std::uint64_t whole(std::uint64_t position) { return 2 * position + 2; }

  Look state_of(std::uint64_t word) const {
    if (word == whole(next_)) return Look::found;
    if (word < whole(next_)) return Look::empty;
    // Of a later lap, of this very cell.
    const std::uint64_t later = (word - 1) / 2 - next_;
    return (later & (layout_.cells - 1)) == 0 ? Look::overtaken : Look::corrupt;
  }

  using Word = std::uint64_t;
  static void copy_in(std::byte* to, std::span<const std::byte> from) {
    std::size_t at = 0;
    for (; at < from.size(); at += sizeof(Word)) {
      Word word = 0;
      std::memcpy(&word, from.data() + at, std::min(sizeof(Word), from.size() - at));
      std::atomic_ref<Word>(*reinterpret_cast<Word*>(to + at))
          .store(word, std::memory_order_release);
      if constexpr (Steps::watched) Steps::at();
    }
  }
  static void copy_out(std::span<std::byte> to, std::byte* from) {
    for (std::size_t at = 0; at < to.size(); at += sizeof(Word)) {
      const Word word = std::atomic_ref<Word>(*reinterpret_cast<Word*>(from + at))
                            .load(std::memory_order_acquire);
      std::memcpy(to.data() + at, &word, std::min(sizeof(Word), to.size() - at));
    }
  }

  std::byte* bytes_at(std::uint64_t position) const {
    return data_ + (position & (layout_.cells - 1)) * layout_.cell_bytes;
  }
  std::byte* payload_at(std::uint64_t position) const {
    return bytes_at(position) + layout_.payload_offset;
  }
  CellHeader& cell_at(std::uint64_t position) const {
    return *reinterpret_cast<CellHeader*>(bytes_at(position));
  }

  LossyControl& control_;
  std::byte* data_;
  CellLayout layout_;
  std::uint64_t largest_;
  std::uint64_t next_ = 0;  // the message that is sent or read next
  std::uint64_t lost_ = 0;
};

template <class Steps = NoSteps>
class LossySender final : public SendingEnd<LossyRing<Steps>, Steps> {
 public:
  using SendingEnd<LossyRing<Steps>, Steps>::SendingEnd;
  ~LossySender() override { this->end(false); }
  // invalid: another sender has the channel.
  Status join() { return this->join_alone(); }

  // Never waits, whatever the deadline.
  Status send(std::span<const std::byte> message, Deadline) override {
    if (Status status = this->check(message.size()); !status) return status;
    if (nobody_is_left()) return fail(Errc::peer_died, "send");
    if (this->sleeps()) {
      this->ring_.write(message, std::memory_order_seq_cst);
      signal_each<Steps>(this->control().data);
    } else {
      this->ring_.write(message, std::memory_order_release);
    }
    return {};
  }

 private:
  // It never waits, so it looks for dead receivers now and then as it sends, and when it is told of
  // one.
  bool nobody_is_left() {
    if (this->peer_died_->load(std::memory_order_relaxed) != 0 && !std::exchange(reported_, true)) {
      this->reap_dead(max_ends);
    }
    if (++sent_ % sends_between_looks == 0) this->reap_periodically();
    const EndCounts& counts = this->ends_.counts();
    return counts.open_receivers == 0 && counts.gone_receivers >= this->spec_.receivers;
  }

  static constexpr unsigned sends_between_looks = 1024;

  unsigned sent_ = 0;
  bool reported_ = false;
};

template <class Steps = NoSteps>
class LossyReceiver final : public ReceivingEnd<LossyRing<Steps>, Steps> {
  using Ring = LossyRing<Steps>;
  using Look = typename Ring::Look;

 public:
  using ReceivingEnd<Ring, Steps>::ReceivingEnd;
  Status join() {
    if (Status joined = ReceivingEnd<Ring, Steps>::join(); !joined) return joined;
    const EndCounts& counts = this->ends_.counts();
    if (counts.open_receivers + counts.gone_receivers <= this->spec_.receivers) {
      this->ring_.begin_at_the_first();
    }
    return {};
  }
  // Messages that were overwritten before they were received.
  std::uint64_t lost() const { return this->ring_.lost(); }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    std::size_t length = 0;
    Look look = take(buffer, length, std::memory_order_acquire);
    if (look == Look::empty && this->has_backed_off(deadline)) {
      look = take(buffer, length, std::memory_order_acquire);
    }
    if (look == Look::empty) {
      const auto found = [&] {
        look = take(buffer, length, std::memory_order_seq_cst);
        return look != Look::empty;
      };
      if (Status status = this->wait_for_one(found, deadline); !status) {
        return tl::make_unexpected(status.error());
      }
    }
    if (look == Look::too_large) return fail(Errc::too_large, "receive");
    if (look != Look::found) return fail(Errc::corrupt, "message in a lossy ring");
    this->count_one();
    return length;
  }

  bool ready() override {
    return this->ring_.look(std::memory_order_seq_cst) != Look::empty || this->senders_ended();
  }

 private:
  // Whatever was overwritten meanwhile is passed by: never `overtaken`.
  Look take(std::span<std::byte> buffer, std::size_t& length, std::memory_order order) {
    for (;;) {
      const Look look = this->ring_.take(buffer, length, order);
      if (look != Look::overtaken) return look;
      if (!this->ring_.skip_to_the_newest()) return Look::corrupt;
    }
  }
};

}  // namespace ipcmark::ring
