// Waits in a mechanism's own system calls, and still sees what no kernel object would tell: that a
// peer has died.
//
// Deadline::never() is the plainest blocking call, interrupted every 100 ms by a InterruptTimer.
// Other deadlines try, then sleep in a timed call of at most 100 ms at a time; without one, in naps
// between tries. EINTR is never an answer.
#pragma once

#include <algorithm>
#include <cerrno>

#include "backends/kernel/bounded_wait.hpp"
#include "backends/kernel/interrupt_timer.hpp"

namespace ipcmark {

// One thread at a time; `context` outlives it.
class InterruptibleCall {
 public:
  explicit InterruptibleCall(const OpenContext& context) : context_(context) {}

  // Each of the calls answers whether it got what is waited for, else sets errno: `block` waits as
  // long as it takes, `attempt` not at all, `within(ns)` at most that long (it may answer early).
  template <class Block, class Attempt, class Within>
  Status get(const char* operation, Deadline deadline, Block block, Attempt attempt,
             Within within) {
    if (deadline.is_never()) return get_blocking(operation, block, attempt);
    bool got = attempt();
    while (!got) {
      if (!not_yet(errno)) return fail(Errc::system, operation, errno);
      if (const Status wait = may_wait(deadline, context_, operation); !wait) {
        // What came before the death is still to be had.
        if (wait.error().code == Errc::peer_died && attempt()) return {};
        return wait;
      }
      got = within(next_sleep_ns(deadline));
    }
    return {};
  }

  // For mechanisms without a timed call: naps between tries, 10 us at first, growing to 1 ms.
  template <class Block, class Attempt>
  Status get(const char* operation, Deadline deadline, Block block, Attempt attempt) {
    std::uint64_t sleep_ns = 10'000;
    return get(operation, deadline, block, attempt, [&](std::uint64_t ns) {
      const timespec pause{0, static_cast<long>(std::min(ns, sleep_ns))};
      ::nanosleep(&pause, nullptr);
      sleep_ns = std::min<std::uint64_t>(2 * sleep_ns, 1'000'000);
      return attempt();
    });
  }

 private:
  static bool not_yet(int error) { return error == EAGAIN || error == EINTR || error == ETIMEDOUT; }

  template <class Block, class Attempt>
  Status get_blocking(const char* operation, Block block, Attempt attempt) {
    if (const Status armed = interrupt_timer_.arm(); !armed) return armed;
    while (!block()) {
      if (errno != EINTR) return fail(Errc::system, operation, errno);
      if (context_.peer_died->load(std::memory_order_relaxed) == 0) continue;
      // What came before the death is still to be had.
      if (attempt()) return {};
      return fail(Errc::peer_died, operation);
    }
    return {};
  }

  const OpenContext& context_;
  InterruptTimer interrupt_timer_;
};

}  // namespace ipcmark
