#include "tools/explain/switch_ring.hpp"

#include <linux/perf_event.h>

#include <algorithm>

namespace ipcmark {
namespace {

// What follows the header: PERF_SAMPLE_TID, _TIME, _CPU.
struct SampleId {
  std::uint32_t pid, tid;
  std::uint64_t time_ns;
  std::uint32_t cpu, reserved;
};
struct SwitchRecord {
  perf_event_header header;
  SampleId id;
};

SwitchRecord record_at(std::span<const std::byte> data, std::uint64_t at) {
  SwitchRecord record{};
  auto* const to = reinterpret_cast<std::byte*>(&record);
  for (std::size_t i = 0; i < sizeof record; ++i) to[i] = data[(at + i) % data.size()];
  return record;
}

Event event_of(const SwitchRecord& record, std::int32_t thread) {
  const bool out = (record.header.misc & PERF_RECORD_MISC_SWITCH_OUT) != 0;
  const bool preempted = (record.header.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) != 0;
  Event event;
  event.time_ns = record.id.time_ns;
  event.kind = EventKind::switched;
  event.cpu = static_cast<std::int16_t>(record.id.cpu);
  event.thread = out ? thread : -1;
  event.other = out ? -1 : thread;
  event.detail = out && !preempted ? 1 : 0;
  return event;
}

}  // namespace

void add_switches(const SwitchRing& ring, Capture& capture) {
  if (ring.data.empty()) return;
  const std::uint64_t written = 0 - ring.head;
  const std::uint64_t kept = std::min<std::uint64_t>(written, ring.data.size());
  std::uint64_t read = 0;
  std::uint64_t oldest_ns = UINT64_MAX;
  while (read + sizeof(perf_event_header) <= kept) {
    const SwitchRecord record = record_at(ring.data, ring.head + read);
    // The last one may be overwritten in part.
    if (record.header.size == 0 || read + record.header.size > kept) break;
    read += record.header.size;
    if (record.header.type != PERF_RECORD_SWITCH) continue;
    capture.events.push_back(event_of(record, ring.thread));
    oldest_ns = std::min(oldest_ns, record.id.time_ns);
  }
  if (written == kept) return;
  capture.lost += (written - read) / sizeof(SwitchRecord);
  capture.whole_from_ns = std::max(capture.whole_from_ns, oldest_ns);
}

}  // namespace ipcmark
