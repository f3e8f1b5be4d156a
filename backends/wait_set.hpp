// Waits for any of several receivers, as the cell waits: by spinning; blocked in poll(2) over
// descriptors (in epoll_wait(2), where the cell polls) or futex_waitv(2) over shared words; or
// first the one and then the other. Mechanisms that have neither (SysV queues, declared so) are
// polled, which OpenContext::polled tells.
#pragma once

#include <linux/futex.h>
#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "backends/fd.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

// Between two looks, where no kernel object can end the wait.
inline constexpr std::uint64_t poll_interval_ns = 1'000'000;

class WaitSet {
 public:
  explicit WaitSet(Wait wait) : wait_(wait) {}
  // Borrowed: must outlive the set or be removed first.
  void add(Receiver& receiver);
  void remove(Receiver& receiver);
  // Index (in order of add) of a receiver that is ready; starts looking after the one returned
  // last, so that none starves. timeout, would_block; peer_died when `context.peer_died` is raised;
  // refused where the cell polls and the kernel gives no epoll.
  Result<std::size_t> wait(Deadline deadline, const OpenContext& context);

 private:
  std::optional<std::size_t> find_ready();
  std::optional<std::size_t> spin_for_ready(std::uint64_t ns);
  Result<std::optional<std::size_t>> block(std::uint64_t ns, const OpenContext& context);
  Status sleep(std::uint64_t ns, const OpenContext& context);
  Status sleep_in_epoll(std::uint64_t ns);
  void announce(bool waiting);

  Wait wait_;
  std::vector<Receiver*> receivers_;
  std::size_t next_ = 0;
  std::vector<pollfd> polled_;      // scratch of sleep(), kept so that it allocates once
  std::vector<futex_waitv> words_;  // likewise
  Fd epoll_;                        // of all receivers; none after a change of them
};

}  // namespace ipcmark
