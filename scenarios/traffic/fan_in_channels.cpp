#include "scenarios/traffic/fan_in_channels.hpp"

#include <algorithm>
#include <numeric>

#include "scenarios/traffic/channel_fit.hpp"

namespace ipcmark {

std::vector<unsigned> assign_roles(Layout& layout, const char* first, const char* other,
                                   std::int64_t count) {
  layout.roles.assign(static_cast<std::size_t>(count) + 1, other);
  layout.roles.front() = first;
  std::vector<unsigned> others(static_cast<std::size_t>(count));
  std::iota(others.begin(), others.end(), 1U);
  return others;
}

void add_fan_in(Layout& layout, const BackendEntry& backend, const RunSpec& spec,
                const std::vector<unsigned>& senders, unsigned receiver, bool single) {
  const auto count = static_cast<std::uint32_t>(senders.size());
  const ChannelSpec shared = channel_of(spec, count, 1);
  if (!single && count > 1 &&
      unsupported_reason(backend.capabilities(shared), shared, spec).empty()) {
    layout.channels.push_back({shared, senders, {receiver}});
    return;
  }
  const ChannelSpec own = channel_of(spec);
  for (const unsigned sender : senders) layout.channels.push_back({own, {sender}, {receiver}});
}

void add_fan_out(Layout& layout, const RunSpec& spec, unsigned sender,
                 const std::vector<unsigned>& receivers) {
  const ChannelSpec own = channel_of(spec);
  for (const unsigned receiver : receivers) layout.channels.push_back({own, {sender}, {receiver}});
}

Route fan_in_route(const WorkerContext& context, std::size_t first, std::uint32_t place) {
  // With a channel each, the first is held by the worker of place 0 alone.
  const bool shared = place != 0 && context.sends(first);
  return shared || place == 0 ? Route{first, place} : Route{first + place, 0};
}

std::size_t first_received(const WorkerContext& context) {
  std::size_t channel = 0;
  while (!context.receives(channel)) ++channel;
  return channel;
}

FanInReceiver::FanInReceiver(WorkerContext& context, std::size_t first, std::size_t senders)
    : context_(context), first_(first), channels_(1), set_(context.spec().wait) {
  while (channels_ < senders && context.receives(first + channels_)) ++channels_;
  for (std::size_t i = 0; i < channels_; ++i) {
    set_.add(receiver(i));
    open_.push_back(i);
  }
}

Result<std::size_t> FanInReceiver::wait(Deadline deadline) {
  if (open_.empty()) return fail(Errc::closed, "wait");
  context_.progress().enter(Operation::wait_set, 0);
  const auto ready = set_.wait(deadline, context_.open_context());
  if (!ready) return tl::make_unexpected(ready.error());
  return open_[*ready];
}

void FanInReceiver::done(std::size_t channel) {
  const auto at = std::find(open_.begin(), open_.end(), channel);
  if (at == open_.end()) return;
  set_.remove(receiver(channel));
  open_.erase(at);
}

}  // namespace ipcmark
