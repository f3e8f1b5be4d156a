#include "results/explain/stamps.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "results/explain/paths.hpp"

namespace ipcmark {
namespace {

struct Call {
  std::uint64_t called_ns, done_ns;
  bool loaned = false;
};
using Calls = std::vector<Call>;

// The last word is the channel.
bool is_of(const std::string& name, std::string_view operation, char channel) {
  return name.size() == operation.size() + 2 && name.starts_with(operation) &&
         name.back() == channel;
}

Calls sends(const ProcessTrace& trace, char channel, bool prepared_before) {
  Calls calls;
  std::uint64_t loaned_ns = 0;
  for (const TraceEvent& event : trace.events) {
    if (event.outcome != "ok") continue;
    const std::uint64_t end_ns = event.start_ns + event.duration_ns;
    if (is_of(event.name, "loan channel", channel)) loaned_ns = event.start_ns;
    if (is_of(event.name, "send channel", channel)) calls.push_back({event.start_ns, end_ns});
    if (is_of(event.name, "publish channel", channel)) {
      const bool loaned = loaned_ns != 0 && !prepared_before;
      calls.push_back({loaned ? loaned_ns : event.start_ns, end_ns, loaned});
      loaned_ns = 0;
    }
  }
  return calls;
}

Calls receives(const ProcessTrace& trace, char channel) {
  Calls calls;
  for (const TraceEvent& event : trace.events) {
    if (event.outcome != "ok") continue;
    if (is_of(event.name, "receive channel", channel) ||
        is_of(event.name, "borrow channel", channel)) {
      calls.push_back({event.start_ns, event.start_ns + event.duration_ns});
    }
  }
  return calls;
}

struct StampedRange {
  std::size_t first = 0, end = 0;
};

// Of the stamped trips the measured ones, and of these those that the capture is whole for.
StampedRange measured_range(const std::array<Calls, 4>& calls, const MeasuredTrips& trips,
                            Capture& capture) {
  std::size_t stamped = calls[0].size();
  for (const Calls& each : calls) stamped = std::min(stamped, each.size());
  StampedRange range{stamped - std::min<std::size_t>(stamped, trips.stamped), stamped};
  const std::size_t all = range.end - range.first;
  while (range.first < range.end && calls.front()[range.first].called_ns < capture.whole_from_ns) {
    ++range.first;
  }
  while (range.first < range.end && calls.back()[range.end - 1].done_ns > capture.whole_until_ns) {
    --range.end;
  }
  if (range.end - range.first == all) capture.lost = 0;
  return range;
}

}  // namespace

bool add_stamps(const std::vector<ProcessTrace>& traces, const MeasuredTrips& trips,
                Capture& capture) {
  if (traces.empty() || traces.size() > 2) return false;
  const ProcessTrace& initiator = traces.front();
  const ProcessTrace& echo = traces.back();
  capture.initiator = initiator.pid;
  capture.echo = echo.pid;
  const std::array<Calls, 4> calls = {sends(initiator, '0', trips.prepared_before),
                                      receives(echo, '0'), sends(echo, '1', trips.prepared_before),
                                      receives(initiator, '1')};
  const StampedRange range = measured_range(calls, trips, capture);
  if (range.first == range.end) return false;
  for (std::size_t way = 0; way < calls.size(); ++way) {
    const bool sends_it = way % 2 == 0;
    const std::int32_t thread = way == 0 || way == 3 ? initiator.pid : echo.pid;
    for (std::size_t i = range.first; i < range.end; ++i) {
      const Call& call = calls[way][i];
      capture.events.push_back({call.called_ns,
                                sends_it ? EventKind::send_called : EventKind::receive_called, -1,
                                thread, call.loaned ? 1 : 0, 0});
      capture.events.push_back({call.done_ns,
                                sends_it ? EventKind::send_returned : EventKind::received, -1,
                                thread, 0, 0});
    }
  }
  return true;
}

double ratio_of_stretches(const std::vector<ProcessTrace>& traces, const Capture& capture) {
  std::uint64_t begin_ns = UINT64_MAX;
  for (const Event& event : capture.events) {
    if (is_stamp(event.kind)) begin_ns = std::min(begin_ns, event.time_ns);
  }
  std::vector<double> ratios;
  std::uint64_t stamped_ns = 0;
  for (const TraceEvent& event : traces.front().events) {
    if (event.start_ns < begin_ns) continue;
    if (is_of(event.name, "stretch", '1')) stamped_ns = event.duration_ns;
    if (!is_of(event.name, "stretch", '0') || stamped_ns == 0 || event.duration_ns == 0) continue;
    ratios.push_back(static_cast<double>(stamped_ns) / static_cast<double>(event.duration_ns));
    stamped_ns = 0;
  }
  return median_of(std::move(ratios));
}

void trim_to_stamps(Capture& capture) {
  std::uint64_t first = UINT64_MAX;
  std::uint64_t last = 0;
  for (const Event& event : capture.events) {
    if (!is_stamp(event.kind)) continue;
    first = std::min(first, event.time_ns);
    last = std::max(last, event.time_ns);
  }
  if (first > last) return;
  // A little more in front, which tells where the threads were.
  first -= std::min<std::uint64_t>(first, 100'000);
  first = std::max(first, capture.whole_from_ns);
  std::erase_if(capture.events, [&](const Event& event) {
    return !is_stamp(event.kind) && (event.time_ns < first || event.time_ns > last);
  });
}

}  // namespace ipcmark
