// Waits for any of several receivers: poll(2) over descriptors, futex_waitv(2) over shared words,
// and a poll every millisecond for mechanisms that have neither (SysV queues, declared so).
#pragma once

#include <linux/futex.h>
#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "backends/transport.hpp"

namespace ipcmark {

class WaitSet {
 public:
  // Borrowed: must outlive the set or be removed first.
  void add(Receiver& receiver);
  void remove(Receiver& receiver);
  // Index (in order of add) of a receiver that is ready; starts looking after the one returned
  // last, so that none starves. timeout, would_block; peer_died when `context.peer_died` is raised.
  Result<std::size_t> wait(Deadline deadline, const OpenContext& context);

 private:
  std::optional<std::size_t> find_ready();
  void sleep(std::uint64_t ns);
  void announce(bool waiting);

  std::vector<Receiver*> receivers_;
  std::size_t next_ = 0;
  std::vector<pollfd> polled_;      // scratch of sleep(), kept so that it allocates once
  std::vector<futex_waitv> words_;  // likewise
};

}  // namespace ipcmark
