#include "scenarios/launch/pause.hpp"

namespace ipcmark {

void PauseWatch::look(std::uint64_t now_ns, std::uint64_t missed_ns, std::uint64_t done) {
  const std::uint64_t gap_ns = missed_ns - last_missed_ns_;
  const std::uint64_t more = done - last_done_;
  if (gap_ns >= shortest_ns) {
    // What was done between the last look and the pause is no more than a tick's worth; half of
    // what the gap would have held is far above that.
    const auto worked_ns = static_cast<double>(last_ns_ - began_ns_);
    const double pace = worked_ns > 0 ? static_cast<double>(last_done_) / worked_ns : 0;
    seen_ = seen_ || static_cast<double>(more) <= pace * static_cast<double>(gap_ns) / 2;
  }
  if (last_done_ == 0) began_ns_ = last_ns_;
  last_ns_ = now_ns;
  last_missed_ns_ = missed_ns;
  last_done_ = done;
}

}  // namespace ipcmark
