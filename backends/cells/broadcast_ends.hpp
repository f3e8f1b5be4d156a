// The ends of a ring whose receivers each get every message (broadcast_ring.hpp).
//
// `Steps`: where the tests let an end die. Nothing else differs.
#pragma once

#include "backends/cells/broadcast_ring.hpp"
#include "backends/cells/shared_end.hpp"
#include "backends/loans.hpp"
#include "backends/shared_memory/copy_message.hpp"
#include "backends/shared_memory/waiting.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

template <class Steps = NoSteps>
class BroadcastSender final : public SendingEnd<BroadcastRing<Steps>, Steps> {
 public:
  using SendingEnd<BroadcastRing<Steps>, Steps>::SendingEnd;
  ~BroadcastSender() override { this->end(false); }
  // invalid: another sender has the channel.
  Status join() { return this->join_alone(); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (!loans_.empty()) return fail(Errc::invalid, "send");
    if (Status status = make_room(message.size(), deadline); !status) return status;
    copy_message<Steps>(this->ring_.payload(), message.data(), message.size());
    publish_now(message.size());
    return {};
  }

  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    if (loans_.full()) return fail(Errc::invalid, "loan");
    if (Status status = make_room(size, deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    loans_.add(size);
    return std::span<std::byte>(this->ring_.reserve(), size);
  }
  Status publish(std::size_t size) override {
    if (loans_.empty() || size > loans_.oldest()) return fail(Errc::invalid, "publish");
    loans_.take_oldest();
    this->ring_.use();
    publish_now(size);
    return {};
  }
  void abandon() override {
    loans_.clear();
    this->ring_.unreserve();
  }

 private:
  Status make_room(std::size_t size, Deadline deadline) {
    if (Status status = this->check(size); !status) return status;
    if (this->ring_.has_room()) return {};
    return wait_for_room(deadline);
  }

  Status wait_for_room(Deadline deadline) {
    bool nobody = false;
    const auto done = [&] {
      this->ring_.publish_next();
      const EndCounts& counts = this->ends_.counts();
      if (counts.open_receivers + counts.gone_receivers < this->spec_.receivers) return false;
      nobody = counts.open_receivers == 0;
      return nobody || this->ring_.find_room(this->ends_.receivers());
    };
    // Who looks takes each cursor's line from its receiver: not too often.
    unsigned tries = 0;
    const auto done_now_and_then = [&] { return tries++ % looks_apart == 0 && done(); };
    this->control().wanted.store(this->ring_.wanted(), std::memory_order_seq_cst);
    Status status = this->spec_.wait == Wait::spin
                        ? this->wait(done_now_and_then, this->control().space, deadline)
                        : this->wait(done, this->control().space, deadline);
    if (status && nobody) return fail(Errc::peer_died, "send");
    return status;
  }

  void publish_now(std::size_t size) {
    if (this->sleeps()) {
      this->ring_.publish(size, std::memory_order_seq_cst);
      signal_each<Steps>(this->control().data);
    } else {
      this->ring_.publish(size, std::memory_order_release);
    }
  }

  static constexpr unsigned looks_apart = 16;

  Loans<std::size_t> loans_{cell_loans(this->spec_)};
};

template <class Steps = NoSteps>
class BroadcastReceiver final : public ReceivingEnd<BroadcastRing<Steps>, Steps> {
  using Ring = BroadcastRing<Steps>;
  using Message = typename Ring::Message;

 public:
  using ReceivingEnd<Ring, Steps>::ReceivingEnd;
  ~BroadcastReceiver() override {
    while (borrowed_ != 0) release();
  }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (borrowed_ != 0) return fail(Errc::invalid, "receive");
    Message message;
    if (Status status = next(message, deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    if (message.length > buffer.size()) return fail(Errc::too_large, "receive");
    copy_message<Steps>(buffer.data(), message.payload, message.length);
    give_back([this](std::memory_order order) { this->ring_.pass(order); });
    return message.length;
  }

  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    if (borrowed_ >= limit_) return fail(Errc::invalid, "borrow");
    Message message;
    if (Status status = next(message, deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    this->ring_.hold();
    ++borrowed_;
    return std::span<const std::byte>(message.payload, message.length);
  }
  void release() override {
    if (borrowed_ == 0) return;
    --borrowed_;
    give_back([this](std::memory_order order) { this->ring_.give_back(order); });
  }

  bool ready() override {
    Message message;
    return this->ring_.look(message, std::memory_order_seq_cst) != Ring::Look::empty ||
           this->senders_ended();
  }

 private:
  Status next(Message& message, Deadline deadline) {
    auto look = this->ring_.look(message);
    if (look == Ring::Look::empty && this->has_backed_off(deadline)) {
      look = this->ring_.look(message);
    }
    if (look == Ring::Look::empty) {
      const auto found = [&] {
        look = this->ring_.look(message, std::memory_order_seq_cst);
        return look != Ring::Look::empty;
      };
      if (Status status = this->wait_for_one(found, deadline); !status) return status;
    }
    if (look == Ring::Look::found) return {};
    return fail(Errc::corrupt, "message in a broadcast ring");
  }

  // By `step`, after which the sender may be waiting for that place.
  template <class Step>
  void give_back(Step&& step) {
    this->count_one();
    if (!this->sleeps()) return step(std::memory_order_release);
    step(std::memory_order_seq_cst);
    if (this->ring_.frees_the_sender()) signal<Steps>(this->control().space);
  }

  std::uint32_t limit_ = loans_of(cell_layout_for(this->spec_).cells);
  std::uint32_t borrowed_ = 0;
};

}  // namespace ipcmark::ring
