// Waiting for the moment a message is due, and the silence between sparse messages.
#pragma once

#include <cstdint>

#include "results/model/spec.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// A sleep may end this late; the rest is spent polling the clock, so that the wait ends on time.
inline constexpr std::uint64_t spin_before_ns = 100'000;

// Waits until messages are due, and accounts for the CPU time that takes, which is the harness's
// and no mechanism's. One thread.
class DueWait {
 public:
  // Sleeps and then polls the clock until it shows `due` or later; returns that reading. Returns at
  // once when that time is over.
  std::uint64_t until(std::uint64_t due_ns);

  // Enters what all waits so far cost into the worker's cost (WorkerReport::cost).
  void account(ProcessCost& cost) const;

 private:
  void sleep_until(std::uint64_t wake_ns);

  std::uint64_t polling_ns_ = 0;
  std::uint64_t sleeping_ns_ = 0;  // CPU time of going to sleep and waking up
  std::uint64_t sleeps_ = 0;
};

// Ping-pong with a silence before each message (--gap).
inline std::uint64_t gap_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("gap_ns", 0));
}

}  // namespace ipcmark
