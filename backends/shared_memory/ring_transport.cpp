#include "backends/shared_memory/ring_transport.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/shared_memory/non_temporal.hpp"
#include "backends/shared_memory/ring_layout.hpp"
#include "backends/shared_memory/waiting.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {
using ring::EndState;

constexpr std::uint64_t largest_supported = std::uint64_t{1} << 30U;
// How long a blocking receiver stays awake for the next piece of a message that is being copied in.
constexpr std::uint64_t piece_spin_ns = 5'000;

std::size_t control_bytes() { return round_up_to_page(sizeof(ring::Control)); }

struct Shared {
  Mapping mapping;
  ring::View view;
};

Result<Shared> map_ring(const Address& address) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "ring address");
  const ring::Layout layout = ring::layout_for(address.spec);
  auto mapping = map_mirrored(address.descriptors[0].get(), control_bytes(), layout.mapped);
  if (!mapping) return tl::make_unexpected(mapping.error());
  Shared shared{std::move(*mapping), {}};
  shared.view = {reinterpret_cast<ring::Control*>(shared.mapping.data()),
                 shared.mapping.data() + control_bytes(), layout.capacity, layout.slot};
  return shared;
}

class RingSender final : public Sender {
 public:
  RingSender(Shared shared, const ChannelSpec& spec, const OpenContext& context)
      : shared_(std::move(shared)),
        producer_(shared_.view),
        largest_(spec.largest_message),
        batch_(std::max(spec.batch, 1U)),
        quick_(batch_ == 1 && shared_.view.slot != 0),
        wait_(spec.wait),
        peer_died_(context.peer_died) {}
  ~RingSender() override { end(EndState::abandoned); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (quick_ && message.size() <= largest_ && loaned_ == nothing_loaned && !ended_) {
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
    if (Status status = make_room(size, deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    loaned_ = size;
    return std::span<std::byte>(producer_.payload(size), size);
  }

  Status publish(std::size_t size) override {
    if (loaned_ == nothing_loaned || size > loaned_) return fail(Errc::invalid, "publish");
    producer_.stage(size, std::exchange(loaned_, nothing_loaned));
    publish_full_batch();
    return {};
  }

  void abandon() override { loaned_ = nothing_loaned; }

  Status close(Deadline) override {
    end(EndState::closed);
    return {};
  }

 private:
  static constexpr std::size_t nothing_loaned = std::numeric_limits<std::size_t>::max();

  Status make_room(std::size_t size, Deadline deadline) {
    if (size > largest_) return fail(Errc::too_large, "send");
    if (loaned_ != nothing_loaned || ended_) return fail(Errc::invalid, "send");
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
    control.data_word.fetch_add(1, std::memory_order_release);
    futex_wake(control.data_word, 1);
  }

  Status wait_for_room(std::size_t size, Deadline deadline);

  void end(EndState state) {
    if (std::exchange(ended_, true)) return;
    loaned_ = nothing_loaned;
    if (state == EndState::closed && producer_.staged() != 0) publish_staged();
    ring::Control& control = producer_.control();
    control.sender_state.store(static_cast<std::uint32_t>(state), std::memory_order_seq_cst);
    control.data_word.fetch_add(1, std::memory_order_release);
    futex_wake(control.data_word, 1);
  }

  Shared shared_;
  ring::Producer producer_;
  ring::StoreChoice stores_;  // of streamed messages
  std::uint64_t largest_;
  std::uint32_t batch_;
  bool quick_;  // messages may be sent by put_copy()
  Wait wait_;
  bool ended_ = false;
  std::size_t loaned_ = nothing_loaned;
  const std::atomic<std::uint32_t>* peer_died_;
};

Status RingSender::wait_for_room(std::size_t size, Deadline deadline) {
  if (producer_.staged() != 0) publish_staged();  // else the receiver could never make room
  ring::Control& control = producer_.control();
  bool sane = true;
  bool deserted = false;
  const auto room = [&] {
    sane = producer_.look();
    if (!sane || producer_.has_room(size)) return true;
    deserted = control.receiver_state.load(std::memory_order_acquire) != 0;
    return deserted;
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
    status = ring::wait_until(wait_, room, announce, control.space_word, deadline, peer_died_);
  }
  if (!sane) return fail(Errc::corrupt, "ring tail");
  if (deserted) return fail(Errc::peer_died, "send");
  return status;
}

class RingReceiver final : public Receiver {
 public:
  RingReceiver(Shared shared, const ChannelSpec& spec, const OpenContext& context)
      : shared_(std::move(shared)),
        consumer_(shared_.view, spec.largest_message),
        stands_back_(spec.wait != Wait::spin && shared_.view.capacity >= ring::stand_back_room),
        wait_(spec.wait),
        peer_died_(context.peer_died) {}
  ~RingReceiver() override {
    ring::Control& control = consumer_.control();
    control.receiver_state.store(1, std::memory_order_seq_cst);
    control.space_word.fetch_add(1, std::memory_order_release);
    futex_wake(control.space_word, 1);
  }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    std::size_t length = 0;
    if (is_borrowed_) return fail(Errc::invalid, "receive");
    const unsigned tries = deadline.is_immediate() ? 1 : ring::eager_tries;
    if (wait_ == Wait::spin) {
      for (unsigned i = 0; i < tries; ++i) {
        if (consumer_.take_copy(buffer, length, std::memory_order_release)) return length;
        consumer_.while_empty();
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
    ring::Record record;
    Status status = next(record, deadline);
    if (status && record.is_streamed) status = wait_filled(record, record.length, deadline);
    if (!status) return tl::make_unexpected(status.error());
    borrowed_ = record;
    is_borrowed_ = true;
    return std::span<const std::byte>(record.payload, record.length);
  }

  void release() override {
    if (std::exchange(is_borrowed_, false)) take(borrowed_);
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
    return wait_ == Wait::spin ? nullptr : &consumer_.control().data_word;
  }
  void announce_wait(bool waiting) override {
    consumer_.control().consumer_waits.store(waiting ? 1 : 0, std::memory_order_seq_cst);
  }

 private:
  // The next record, waiting for it as the spec says.
  Status next(ring::Record& record, Deadline deadline) {
    if (is_borrowed_) return fail(Errc::invalid, "receive");
    ring::Look look = consumer_.look(record);
    if (look == ring::Look::empty && std::exchange(in_a_row_, 0) >= ring::stream_from &&
        stands_back_ && !deadline.is_immediate()) {
      ring::stand_back();
      look = consumer_.look(record);
    }
    if (look == ring::Look::found) return {};
    if (look == ring::Look::corrupt) return fail(Errc::corrupt, "ring header");
    return wait_for_record(record, deadline);
  }

  Status wait_for_record(ring::Record& record, Deadline deadline);
  Status wait_filled(const ring::Record& record, std::uint64_t wanted, Deadline deadline);
  Status copy_streamed(const ring::Record& record, std::byte* to, bool close_behind,
                       Deadline deadline);

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
    control.space_word.fetch_add(1, std::memory_order_release);
    futex_wake(control.space_word, 1);
  }

  Shared shared_;
  ring::Consumer consumer_;
  bool stands_back_;       // from a sender with whose stream it has caught up
  unsigned in_a_row_ = 0;  // messages taken since the last look that found none
  Wait wait_;
  bool is_borrowed_ = false;
  ring::Record borrowed_;
  const std::atomic<std::uint32_t>* peer_died_;
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
        peer_died_);
  }
  if (look == ring::Look::found) return {};
  if (look == ring::Look::corrupt) return fail(Errc::corrupt, "ring header");
  if (ended == EndState::closed) return fail(Errc::closed, "receive");
  if (ended == EndState::abandoned) return fail(Errc::peer_died, "receive");
  return status;
}

Status RingReceiver::wait_filled(const ring::Record& record, std::uint64_t wanted,
                                 Deadline deadline) {
  const auto there = [&] { return consumer_.filled(record, std::memory_order_seq_cst) >= wanted; };
  if (there()) return {};
  if (deadline.is_immediate()) return fail(Errc::would_block, "receive");
  // The sender is copying right now; it wakes a sleeper only when all is in place.
  if (wait_ != Wait::spin && ring::spin_for(there, piece_spin_ns)) return {};
  const auto gone_or_there = [&] {
    return there() || consumer_.control().sender_state.load(std::memory_order_seq_cst) != 0;
  };
  Status status = ring::wait_until(
      wait_, gone_or_there, [this](bool waiting) { announce_wait(waiting); },
      consumer_.control().data_word, deadline, peer_died_);
  if (there()) return {};
  return status ? fail(Errc::peer_died, "receive") : status;
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
    if (Status status = wait_filled(record, wanted, deadline); !status) return status;
    // More than this message: the sender is in the next one already.
    const std::uint64_t there = std::min(consumer_.filled(record), record.length);
    std::memcpy(to + done, record.payload + done, there - done);
    done = there;
  }
  return {};
}

class RingChannel final : public Channel {
 public:
  RingChannel(const char* backend, const ChannelSpec& spec, std::uint64_t id, Fd memory,
              std::string file_system)
      : backend_(backend),
        spec_(spec),
        id_(id),
        memory_(std::move(memory)),
        file_system_(std::move(file_system)) {}

  Address address() const override {
    Address address{.id = id_, .backend = backend_, .name = {}, .descriptors = {}, .spec = spec_};
    if (auto copy = duplicate(memory_)) address.descriptors.push_back(std::move(*copy));
    return address;
  }
  Granted granted() const override {
    const ring::Layout layout = ring::layout_for(spec_);
    return {.values = {{"buffer_bytes", static_cast<std::int64_t>(layout.capacity)},
                       {"depth", static_cast<std::int64_t>(layout.depth)}},
            .note = {},
            .file_system = file_system_};
  }
  void seal() override { memory_.reset(); }

 private:
  const char* backend_;
  ChannelSpec spec_;
  std::uint64_t id_;
  Fd memory_;
  std::string file_system_;
};

}  // namespace

Capabilities ring_capabilities(const ChannelSpec& spec) {
  Capabilities capabilities;
  capabilities.spin = true;
  capabilities.hybrid = true;
  capabilities.zero_copy = true;
  capabilities.batches = true;
  capabilities.largest_message = largest_supported;
  if (spec.largest_message > largest_supported) {
    capabilities.refusal = "needs messages above 1GiB";
    return capabilities;
  }
  capabilities.depth = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      ring::layout_for(spec).depth, std::numeric_limits<std::uint32_t>::max()));
  if (spec.senders > 1) capabilities.refusal = "needs many_senders";
  if (spec.receivers > 1) capabilities.refusal = "needs many_receivers";
  return capabilities;
}

std::uint64_t ring_object_bytes(const ChannelSpec& spec) {
  return control_bytes() + ring::layout_for(spec).mapped;
}

std::string ring_room_sentence(const char* backend, const ChannelSpec& spec,
                               std::uint64_t available, const char* where) {
  const std::uint64_t needed = ring_object_bytes(spec);
  if (needed <= available) return {};
  return std::string(backend) + ": a ring of " + size_text(needed) + " exceeds the " +
         size_text(available) + " left in " + where + "; lower --depth or --size, or free some";
}

std::unique_ptr<Channel> make_ring_channel(const char* backend, const ChannelSpec& spec,
                                           std::uint64_t id, Fd memory, std::string file_system) {
  return std::make_unique<RingChannel>(backend, spec, id, std::move(memory),
                                       std::move(file_system));
}

Result<std::unique_ptr<Sender>> open_ring_sender(Address address, const OpenContext& context) {
  auto shared = map_ring(address);
  if (!shared) return tl::make_unexpected(shared.error());
  return std::make_unique<RingSender>(std::move(*shared), address.spec, context);
}

Result<std::unique_ptr<Receiver>> open_ring_receiver(Address address, const OpenContext& context) {
  auto shared = map_ring(address);
  if (!shared) return tl::make_unexpected(shared.error());
  return std::make_unique<RingReceiver>(std::move(*shared), address.spec, context);
}

}  // namespace ipcmark
