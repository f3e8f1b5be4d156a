// The ends of a ring of cells (cell_ring.hpp): sender and receiver of a channel with many of each.
//
// `Steps`: where the tests let an end die. Nothing else differs.
#pragma once

#include <limits>

#include "backends/cells/cell_layout.hpp"
#include "backends/cells/cell_ring.hpp"
#include "backends/cells/shared_end.hpp"
#include "backends/loans.hpp"
#include "backends/shared_memory/copy_message.hpp"
#include "backends/shared_memory/waiting.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

template <class Steps = NoSteps>
class CellSender final : public SendingEnd<CellRing<Steps>, Steps> {
  using Ring = CellRing<Steps>;
  using Place = typename Ring::Place;

 public:
  using SendingEnd<Ring, Steps>::SendingEnd;
  ~CellSender() override { this->end(false); }
  std::uint64_t lost() const { return this->ring_.lost(); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (!loans_.empty()) return fail(Errc::invalid, "send");
    Place place;
    if (Status status = find_place(place, message.size(), deadline); !status) return status;
    copy_message<Steps>(place.payload, message.data(), message.size());
    commit(place, message.size());
    return {};
  }

  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    if (loans_.full()) return fail(Errc::invalid, "loan");
    Place place;
    if (Status status = find_place(place, size, deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    place.length = static_cast<std::uint32_t>(size);
    loans_.add(place);
    return std::span<std::byte>(place.payload, size);
  }
  Status publish(std::size_t size) override {
    if (loans_.empty() || size > loans_.oldest().length) return fail(Errc::invalid, "publish");
    commit(loans_.take_oldest(), size);
    return {};
  }
  // The places are over for this lap: receivers pass them by.
  void abandon() override {
    while (!loans_.empty()) {
      this->ring_.give_up(loans_.take_oldest());
      if (this->sleeps()) signal<Steps>(this->control().space);
    }
  }

 private:
  Status find_place(Place& place, std::size_t size, Deadline deadline) {
    if (Status status = this->check(size); !status) return status;
    if (this->ring_.claim(place)) return {};
    return wait_for_place(place, deadline);
  }

  Status wait_for_place(Place& place, Deadline deadline) {
    bool nobody = false;
    bool own = false;  // what is waited for is this end's own loan
    const auto done = [&] {
      if (this->ring_.claim(place, std::memory_order_seq_cst)) return true;
      const EndCounts& counts = this->ends_.counts();
      nobody = counts.open_receivers == 0 && counts.gone_receivers >= this->spec_.receivers;
      own = !loans_.empty() && this->ring_.is_in_its_own_way(loans_.oldest());
      return nobody || own;
    };
    // While spinning, mostly look farther ahead: who looks at the next place takes the receivers'
    // words away from them.
    unsigned tries = 0;
    const auto done_coarsely = [&] {
      return (tries++ % looks_apart == 0 || this->ring_.is_roomy()) && done();
    };
    Status status = this->spec_.wait == Wait::spin
                        ? this->wait(done_coarsely, this->control().space, deadline)
                        : this->wait(done, this->control().space, deadline);
    if (status && nobody) return fail(Errc::peer_died, "send");
    if (status && own) return fail(Errc::would_block, "loan");
    return status;
  }

  void commit(const Place& place, std::size_t size) {
    if (this->sleeps()) {
      this->ring_.commit(place, size, std::memory_order_seq_cst);
      signal<Steps>(this->control().data);
    } else {
      this->ring_.commit(place, size, std::memory_order_release);
    }
  }

  static constexpr unsigned looks_apart = 64;

  Loans<Place> loans_{cell_loans(this->spec_)};
};

template <class Steps = NoSteps>
class CellReceiver final : public ReceivingEnd<CellRing<Steps>, Steps> {
  using Ring = CellRing<Steps>;
  using Place = typename Ring::Place;

 public:
  using ReceivingEnd<Ring, Steps>::ReceivingEnd;
  ~CellReceiver() override {
    while (!borrowed_.empty()) release();
  }
  std::uint64_t lost() const { return this->ring_.lost(); }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (!borrowed_.empty()) return fail(Errc::invalid, "receive");
    Place place;
    if (Status status = next(place, buffer.size(), deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    copy_message<Steps>(buffer.data(), place.payload, place.length);
    give_back(place);
    return place.length;
  }

  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    if (borrowed_.full()) return fail(Errc::invalid, "borrow");
    Place place;
    if (Status status = next(place, std::numeric_limits<std::size_t>::max(), deadline); !status) {
      return tl::make_unexpected(status.error());
    }
    borrowed_.add(place);
    return std::span<const std::byte>(place.payload, place.length);
  }
  void release() override {
    if (!borrowed_.empty()) give_back(borrowed_.take_oldest());
  }

  bool ready() override {
    Place place;
    return this->ring_.look(place, std::memory_order_seq_cst) != Ring::Look::empty ||
           this->senders_ended();
  }

 private:
  enum class Got { message, nothing, too_large, corrupt };

  // Claims the next message that is not larger than `room`.
  Status next(Place& place, std::size_t room, Deadline deadline) {
    Got got = try_next(place, room, std::memory_order_acquire);
    if (got == Got::nothing && this->has_backed_off(deadline)) {
      got = try_next(place, room, std::memory_order_acquire);
    }
    if (got == Got::nothing) {
      const auto found = [&] {
        got = try_next(place, room, std::memory_order_seq_cst);
        return got != Got::nothing;
      };
      if (Status status = this->wait_for_one(found, deadline); !status) return status;
    }
    if (got == Got::message) {
      this->count_one();
      return {};
    }
    if (got == Got::too_large) return fail(Errc::too_large, "receive");
    return fail(Errc::corrupt, "length of a message in a ring");
  }

  Got try_next(Place& place, std::size_t room, std::memory_order order) {
    for (;;) {
      const auto look = this->ring_.look(place, order);
      if (look == Ring::Look::empty) return Got::nothing;
      if (look == Ring::Look::corrupt) return Got::corrupt;
      if (place.length > room) {
        if (this->ring_.is_there()) return Got::too_large;
      } else if (this->ring_.take(place)) {
        return Got::message;
      }
    }
  }

  void give_back(const Place& place) {
    if (this->sleeps()) {
      this->ring_.free(place, std::memory_order_seq_cst);
      signal<Steps>(this->control().space);
    } else {
      this->ring_.free(place, std::memory_order_release);
    }
  }

  Loans<Place> borrowed_{loans_of(cell_layout_for(this->spec_).cells)};
};

}  // namespace ipcmark::ring
