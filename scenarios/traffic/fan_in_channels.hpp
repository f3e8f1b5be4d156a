// Many workers around one: each sends to it, over one channel where the mechanism lets many send,
// else over a channel from each, which the receiver watches together; or it sends to each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/wait_set.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// Gives the layout the roles of one worker, its first, and of `count` others; returns the others.
std::vector<unsigned> assign_roles(Layout& layout, const char* first, const char* other,
                                   std::int64_t count);

// Appends the channels for `senders` (workers) to reach `receiver`: one that all share where the
// backend has such, else one each. `single` forces a channel from each, for scenarios in which a
// sender may be killed: what it leaves half-done then harms nobody else's.
void add_fan_in(Layout& layout, const BackendEntry& backend, const RunSpec& spec,
                const std::vector<unsigned>& senders, unsigned receiver, bool single = false);

// Appends a channel from `sender` to each of these workers.
void add_fan_out(Layout& layout, const RunSpec& spec, unsigned sender,
                 const std::vector<unsigned>& receivers);

// Where worker `place` of that list sends, and as which number among those that arrive together on
// that channel. `first`: the layout's index of the first channel that was appended.
struct Route {
  std::size_t channel;
  std::uint32_t number;
};
Route fan_in_route(const WorkerContext& context, std::size_t first, std::uint32_t place);

// The first of the layout's channels that this worker receives from; it must have one.
std::size_t first_received(const WorkerContext& context);

// The receiver's side. Borrows the context.
class FanInReceiver {
 public:
  // `first`, `senders`: as given to add_fan_in.
  FanInReceiver(WorkerContext& context, std::size_t first, std::size_t senders);

  // How many channels there are: `senders`, or 1 that all share.
  std::size_t channels() const { return channels_; }
  bool shared() const { return channels_ == 1; }
  // Index (0 … channels()-1) of a channel on which receive(immediate) will find something: a
  // message, or that it is closed. Sets the progress line while it waits. closed: all are;
  // would_block, timeout, peer_died as WaitSet.
  Result<std::size_t> wait(Deadline deadline);
  Receiver& receiver(std::size_t channel) { return context_.receiver(first_ + channel); }
  // Nothing more comes on that channel (its receive said closed, or its sender is dead).
  void done(std::size_t channel);

 private:
  WorkerContext& context_;
  std::size_t first_;
  std::size_t channels_;
  WaitSet set_;
  std::vector<std::size_t> open_;  // channel of each receiver in the set, in its order
};

}  // namespace ipcmark
