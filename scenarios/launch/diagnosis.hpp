// Deadlock or not: who waits for whom, from what the workers say they are doing.
//
// A worker in send (or close) waits until any of the channel's receivers takes something; one in
// receive (or in a wait set) until any of the senders gives something; one in lock for anybody; one
// at the barrier for all that have not arrived. Deadlocked is the largest set of workers that
// all wait and of whom each can only be helped from within the set. What a worker does is believed
// only when two samples at least 500 ms apart agree: asleep both times, same operation, nothing
// finished in between, and no more context switches than sleeping in slices explains. Of who runs
// all the while the watchdog believes it when nothing at all has moved for seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/launch/process_state.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// One look at one worker.
struct WorkerSample {
  bool up = false;        // its process runs our code
  bool ended = false;     // its process is gone
  bool finished = false;  // its report is there: it sends and receives nothing any more
  bool arrived = false;   // at a barrier not yet released
  Stage stage = Stage::open;
  Operation operation = Operation::none;
  std::uint32_t place = 0;  // channel or lock of the layout
  std::uint64_t done = 0;
  bool in_flight = false;  // bytes sent over a network are not acknowledged: to it, or to another
  ProcessState process;
};

// Backends without a kernel object to sleep on look up every 100 ms, each time a context switch or
// two. More than this many between two samples means that something really happens.
std::uint64_t switches_of_slices(std::uint64_t between_samples_ns);
// A wait set over a mechanism without anything to sleep on (System V queues) looks every 1 ms.
std::uint64_t switches_of_polling(std::uint64_t between_samples_ns);

// Whether the worker slept through the time between both samples, in one operation.
bool stuck(const WorkerSample& first, const WorkerSample& second, std::uint64_t between_ns);

// Whether the worker ran for so long between both samples, and came no further in one operation all
// the same: it looks for what it waits for again and again. The longest message is copied, or
// verified, in less, however long that takes on a busy machine.
inline constexpr std::uint64_t spinning_ns = 2'000'000'000;
bool spins(const WorkerSample& first, const WorkerSample& second);

// Why a trial ends that does not end by itself.
struct TrialEnd {
  State state = State::failed;
  Cause cause = Cause::operation;
  std::string reason;              // names everyone in it
  std::uint64_t diagnosed_ns = 0;  // of a deadlock: from the last change seen to this finding
};

// A deadlock; or a timeout: no cycle, but nobody is left who could end the wait.
// `stuck_workers[i]`: see stuck(). `mechanism`: the backend's name, for the text. Pure.
std::optional<TrialEnd> diagnose(const Layout& layout, const std::string& mechanism,
                                 const std::vector<WorkerSample>& workers,
                                 const std::vector<bool>& stuck_workers);

// A channel that one worker finds full and another empty, if there is one.
std::optional<std::size_t> stalled_channel(const Layout& layout,
                                           const std::vector<WorkerSample>& workers);

// "sender 0 in send on channel 1 (pipe, full)".
std::string doing_text(const Layout& layout, const std::string& mechanism, unsigned worker,
                       const WorkerSample& sample);

}  // namespace ipcmark
