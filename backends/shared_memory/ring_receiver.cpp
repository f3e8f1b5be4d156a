// The receiver's end of a byte ring.
#include <algorithm>
#include <cstring>
#include <utility>

#include "backends/loans.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/shared_memory/ring_layout.hpp"
#include "backends/shared_memory/ring_memory.hpp"
#include "backends/shared_memory/ring_transport.hpp"
#include "backends/shared_memory/waiting.hpp"
#include "backends/shared_memory/wake_up.hpp"

namespace ipcmark {
namespace {
using ring::EndState;

// How long a blocking receiver stays awake for the next piece of a message that is being copied in.
constexpr std::uint64_t piece_spin_ns = 5'000;

class RingReceiver final : public Receiver {
 public:
  RingReceiver(ring::Memory memory, ring::WakeEnds wake, const ChannelSpec& spec,
               const OpenContext& context)
      : memory_(std::move(memory)),
        data_(std::move(wake.data)),
        space_(std::move(wake.space)),
        consumer_(memory_.view, spec.largest_message),
        quick_(memory_.view.slot != 0),
        backs_off_(memory_.view.capacity >= ring::backoff_capacity ||
                   (quick_ && spec.wait == Wait::spin)),
        wait_(spec.wait),
        peer_died_(context.peer_died),
        borrowed_(loans_of(ring::layout_for(spec).depth)) {}
  ~RingReceiver() override {
    ring::Control& control = consumer_.control();
    control.receiver_state.store(1, std::memory_order_seq_cst);
    space_.wake(control.space_word, 1);
  }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    std::size_t length = 0;
    if (!borrowed_.empty()) return fail(Errc::invalid, "receive");
    if (!quick_) return receive_any(buffer, deadline);
    if (wait_ == Wait::spin) {
      const unsigned tries = deadline.is_immediate() ? 1 : ring::eager_tries;
      for (unsigned i = 0; i < tries; ++i) {
        if (consumer_.take_copy(buffer, length, std::memory_order_release)) {
          ++in_a_row_;
          return length;
        }
        consumer_.while_empty();
        if (in_a_row_ != 0) (void)has_backed_off(deadline);
      }
    } else if (consumer_.take_copy(buffer, length, std::memory_order_seq_cst)) {
      ++in_a_row_;
      wake_producer();
      return length;
    }
    return receive_any(buffer, deadline);
  }
  // receive() without its short cut.
  Result<std::size_t> receive_any(std::span<std::byte> buffer, Deadline deadline) {
    ring::Record record;
    const bool had_to_wait = consumer_.empty();
    if (Status status = next(record, deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    if (record.length > buffer.size()) return fail(Errc::too_large, "receive");
    if (record.is_streamed) {
      if (Status status = copy_streamed(record, buffer.data(), had_to_wait, deadline); !status) {
        return tl::make_unexpected(status.error());
      }
    } else if (record.length != 0) {
      std::memcpy(buffer.data(), record.payload, record.length);
    }
    take(record);
    return record.length;
  }

  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    if (borrowed_.full()) return fail(Errc::invalid, "borrow");
    ring::Record record;
    if (Status status = next(record, deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    if (record.is_streamed) {
      const auto filled = wait_filled(record, record.length, deadline);
      if (!filled) return tl::make_unexpected(filled.error());
    }
    consumer_.hold(record);
    borrowed_.add(record);
    return std::span<const std::byte>(record.payload, record.length);
  }

  void release() override {
    if (borrowed_.empty()) return;
    ++in_a_row_;
    if (wait_ == Wait::spin) {
      consumer_.give_back(borrowed_.take_oldest(), std::memory_order_release);
    } else {
      consumer_.give_back(borrowed_.take_oldest(), std::memory_order_seq_cst);
      wake_producer();
    }
  }

  bool ready() override {
    ring::Record record;
    switch (consumer_.look(record)) {
      case ring::Look::corrupt:
        return true;
      case ring::Look::found:
        return !record.is_streamed || consumer_.filled(record) >= record.length;
      case ring::Look::empty:
        break;
    }
    return consumer_.control().sender_state.load(std::memory_order_acquire) != 0;
  }

  // A spinning sender never looks whether anybody sleeps, so there is no word to sleep on.
  std::atomic<std::uint32_t>* futex_word() override {
    const bool sleeps = wait_ != Wait::spin && data_.by_futex();
    return sleeps ? &consumer_.control().data_word : nullptr;
  }
  int descriptor() const override { return data_.descriptor(); }
  bool must_announce() override { return wait_ != Wait::spin; }
  void announce_wait(bool waiting) override {
    std::atomic<std::uint32_t>& waits = consumer_.control().consumer_waits;
    if (waiting) {
      data_.drain();
      waits.store(1, std::memory_order_seq_cst);
    } else if (data_.by_futex()) {
      waits.store(0, std::memory_order_seq_cst);
    } else if (waits.exchange(0, std::memory_order_seq_cst) == 0) {
      data_.expect_token();
    }
  }

 private:
  // The next record, waiting for it as the spec says.
  Status next(ring::Record& record, Deadline deadline) {
    ring::Look look = consumer_.look(record);
    if (look == ring::Look::empty && has_backed_off(deadline)) look = consumer_.look(record);
    if (look == ring::Look::found) return {};
    if (look == ring::Look::corrupt) return fail(Errc::corrupt, "ring header");
    return wait_for_record(record, deadline);
  }

  // After a look that found nothing. True: it had caught up with a stream and has backed off from
  // it, so it is to look again.
  bool has_backed_off(Deadline deadline) {
    const bool streamed = std::exchange(in_a_row_, 0) >= ring::stream_from;
    if (!streamed || !backs_off_ || deadline.is_immediate()) return false;
    if (wait_ == Wait::spin) {
      ring::back_off(ring::spinning_backoff_ns, [this] { return consumer_.is_half_full(); });
    } else {
      ring::back_off(ring::backoff_ns);
    }
    return true;
  }

  Status wait_for_record(ring::Record& record, Deadline deadline);
  // How much of a streamed message is in place: at least `wanted`, at most all of it, and by one
  // look at the fill mark, which a broken sender may move back at any time.
  Result<std::uint64_t> wait_filled(const ring::Record& record, std::uint64_t wanted,
                                    Deadline deadline);
  Status copy_streamed(const ring::Record& record, std::byte* to, bool close_behind,
                       Deadline deadline);

  auto sleeping() {
    return [this](std::atomic<std::uint32_t>& word, std::uint32_t seen, Deadline until) {
      data_.sleep(word, seen, until);
    };
  }

  void take(const ring::Record& record) {
    ++in_a_row_;
    if (wait_ == Wait::spin) {
      consumer_.take(record, std::memory_order_release);
    } else {
      consumer_.take(record, std::memory_order_seq_cst);
      wake_producer();
    }
  }

  void wake_producer() {
    ring::Control& control = consumer_.control();
    const std::uint64_t wants = control.producer_wants.load(std::memory_order_seq_cst);
    if (wants == 0 || consumer_.tail() < wants) return;
    if (control.producer_wants.exchange(0, std::memory_order_seq_cst) == 0) return;
    space_.wake(control.space_word, 1);
  }

  ring::Memory memory_;
  ring::WakeUp data_;   // wakes this end
  ring::WakeUp space_;  // wakes the sender
  ring::Consumer consumer_;
  bool quick_;             // messages may be taken by take_copy()
  bool backs_off_;         // from a sender with whose stream it has caught up
  unsigned in_a_row_ = 0;  // messages taken since the last look that found none
  Wait wait_;
  const std::atomic<std::uint32_t>* peer_died_;
  Loans<ring::Record> borrowed_;
};

Status RingReceiver::wait_for_record(ring::Record& record, Deadline deadline) {
  ring::Control& control = consumer_.control();
  ring::Look look = ring::Look::empty;
  auto ended = EndState::open;
  const auto found = [&] {
    look = consumer_.look(record, std::memory_order_seq_cst);
    if (look != ring::Look::empty) return true;
    consumer_.while_empty();
    ended = static_cast<EndState>(control.sender_state.load(std::memory_order_seq_cst));
    if (ended == EndState::open) return false;
    look = consumer_.look(record);  // what was published before the end
    return true;
  };
  Status status;
  if (!found()) {
    status = ring::wait_until(
        wait_, found, [this](bool waiting) { announce_wait(waiting); }, control.data_word, deadline,
        peer_died_, sleeping());
  }
  if (look == ring::Look::found) return {};
  if (look == ring::Look::corrupt) return fail(Errc::corrupt, "ring header");
  if (ended == EndState::closed) return fail(Errc::closed, "receive");
  // Abandoned, or a state that there is not: whoever stored that closes nothing any more.
  if (ended != EndState::open) return fail(Errc::peer_died, "receive");
  return status;
}

Result<std::uint64_t> RingReceiver::wait_filled(const ring::Record& record, std::uint64_t wanted,
                                                Deadline deadline) {
  std::uint64_t filled = 0;
  const auto there = [&] {
    filled = consumer_.filled(record, std::memory_order_seq_cst);
    return filled >= wanted;
  };
  // More than this message: the sender is in the next one already.
  const auto of_this = [&] { return std::min(filled, record.length); };
  if (there()) return of_this();
  if (deadline.is_immediate()) return fail(Errc::would_block, "receive");
  // The sender is copying right now; it wakes a sleeper only when all is in place.
  if (wait_ != Wait::spin && ring::spin_for(there, piece_spin_ns)) return of_this();
  const auto gone_or_there = [&] {
    return there() || consumer_.control().sender_state.load(std::memory_order_seq_cst) != 0;
  };
  Status status = ring::wait_until(
      wait_, gone_or_there, [this](bool waiting) { announce_wait(waiting); },
      consumer_.control().data_word, deadline, peer_died_, sleeping());
  // What was in place before the end, or came at the last moment.
  if (filled >= wanted || there()) return of_this();
  return tl::make_unexpected(status ? Error{Errc::peer_died, 0, "receive"} : status.error());
}

// A lone message is copied close behind the sender, piece by piece. In a stream, where the next
// message is there before it is asked for, a whole message or stream_distance is left between the
// two: close behind, every line has to be fetched out of the sender's own cache, and streams ran at
// a third of the rate.
Status RingReceiver::copy_streamed(const ring::Record& record, std::byte* to, bool close_behind,
                                   Deadline deadline) {
  const std::uint64_t piece = close_behind ? ring::stream_piece : ring::stream_distance;
  std::uint64_t done = 0;
  // An immediate receive must not wait for a sender at work: it takes the message when all is
  // there.
  if (deadline.is_immediate() && consumer_.filled(record) < record.length) {
    return fail(Errc::would_block, "receive");
  }
  while (done < record.length) {
    const std::uint64_t wanted = std::min(done + piece, record.length);
    const auto there = wait_filled(record, wanted, deadline);
    if (!there) return tl::make_unexpected(there.error());
    std::memcpy(to + done, record.payload + done, *there - done);
    done = *there;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Receiver>> open_ring_receiver(Address address, const OpenContext& context) {
  auto memory = ring::map_memory(address);
  if (!memory) return tl::make_unexpected(memory.error());
  auto wake = ring::take_wake_ends(address, 1);
  if (!wake) return tl::make_unexpected(wake.error());
  return std::make_unique<RingReceiver>(std::move(*memory), std::move(*wake), address.spec,
                                        context);
}

}  // namespace ipcmark
