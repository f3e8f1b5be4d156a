// The plainest ping-pong over two pipes: two processes, read(2), write(2) and the clock, without a
// line of the backends, the scenarios or the launcher. What ipcmark's own figure is compared with
// on the user's machine; bench/handwritten has such programs for more mechanisms.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "backends/error.hpp"

namespace ipcmark {

struct PlainPingPong {
  std::uint64_t size = 64;        // bytes of a message; all are written before, and read after
  std::uint64_t duration_ns = 0;  // measured; a tenth of it goes before as warm-up
  std::uint64_t slowed_ns = 0;    // spun before each answer, to break it on purpose
  std::array<int, 2> cpus{0, 1};  // of the initiator and of the echo
  // Borrowed; may be null. Once it is not 0, the control is ended (interrupted).
  const std::atomic<int>* stop_signal = nullptr;
};

// The median round trip in ns. Blocking: starts this program again as the control, and reaps it.
// corrupt: it ended without a figure, or had none 10 s after it should have.
Result<double> plain_ping_pong(const PlainPingPong& how);

// The control's own main; called by run_as_worker_if_asked(). Nothing: not asked.
std::optional<int> run_as_control_if_asked(int argc, char** argv);

}  // namespace ipcmark
