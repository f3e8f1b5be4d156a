// The two ends of a channel as scenarios use them: what a cell's touch, verify and zero-copy modes
// mean for one message, in one place. Inline, because they stand in measured loops; the modes are
// fixed at construction, so their branches cost nothing that can be measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <span>

#include "backends/loans.hpp"
#include "backends/transport.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/delivery_tracker.hpp"
#include "scenarios/traffic/losses.hpp"
#include "scenarios/traffic/message_sizes.hpp"
#include "scenarios/traffic/payload.hpp"
#include "scenarios/traffic/touch.hpp"

namespace ipcmark {

// Zeroed memory for one message, aligned to a page so that two runs copy alike; its pages are
// present before the first use.
class MessageBuffer {
 public:
  explicit MessageBuffer(std::size_t size)
      : size_(size), bytes_(static_cast<std::byte*>(::operator new(rounded(size), alignment))) {
    std::memset(bytes_.get(), 0, rounded(size));
  }
  std::span<std::byte> span() const { return {bytes_.get(), size_}; }

 private:
  static constexpr std::align_val_t alignment{4096};
  static std::size_t rounded(std::size_t size) { return (size + 64) / 64 * 64; }
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete(bytes, alignment); }
  };
  std::size_t size_;
  std::unique_ptr<std::byte, Free> bytes_;
};

// How messages on the channel are verified: where some may get lost, each tells its number at
// least.
inline Verify verify_on(const WorkerContext& context, std::size_t channel) {
  const Verify asked = context.spec().verify;
  return asked == Verify::off && context.lossy(channel) ? Verify::header : asked;
}

// Makes and sends the messages of one sender: all of the cell's size, or of its mix of sizes,
// numbered from 0.
class Outbox {
 public:
  // `sender` is borrowed; `number` is this sender's among those of the channel, which is the
  // layout's `channel`: its payload is like no other's.
  Outbox(Sender& sender, const RunSpec& spec, std::uint32_t number, std::size_t channel)
      : Outbox(sender, spec, number, channel, spec.verify) {}
  // Over what may lose messages, too.
  Outbox(WorkerContext& context, std::uint32_t number, std::size_t channel)
      : Outbox(context.sender(channel), context.spec(), number, channel,
               verify_on(context, channel)) {}
  Outbox(Sender& sender, const RunSpec& spec, std::uint32_t number, std::size_t channel,
         Verify verify)
      : sender_(sender),
        buffer_(spec.zero_copy ? 0 : spec.size),
        place_(buffer_.span()),
        sizes_(spec),
        size_(spec.size),
        seed_(channel_seed(spec, channel)),
        verify_(verify),
        touch_(spec.touch == Touch::full),
        zero_copy_(spec.zero_copy),
        chooses_(spec.zero_copy || sizes_.several()),
        number_(number),
        lent_(loans_asked(spec)) {}

  // Puts the next message together (zero copy: in a loan, which may wait for room).
  [[gnu::always_inline]] Status prepare(Deadline deadline = Deadline::never()) {
    if (chooses_) [[unlikely]] {
      if (const Status chosen = choose_place(deadline); !chosen) return chosen;
    }
    // The pattern of full verification writes every byte itself.
    if (touch_ && verify_ != Verify::full) [[likely]]
      touch_write(place_, sent_);
    if (verify_ != Verify::off) [[unlikely]]
      stamp_message(place_, {number_, sent_}, seed_, verify_);
    return {};
  }
  // Sends what prepare() put together.
  [[gnu::always_inline]] Status transmit() {
    const Status done =
        zero_copy_ ? sender_.publish(size_) : sender_.send(place_, Deadline::never());
    sent_ += done.has_value() ? 1U : 0U;
    return done;
  }
  [[gnu::always_inline]] Status send_next() {
    if (const Status ready = prepare(); !ready) return ready;
    return transmit();
  }
  // Sends the next message if there is room now. would_block: it was not sent, and the next call
  // tries again; no other call may come between.
  Status send_if_room() {
    if (!waits_) {
      if (const Status ready = prepare(Deadline::immediate()); !ready) return ready;
      waits_ = true;
    }
    const Status done =
        zero_copy_ ? sender_.publish(size_) : sender_.send(place_, Deadline::immediate());
    if (!done) return done;
    waits_ = false;
    ++sent_;
    return done;
  }
  // Gives back a message that was prepared and will not be sent.
  void abandon() {
    if (zero_copy_) sender_.abandon();
    lent_.clear();
    waits_ = false;
  }

  // How many it has sent, and the number of the next one.
  std::uint64_t sent() const { return sent_; }
  // The next one gets that number: those between are left out.
  void skip_to(std::uint64_t number) { sent_ = number; }

 private:
  // Of a message that does not always lie in the same bytes.
  [[gnu::noinline]] Status choose_place(Deadline deadline) {
    size_ = sizes_.of(sent_);
    if (!zero_copy_) {
      place_ = buffer_.span().first(size_);
      return {};
    }
    // As many as the cell asks for, of which none but the first is waited for.
    for (std::uint64_t next = sent_ + lent_.count(); !lent_.full(); ++next) {
      auto loan = sender_.loan(sizes_.of(next), lent_.empty() ? deadline : Deadline::immediate());
      if (loan) {
        lent_.add(*loan);
      } else if (lent_.empty()) {
        return tl::make_unexpected(loan.error());
      } else {
        break;
      }
    }
    place_ = lent_.take_oldest();
    return {};
  }

  Sender& sender_;
  MessageBuffer buffer_;
  std::span<std::byte> place_;
  MessageSizes sizes_;
  std::size_t size_;  // of the message that was put together last
  std::uint64_t seed_;
  Verify verify_;
  bool touch_, zero_copy_;
  bool chooses_;  // where each message lies
  std::uint32_t number_;
  std::uint64_t sent_ = 0;
  Loans<std::span<std::byte>> lent_;  // zero copy: places of the messages to come
  bool waits_ = false;                // for room: put together by send_if_room(), and not sent
};

// Receives and judges messages of the cell's size or sizes, on the layout's `channel`. Its account
// reaches the worker's report (delivery_tracker.hpp).
class Inbox {
 public:
  // `report` gets what the account comes to, and outlives this.
  Inbox(Receiver& receiver, const RunSpec& spec, WorkerReport& report, std::size_t senders,
        std::size_t channel)
      : receiver_(receiver),
        report_(report),
        buffer_(spec.zero_copy ? 0 : spec.size),
        sizes_(spec),
        size_(sizes_.several() ? no_size : spec.size),
        tracker_(report, channel_seed(spec, channel), spec.verify, senders),
        verified_(spec.verify != Verify::off),
        touch_(spec.touch == Touch::full),
        zero_copy_(spec.zero_copy),
        keeps_(loans_asked(spec) - 1) {}
  // `senders`: how many send into the channel; one where it may lose messages.
  Inbox(WorkerContext& context, std::size_t senders, std::size_t channel)
      : Inbox(context.receiver(channel), context.spec(), context.report(), senders, channel) {
    if (!context.lossy(channel)) return;
    losses_.emplace(report_, channel_seed(context.spec(), channel), verify_on(context, channel));
    verified_ = true;
  }

  // Waits for the next message and reads all of it if the cell touches. `closed`: no more.
  [[gnu::always_inline]] Status take(Deadline deadline = Deadline::never()) {
    if (const Status arrived = await(deadline); !arrived) return arrived;
    touch();
    return {};
  }
  // take() in its two parts.
  [[gnu::always_inline]] Status await(Deadline deadline = Deadline::never()) {
    if (zero_copy_) [[unlikely]] {
      auto view = receiver_.borrow(deadline);
      if (!view) return tl::make_unexpected(view.error());
      view_ = *view;
    } else {
      auto size = receiver_.receive(buffer_.span(), deadline);
      if (!size) return tl::make_unexpected(size.error());
      view_ = buffer_.span().first(*size);
    }
    ++received_;
    return {};
  }
  [[gnu::always_inline]] void touch() {
    if (touch_) [[likely]]
      keep(touch_read(view_));
  }
  // Judges the message taken last, once; without verification its length alone. corrupt: it is not
  // what was sent, and the account has it.
  [[gnu::always_inline]] Status check() {
    if (verified_ || view_.size() != size_) [[unlikely]]
      return judge();
    return {};
  }
  // Zero copy: gives a message's place back to the channel, the oldest once it keeps as many as the
  // cell asks for.
  [[gnu::always_inline]] void give_back() {
    if (zero_copy_) [[unlikely]]
      release();
  }
  [[gnu::always_inline]] Status receive_next(Deadline deadline = Deadline::never()) {
    if (const Status taken = take(deadline); !taken) return taken;
    if (const Status checked = check(); !checked) [[unlikely]]
      return checked;
    give_back();
    return {};
  }

  // Until `count` have been received in all. A loop of its own, which leaves at the first error:
  // carrying the status from message to message costs more than reading 64 bytes does.
  [[gnu::always_inline]] Status receive_until(std::uint64_t count) {
    while (received_ != count) {
      if (const Status received = receive_next(); !received) [[unlikely]]
        return received;
    }
    return {};
  }

  std::uint64_t received() const { return received_; }
  // Of what was received, and judged.
  std::uint64_t bytes() const { return sizes_.several() ? bytes_ : received_ * size_; }
  // Enters what the account comes to, given how many each sender says it sent. Once.
  void settle(std::span<const std::uint64_t> sent) {
    if (losses_) return note_losses(report_, settle_losses(sent.front()));
    if (verified_) return tracker_.settle(sent);
    add(report_.integrity, settled_by_number(received_, sent));
  }
  // The same where messages may get lost, whose losses the caller counts by itself.
  Losses settle_losses(std::uint64_t sent) { return losses_->settle(sent); }
  // Where messages may get lost: the number of the one that was checked last.
  std::uint64_t last_number() const { return losses_->last(); }

 private:
  static constexpr std::size_t no_size = ~std::size_t{0};

  [[gnu::noinline]] void release() {
    if (kept_ < keeps_) {
      ++kept_;
    } else {
      receiver_.release();
    }
  }

  [[gnu::noinline]] Status judge() {
    bytes_ += view_.size();
    const std::size_t due = size_due();
    if (losses_) return judged(losses_->arrived(view_, due));
    if (verified_) return judged(tracker_.arrived(view_, due));
    if (view_.size() == due) return {};
    ++report_.integrity.wrong_length;
    return not_intact(Finding::wrong_length);
  }

  // After one that is missing, each stands in the place of the one before it: which it is, and so
  // how long, says its stamp.
  std::size_t size_due() const {
    const bool stamped = verified_ && view_.size() >= short_stamp_bytes;
    return stamped && sizes_.has(view_.size()) ? view_.size() : sizes_.of(received_ - 1);
  }

  Receiver& receiver_;
  WorkerReport& report_;
  MessageBuffer buffer_;
  std::span<const std::byte> view_;
  MessageSizes sizes_;
  std::size_t size_;  // of every message; no_size: each is judged by its own
  DeliveryTracker tracker_;
  std::optional<LossTracker> losses_;  // in the place of that account, where messages may get lost
  bool verified_, touch_, zero_copy_;
  std::uint32_t keeps_, kept_ = 0;  // messages that stay borrowed beside the newest
  std::uint64_t received_ = 0;
  std::uint64_t bytes_ = 0;  // of the messages judged
};

}  // namespace ipcmark
