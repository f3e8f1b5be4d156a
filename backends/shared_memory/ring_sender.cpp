// The sender's end of a byte ring.
#include <algorithm>
#include <cstring>
#include <utility>

#include "backends/loans.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/shared_memory/non_temporal.hpp"
#include "backends/shared_memory/ring_layout.hpp"
#include "backends/shared_memory/ring_memory.hpp"
#include "backends/shared_memory/ring_transport.hpp"
#include "backends/shared_memory/waiting.hpp"
#include "backends/shared_memory/wake_up.hpp"

namespace ipcmark {
namespace {
using ring::EndState;

class RingSender final : public Sender {
 public:
  RingSender(ring::Memory memory, ring::WakeEnds wake, const ChannelSpec& spec,
             const OpenContext& context)
      : memory_(std::move(memory)),
        data_(std::move(wake.data)),
        space_(std::move(wake.space)),
        producer_(memory_.view),
        largest_(spec.largest_message),
        batch_(std::max(spec.batch, 1U)),
        quick_(batch_ == 1 && memory_.view.slot != 0),
        wait_(spec.wait),
        peer_died_(context.peer_died),
        loans_(loans_of(ring::layout_for(spec).depth)) {}
  ~RingSender() override { end(EndState::abandoned); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (quick_ && message.size() <= largest_ && loans_.empty() && !ended_) {
      if (wait_ == Wait::spin) {
        if (producer_.put_copy(message.data(), message.size(), std::memory_order_release))
          return {};
      } else if (producer_.put_copy(message.data(), message.size(), std::memory_order_seq_cst)) {
        wake_consumer();
        return {};
      }
    }
    return send_any(message, deadline);
  }
  // send() without its short cut.
  Status send_any(std::span<const std::byte> message, Deadline deadline) {
    if (!loans_.empty()) return fail(Errc::invalid, "send");
    if (Status status = make_room(message.size(), deadline); !status) return status;
    if (message.size() >= ring::streamed_from) return send_streamed(message);
    producer_.stage_copy(message.data(), message.size());
    publish_full_batch();
    return {};
  }

  Status flush(Deadline) override {
    if (producer_.staged() != 0) publish_staged();
    return {};
  }

  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    if (loans_.full()) return fail(Errc::invalid, "loan");
    if (Status status = make_room(size, deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    loans_.add(size);
    return std::span<std::byte>(producer_.reserve(size), size);
  }

  Status publish(std::size_t size) override {
    if (loans_.empty() || size > loans_.oldest()) return fail(Errc::invalid, "publish");
    producer_.stage(size, loans_.take_oldest());
    publish_full_batch();
    return {};
  }

  void abandon() override {
    loans_.clear();
    producer_.unreserve();
  }

  Status close(Deadline) override {
    end(EndState::closed);
    return {};
  }

 private:
  Status make_room(std::size_t size, Deadline deadline) {
    if (size > largest_) return fail(Errc::too_large, "send");
    if (ended_) return fail(Errc::invalid, "send");
    if (producer_.has_room(size)) return {};
    return wait_for_room(size, deadline);
  }

  void publish_full_batch() {
    if (producer_.staged() >= batch_) publish_staged();
  }

  void publish_staged() {
    if (wait_ == Wait::spin) {
      producer_.publish(std::memory_order_release);
    } else {
      producer_.publish(std::memory_order_seq_cst);
      wake_consumer();
    }
  }

  Status send_streamed(std::span<const std::byte> message) {
    if (producer_.staged() != 0) publish_staged();
    std::byte* place = producer_.begin_stream(message.size());
    const auto copy = [&](std::uint64_t from, std::uint64_t bytes) {
      if (stores_.non_temporal()) {
        ring::copy_non_temporal(place + from, message.data() + from, bytes);
      } else {
        std::memcpy(place + from, message.data() + from, bytes);
      }
    };
    std::uint64_t done = 0;
    while (message.size() - done > ring::stream_piece) {
      copy(done, ring::stream_piece);
      done += ring::stream_piece;
      producer_.filled(done, std::memory_order_release);
    }
    copy(done, message.size() - done);
    stores_.sent(message.size(), now_ns());
    if (wait_ == Wait::spin) {
      producer_.filled(message.size(), std::memory_order_release);
    } else {
      producer_.filled(message.size(), std::memory_order_seq_cst);
      wake_consumer();
    }
    return {};
  }

  void wake_consumer() {
    ring::Control& control = producer_.control();
    if (control.consumer_waits.load(std::memory_order_seq_cst) == 0) return;
    if (control.consumer_waits.exchange(0, std::memory_order_seq_cst) == 0) return;
    data_.wake(control.data_word, 1);
  }

  Status wait_for_room(std::size_t size, Deadline deadline);

  void end(EndState state) {
    if (std::exchange(ended_, true)) return;
    abandon();
    if (state == EndState::closed && producer_.staged() != 0) publish_staged();
    ring::Control& control = producer_.control();
    control.sender_state.store(static_cast<std::uint32_t>(state), std::memory_order_seq_cst);
    data_.wake(control.data_word, 1);
  }

  ring::Memory memory_;
  ring::WakeUp data_;   // wakes the receiver
  ring::WakeUp space_;  // wakes this end
  ring::Producer producer_;
  ring::StoreChoice stores_;  // of streamed messages
  std::uint64_t largest_;
  std::uint32_t batch_;
  bool quick_;  // messages may be sent by put_copy()
  Wait wait_;
  bool ended_ = false;
  const std::atomic<std::uint32_t>* peer_died_;
  Loans<std::size_t> loans_;
};

Status RingSender::wait_for_room(std::size_t size, Deadline deadline) {
  if (producer_.staged() != 0) publish_staged();  // else the receiver could never make room
  ring::Control& control = producer_.control();
  bool sane = true;
  bool receiver_gone = false;
  const auto room = [&] {
    sane = producer_.look();
    if (!sane || producer_.has_room(size)) return true;
    receiver_gone = control.receiver_state.load(std::memory_order_acquire) != 0;
    return receiver_gone;
  };
  const auto announce = [&](bool waiting) {
    control.producer_wants.store(waiting ? producer_.needed_tail(size) : 0,
                                 std::memory_order_seq_cst);
  };
  // While spinning, mostly look at the word that moves in quarters of the ring.
  unsigned tries = 0;
  const auto room_coarsely = [&] {
    if (++tries % 64 == 0) return room();
    sane = producer_.look_coarse();
    return !sane || producer_.has_room(size);
  };
  Status status;
  if (deadline.is_immediate()) {
    if (!room()) status = fail(Errc::would_block, "send");
  } else if (wait_ == Wait::spin) {
    status = ring::spin_until(room_coarsely, deadline, peer_died_);
  } else if (!room()) {
    status = ring::wait_until(wait_, room, announce, control.space_word, deadline, peer_died_,
                              [this](auto& word, std::uint32_t seen, Deadline until) {
                                space_.sleep(word, seen, until);
                              });
  }
  if (!sane) return fail(Errc::corrupt, "ring tail");
  if (receiver_gone) return fail(Errc::peer_died, "send");
  return status;
}

}  // namespace

Result<std::unique_ptr<Sender>> open_ring_sender(Address address, const OpenContext& context) {
  auto memory = ring::map_memory(address);
  if (!memory) return tl::make_unexpected(memory.error());
  auto wake = ring::take_wake_ends(address, 1);
  if (!wake) return tl::make_unexpected(wake.error());
  return std::make_unique<RingSender>(std::move(*memory), std::move(*wake), address.spec, context);
}

}  // namespace ipcmark
