// What the ends of all rings with many ends have in common: they join and leave, they wait, and
// while they wait they look for ends that were killed.
#pragma once

#include <utility>

#include "backends/cells/cell_layout.hpp"
#include "backends/cells/end_table.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/event_count.hpp"
#include "backends/shared_memory/waiting.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

// `Ring`: CellRing, BroadcastRing or LossyRing. Its control block has the sleepers `data`
// (receivers) and `space` (senders) and the table `ends`; joined(number, role) tells it its end's
// slot, and repair(number) mends what a killed end has left. Where the sender waits for receivers,
// is_half_full() tells one of them how far behind it is.
template <class Ring, class Steps>
class SharedEnd {
 public:
  SharedEnd(Mapping mapping, Fd file, const ChannelSpec& spec, const OpenContext& context)
      : mapping_(std::move(mapping)),
        spec_(spec),
        ring_(mapping_.data(), spec),
        ends_(ring_.control().ends, std::move(file)),
        peer_died_(context.peer_died) {}

  Status join(Role role) {
    Status joined = ends_.join(role, [this](unsigned dead) { ring_.repair(dead); });
    if (!joined) return joined;
    ring_.joined(ends_.number(), role);
    // A dead end may have been in this one's slot.
    notify_all();
    return {};
  }
  void leave(bool clean) {
    if (!ends_.joined()) return;
    ends_.leave(clean);
    notify_all();
  }

 protected:
  auto& control() const { return ring_.control(); }
  bool sleeps() const { return spec_.wait != Wait::spin; }

  // As wait_until(); and at least once in a peer-check interval it looks for dead ends, repairs
  // what they left, and asks again.
  template <class Done>
  Status wait(Done&& done, EventCount& waiters, Deadline deadline) {
    if (done()) return {};
    if (deadline.is_immediate()) return would_block(done);
    // Without a look at the clock: a round trip between spinning ends is not longer than that.
    for (unsigned i = 0; spec_.wait != Wait::block && i < eager_tries; ++i) {
      if (done()) return {};
    }
    return wait_long(done, waiters, deadline);
  }

  // Before a wait set sleeps, which looks for nobody.
  void reap_periodically() {
    const std::uint64_t now = now_ns();
    if (now < next_look_ns_) return;
    next_look_ns_ = now + peer_check_interval_ns;
    reap_dead();
  }

  bool reap_dead(unsigned max = looks_at_once) {
    const bool any = ends_.reap_dead(max, [this](unsigned dead) { ring_.repair(dead); });
    if (any) notify_all();
    return any;
  }

  Mapping mapping_;
  ChannelSpec spec_;
  Ring ring_;
  Ends<Steps> ends_;
  const std::atomic<std::uint32_t>* peer_died_;

 private:
  // Who never waits looks for dead ends now and then, too: nobody else may be there to do it.
  template <class Done>
  Status would_block(Done& done) {
    if (++refused_ % tries_between_looks == 0 && reap_dead() && done()) return {};
    return fail(Errc::would_block, "try");
  }

  template <class Done>
  Status wait_long(Done& done, EventCount& waiters, Deadline deadline) {
    Announcement announcement(waiters);
    for (;;) {
      Deadline until = Deadline::after(peer_check_interval_ns);
      if (!deadline.is_never() && deadline.monotonic_ns() < until.monotonic_ns()) until = deadline;
      Status status = wait_until(
          spec_.wait, done, [&](bool waiting) { announcement.set(waiting); }, waiters.word, until,
          peer_died_);
      if (status || status.error().code != Errc::timeout) return status;
      reap_dead();
      if (done()) return {};
      if (deadline.passed()) return status;
    }
  }

  // Cells may have become free, and the last end of a kind may be gone.
  void notify_all() {
    signal_all(control().data);
    signal_all(control().space);
  }

  unsigned refused_ = 0;
  std::uint64_t next_look_ns_ = 0;
};

// What the senders of these rings have in common beyond that: when they may send, and how they go.
// Whoever is derived from it ends it when destroyed.
template <class Ring, class Steps>
class SendingEnd : public Sender, protected SharedEnd<Ring, Steps> {
  using End = SharedEnd<Ring, Steps>;

 public:
  using End::End;
  Status join() { return End::join(Role::sender); }
  Status close(Deadline) final {
    end(true);
    return {};
  }

 protected:
  // Of a ring that has one sender at a time. invalid: another has the channel.
  Status join_alone() {
    if (Status joined = End::join(Role::sender); !joined) return joined;
    this->reap_dead(max_ends);
    if (this->ends_.counts().open_senders == 1) {
      // The one before it may have sent until a moment ago.
      this->ring_.joined(this->ends_.number(), Role::sender);
      return {};
    }
    end(true);
    return fail(Errc::invalid, "a second sender of a broadcast");
  }

  // Whether a message of that size may be sent at all.
  Status check(std::size_t size) const {
    if (size > this->spec_.largest_message) return fail(Errc::too_large, "send");
    if (ended_) return fail(Errc::invalid, "send");
    return {};
  }

  void end(bool clean) {
    if (std::exchange(ended_, true)) return;
    this->abandon();
    this->leave(clean);
  }

 private:
  bool ended_ = false;
};

// What the receivers of these rings have in common beyond that: how they wait for the next message,
// and how they learn that there will be none.
template <class Ring, class Steps>
class ReceivingEnd : public Receiver, protected SharedEnd<Ring, Steps> {
  using End = SharedEnd<Ring, Steps>;

 public:
  ReceivingEnd(Mapping mapping, Fd file, const ChannelSpec& spec, const OpenContext& context)
      : End(std::move(mapping), std::move(file), spec, context),
        announcement_(this->control().data),
        backs_off_(cell_layout_for(spec).mapped >= backoff_capacity ||
                   (tells_how_full && spec.wait == Wait::spin)) {}
  ~ReceivingEnd() override {
    announcement_.set(false);
    this->leave(true);
  }
  Status join() { return End::join(Role::receiver); }

  // Senders that spin never look whether anybody sleeps, so there is no word to sleep on.
  std::atomic<std::uint32_t>* futex_word() final {
    return this->sleeps() ? &this->control().data.word : nullptr;
  }
  void announce_wait(bool waiting) final {
    announcement_.set(waiting);
    if (waiting) this->reap_periodically();
  }

 protected:
  void count_one() { ++in_a_row_; }

  // After a look that found nothing. True: it had caught up with a stream and has backed off from
  // it, so it is to look again.
  bool has_backed_off(Deadline deadline) {
    const bool streamed = std::exchange(in_a_row_, 0) >= stream_from;
    if (!streamed || !backs_off_ || deadline.is_immediate()) return false;
    if (this->sleeps()) {
      back_off(backoff_ns);
    } else if constexpr (tells_how_full) {
      back_off(spinning_backoff_ns, [this] { return this->ring_.is_half_full(); });
    } else {
      back_off(spinning_backoff_ns);
    }
    return true;
  }

  // Waits until `found()` says that there is something: it looks, with sequential consistency.
  // closed, peer_died: nothing is left, and no sender.
  template <class Found>
  Status wait_for_one(Found&& found, Deadline deadline) {
    bool ended = false;
    const auto done = [&] {
      if (found()) return true;
      if (!senders_ended()) return false;
      ended = !found();  // what was sent before the end is there by now
      return true;
    };
    if (Status status = this->wait(done, this->control().data, deadline); !status) return status;
    if (!ended) return {};
    const bool clean = this->ends_.counts().abandoned_senders == 0;
    return fail(clean ? Errc::closed : Errc::peer_died, "receive");
  }

  bool senders_ended() {
    const EndCounts& counts = this->ends_.counts();
    return counts.open_senders == 0 &&
           counts.closed_senders + counts.abandoned_senders >= this->spec_.senders;
  }

 private:
  static constexpr bool tells_how_full = requires(const Ring& ring) { ring.is_half_full(); };

  Announcement announcement_;  // of a wait set
  bool backs_off_;             // from senders with whose stream it has caught up
  unsigned in_a_row_ = 0;      // messages taken since the last look that found none
};

}  // namespace ipcmark::ring
