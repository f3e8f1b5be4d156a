#include "scenarios/messaging/naive_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "results/text/quantities.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

namespace {

// More than both ends of a mechanism hold, whatever it was enlarged to.
constexpr std::uint64_t capacities = 4;

std::uint64_t payload_of(const WorkerContext& context, std::uint32_t channel) {
  return std::max(context.spec().size, capacities * context.buffer_bytes(channel));
}

}  // namespace

Layout naive_layout(const RunSpec& spec, std::uint64_t chunk) {
  Layout result;
  ChannelSpec channel = channel_of(spec);
  channel.largest_message = std::min(chunk, std::max<std::uint64_t>(spec.size, 1));
  result.roles = {"left", "right"};
  result.channels = {{channel, {0}, {1}}, {channel, {1}, {0}}};
  result.foresees_deadlock = true;
  return result;
}

Status run_naive(WorkerContext& context, std::uint64_t chunk) {
  const RunSpec& spec = context.spec();
  const auto to = static_cast<std::uint32_t>(context.index());
  const std::uint32_t from = 1 - to;
  MessageBuffer buffer(std::min(chunk, std::max<std::uint64_t>(spec.size, 1)));
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const std::uint64_t payload = payload_of(context, to);
  std::uint64_t sent = 0;
  while (sent < payload) {
    const std::uint64_t piece = std::min<std::uint64_t>(buffer.span().size(), payload - sent);
    fill_pattern(buffer.span().first(piece), spec.seed, to, sent);
    context.progress().enter(Operation::send, to);
    const Status done = context.sender(to).send(buffer.span().first(piece), Deadline::never());
    if (!done) return done;
    sent += piece;
    context.progress().count(sent);
  }
  context.progress().enter(Operation::close, to);
  if (const Status closed = context.sender(to).close(Deadline::never()); !closed) return closed;
  std::uint64_t received = 0;
  std::vector<std::byte> expected(buffer.span().size());
  for (;;) {
    context.progress().enter(Operation::receive, from);
    const auto size = context.receiver(from).receive(buffer.span(), Deadline::never());
    if (!size && size.error().code == Errc::closed) break;
    if (!size) return tl::make_unexpected(size.error());
    fill_pattern(std::span(expected).first(*size), spec.seed, from, received);
    const auto piece = buffer.span().first(*size);
    ++context.report().integrity.checked;
    if (!std::equal(piece.begin(), piece.end(), expected.begin())) {
      ++context.report().integrity.corrupted;
    }
    received += *size;
  }
  context.report().tallies["bytes_sent"] = static_cast<std::int64_t>(sent);
  context.report().tallies["bytes_received"] = static_cast<std::int64_t>(received);
  context.report().ok = true;
  return {};
}

void reduce_naive(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t bytes = 0;
  std::int64_t expected = 0;
  for (const WorkerReport& report : reports) {
    bytes += count_of(report, "bytes_received");
    expected += count_of(report, "bytes_sent");
  }
  trial.counts["bytes_received"] = bytes;
  trial.counts["bytes_expected"] = expected;
  trial.counts["deadlock_found"] = 0;
  gather(reports, trial);
  if (bytes != expected || expected < static_cast<std::int64_t>(2 * spec.size)) {
    return reject(trial, fmt::format("{} bytes arrived, not {}", bytes, expected));
  }
  if (trial.state == State::passed) {
    trial.reason = fmt::format("no deadlock: the channels hold {} each way",
                               size_text(static_cast<std::uint64_t>(expected) / 2));
  }
}

}  // namespace ipcmark
