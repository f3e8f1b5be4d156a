// A pause of the whole group that no process sees of the others: a container that is frozen stops
// the coordinator and its workers together, and none of them is ever seen stopped.
//
// It shows when the coordinator missed some time at once in which the workers, had they run, would
// have come much further than they have. Where the coordinator alone was held up, they have.
#pragma once

#include <cstdint>

namespace ipcmark {

class PauseWatch {
 public:
  // A shorter gap is that of a busy machine.
  static constexpr std::uint64_t shortest_ns = 2'000'000'000;

  // At each look: the watched time, how much of the time before was missed (watched_time.hpp), and
  // what the workers have done so far, all together.
  void look(std::uint64_t now_ns, std::uint64_t missed_ns, std::uint64_t done);
  bool seen() const { return seen_; }

 private:
  bool seen_ = false;
  std::uint64_t began_ns_ = 0;  // of the work: the look before the first thing was done
  std::uint64_t last_ns_ = 0;
  std::uint64_t last_missed_ns_ = 0;
  std::uint64_t last_done_ = 0;
};

}  // namespace ipcmark
