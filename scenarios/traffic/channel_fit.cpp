#include "scenarios/traffic/channel_fit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "backends/loans.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/option_row.hpp"
#include "scenarios/traffic/payload.hpp"

namespace ipcmark {
namespace {

bool waits_as(const Capabilities& can, Wait wait) {
  switch (wait) {
    case Wait::block:
      return can.block;
    case Wait::spin:
      return can.spin;
    case Wait::hybrid:
      return can.hybrid;
    case Wait::poll:
      return can.pollable;
  }
  return false;
}

}  // namespace

ChannelSpec channel_of(const RunSpec& spec, std::uint32_t senders, std::uint32_t receivers) {
  ChannelSpec channel;
  channel.largest_message = spec.size;
  channel.depth = spec.depth;
  channel.senders = senders;
  channel.receivers = receivers;
  channel.batch = spec.batch;
  channel.wait = own_wait(spec.wait);
  channel.huge_pages = spec.huge_pages;
  channel.wake = spec.wake;
  return channel;
}

std::string unsupported_reason(const Capabilities& can, const ChannelSpec& channel,
                               const RunSpec& spec) {
  if (!can.unsupported_reason.empty()) return can.unsupported_reason;
  if (channel.senders > 1 && !can.many_senders) return "needs many_senders";
  if (channel.receivers > 1 && !can.many_receivers && !can.broadcast) return "needs many_receivers";
  if (channel.topic_at != 0 && !can.topics) return "needs topics";
  if (spec.wake != Wake::futex && !can.chooses_wake) {
    return fmt::format("needs a wake-up that may be chosen: no --wake {} here",
                       to_string(spec.wake));
  }
  if (!waits_as(can, spec.wait)) return fmt::format("needs wait={}", to_string(spec.wait));
  if (channel.largest_message > can.largest_message) {
    return fmt::format("needs messages of {}, carries at most {}",
                       size_text(channel.largest_message), size_text(can.largest_message));
  }
  if (spec.zero_copy && !can.zero_copy) return "needs zero_copy";
  if (spec.batch > 1 && !can.batches) return "needs batches";
  if (spec.huge_pages != HugePages::off && !can.huge_pages) return "needs huge_pages";
  return {};
}

std::string losses_unsupported(const Capabilities& can, const ScenarioEntry& scenario,
                               const RunSpec& spec) {
  if (!can.lossy) return {};
  if (!scenario.measures_losses) return "needs every message to arrive";
  // By its place in the row of arrivals, which a lost message shifts, its length is not known.
  if (!spec.size_mix.empty()) return "needs messages of one size, to count what is lost";
  if (!spec.replay.empty()) return "needs messages at a rate and no replay, to count what is lost";
  if (!spec.burst.empty() && scenario.awaits_answers) {
    return "needs trips without bursts, to count what is lost";
  }
  if (spec.size >= short_stamp_bytes) return {};
  return fmt::format("needs messages of at least {} bytes, to count what is lost",
                     short_stamp_bytes);
}

OptionRow loans_option() {
  return count_option("loans", 1, "messages an end has on loan\nAt once, with --zero-copy.", 1,
                      max_loans);
}

std::uint32_t loans_asked(const RunSpec& spec) {
  return static_cast<std::uint32_t>(spec.option("loans", 1));
}

std::string loans_unsupported(const BackendEntry& backend, const RunSpec& spec) {
  const std::int64_t wanted = spec.option("loans", 1);
  if (wanted < 1 || wanted > max_loans)
    return fmt::format("needs loans between 1 and {}", max_loans);
  if (wanted == 1 || backend.capabilities == nullptr) return {};
  if (!spec.zero_copy) return "needs zero-copy, to have several messages on loan";
  const Capabilities can = backend.capabilities(channel_of(spec));
  const std::uint32_t max = std::min(can.loans, can.borrows);
  if (!can.unsupported_reason.empty() || !can.zero_copy || wanted <= max) return {};
  return fmt::format("needs {} messages on loan at once, has at most {}", wanted, max);
}

bool may_lose(const BackendEntry& backend, const RunSpec& spec) {
  return backend.capabilities != nullptr && backend.capabilities(channel_of(spec)).lossy;
}

bool in_one_process(const BackendEntry& backend, const RunSpec& spec) {
  return backend.capabilities != nullptr && backend.capabilities(channel_of(spec)).one_process;
}

}  // namespace ipcmark
