// Who has opened a channel in shared memory, and who of them was killed.
//
// Each end has a slot. Its number is what the end signs its claims with. While the end lives it
// holds a record lock of its own open file description (fcntl(2), F_OFD_SETLK) on the byte of that
// number in the channel's memory object. The kernel takes the lock back when the process dies, in
// whatever way, before its parent can reap it; it cannot be forged in shared memory, and no process
// id is ever mistaken for another's. So whoever gets the lock of a slot that is in use knows that
// its end is dead, and has the slot for itself while it repairs what that one left. If it dies over
// that, the next one gets the lock and begins again: a repair must be right when repeated from the
// start at any moment.
//
// A slot's word changes by one store, made by whoever holds its lock. Ends are counted there as
// they go; the sum over all slots says how many of each kind there were.
//
// Ends in one process have descriptions and locks of their own, too. A process that forks with ends
// open leaves its locks with the child as well, and counts as alive until both are gone.
#pragma once

#include <fcntl.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "backends/error.hpp"
#include "backends/fd.hpp"
#include "backends/shared_memory/steps.hpp"

namespace ipcmark::ring {

enum class Role : std::uint64_t { none = 0, sender, receiver };

inline constexpr unsigned max_ends = 256;
// How many ends one that waits looks at in a peer-check interval: a system call for each.
inline constexpr unsigned looks_at_once = 16;

// Of a slot's word.
inline Role role_of(std::uint64_t word) { return static_cast<Role>(word & 3U); }

// Zero-filled is the valid initial state.
struct EndTable {
  struct Slot {
    std::atomic<std::uint64_t> word;    // Role, and how the slot's ends went
    std::atomic<std::uint64_t> losses;  // with the ends repaired so far; CellRing::repair()
  };
  std::atomic<std::uint32_t> changes;  // ends came or went: counts are to be taken anew
  std::array<Slot, max_ends> slots;
};

struct EndCounts {
  std::uint64_t open_senders = 0, open_receivers = 0;
  std::uint64_t closed_senders = 0;     // said good-bye
  std::uint64_t abandoned_senders = 0;  // went without, or were killed
  std::uint64_t gone_receivers = 0;
};

template <class Steps = NoSteps>
class Ends {
 public:
  // `file`: the channel's object by a description of this end's own (reopen()).
  Ends(EndTable& table, Fd file) : table_(table), file_(std::move(file)) {}
  // Leaves the slot as it is: the lock goes with the file.
  ~Ends() = default;
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  // Takes a slot. `repair(number)` mends what a killed end of that slot has left. limit: all slots
  // are taken; refused or system: no record locks here.
  template <class Repair>
  Status join(Role role, Repair&& repair) {
    for (unsigned number = 0; number < max_ends; ++number) {
      if (!lock(number)) {
        if (errno == EAGAIN || errno == EACCES) continue;
        return fail(Errc::system, "fcntl(F_OFD_SETLK)", errno);
      }
      Steps::at();
      reap(number, repair);
      auto& word = table_.slots[number].word;
      word.store(gone_mask(word.load(std::memory_order_relaxed)) | static_cast<std::uint64_t>(role),
                 std::memory_order_seq_cst);
      Steps::at();
      table_.changes.fetch_add(1, std::memory_order_seq_cst);
      own_ = number;
      looks_at_ = number + 1;
      return {};
    }
    return fail(Errc::limit, "a channel in shared memory has at most 256 ends open");
  }
  bool joined() const { return own_.has_value(); }
  unsigned number() const { return *own_; }

  // The end goes; what it claimed is settled. Others are not woken by this.
  void leave(bool clean) {
    if (!own_) return;
    settle(*own_, clean);
    own_.reset();
    file_.reset();
  }

  // Repairs what killed ends have left; whether there was one. Looks at `max` ends, and the next
  // time at those that follow: where many wait, each of them looks.
  template <class Repair>
  bool reap_dead(unsigned max, Repair&& repair) {
    bool any = false;
    unsigned looked = 0;
    for (unsigned i = 0; i < max_ends && looked < max; ++i) {
      const unsigned number = looks_at_++ % max_ends;
      if (number == own_ || role_at(number) == Role::none) continue;
      ++looked;
      if (!lock(number)) continue;
      Steps::at();
      any = reap(number, repair) || any;
      unlock(number);
    }
    known_ = false;
    return any;
  }

  // As of the last change.
  const EndCounts& counts() {
    const std::uint32_t changes = table_.changes.load(std::memory_order_seq_cst);
    if (!known_ || changes != changes_) {
      add_up();
      changes_ = changes;
      known_ = true;
    }
    return counts_;
  }
  // The slots of the receivers that counts() has counted.
  std::span<const std::uint16_t> receivers() const {
    return std::span(receivers_).first(counts_.open_receivers);
  }

 private:
  // Of a slot's word: two bits of role, and three counts.
  static constexpr std::uint64_t count_bits = 20;
  static constexpr std::uint64_t one_closed = std::uint64_t{1} << 2U;
  static constexpr std::uint64_t one_abandoned = one_closed << count_bits;
  static constexpr std::uint64_t one_gone = one_abandoned << count_bits;
  static std::uint64_t gone_mask(std::uint64_t word) { return word & ~std::uint64_t{3}; }
  static constexpr std::uint64_t max_count = (std::uint64_t{1} << count_bits) - 1;
  static std::uint64_t count_in(std::uint64_t word, std::uint64_t unit) {
    return word / unit & max_count;
  }

  Role role_at(unsigned number) const {
    return role_of(table_.slots[number].word.load(std::memory_order_seq_cst));
  }
  // With errno: EAGAIN or EACCES, somebody else has it.
  bool lock(unsigned number) { return set(number, F_WRLCK); }
  void unlock(unsigned number) { set(number, F_UNLCK); }
  bool set(unsigned number, short type) {
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(number);
    range.l_len = 1;
    return ::fcntl(file_.get(), F_OFD_SETLK, &range) == 0;
  }

  // With the lock held: if the slot is in use, its end is dead.
  template <class Repair>
  bool reap(unsigned number, Repair&& repair) {
    if (role_at(number) == Role::none) return false;
    repair(number);
    Steps::at();
    settle(number, false);
    return true;
  }

  void settle(unsigned number, bool clean) {
    auto& word = table_.slots[number].word;
    const std::uint64_t before = word.load(std::memory_order_relaxed);
    const std::uint64_t unit = role_of(before) == Role::receiver ? one_gone
                               : clean                           ? one_closed
                                                                 : one_abandoned;
    // At its max a count stays there: one more would be counted among the next kind of ends.
    const std::uint64_t one = count_in(before, unit) < max_count ? unit : 0;
    word.store(gone_mask(before) + one, std::memory_order_seq_cst);
    Steps::at();
    table_.changes.fetch_add(1, std::memory_order_seq_cst);
    Steps::at();
  }

  void add_up() {
    counts_ = {};
    for (unsigned number = 0; number < max_ends; ++number) {
      const std::uint64_t word = table_.slots[number].word.load(std::memory_order_seq_cst);
      if (role_of(word) == Role::sender) ++counts_.open_senders;
      if (role_of(word) == Role::receiver) {
        receivers_[counts_.open_receivers++] = static_cast<std::uint16_t>(number);
      }
      counts_.closed_senders += count_in(word, one_closed);
      counts_.abandoned_senders += count_in(word, one_abandoned);
      counts_.gone_receivers += count_in(word, one_gone);
    }
  }

  EndTable& table_;
  Fd file_;
  std::optional<unsigned> own_;
  unsigned looks_at_ = 0;
  EndCounts counts_;
  std::array<std::uint16_t, max_ends> receivers_{};
  std::uint32_t changes_ = 0;
  bool known_ = false;
};

}  // namespace ipcmark::ring
