#include "results/explain/chain.hpp"

#include <algorithm>

namespace ipcmark {
namespace {

bool has_number(EventKind kind) {
  return kind == EventKind::enter || kind == EventKind::leave || kind == EventKind::interrupt_in ||
         kind == EventKind::interrupt_out || kind == EventKind::softirq_in ||
         kind == EventKind::softirq_out;
}

bool names_a_task(EventKind kind) {
  return kind == EventKind::waking || kind == EventKind::runnable || kind == EventKind::switched ||
         kind == EventKind::migrated;
}

// Who is woken, switched in or moved; else who has come to run. Of a waking whose interrupt comes
// next, since nothing told that it was sent: whom that found running, as where it was told.
std::int32_t subject_of(const Event& from, const Event& to) {
  if (names_a_task(to.kind)) return to.other;
  if (from.kind == EventKind::waking && to.kind == EventKind::interrupt_in) return to.thread;
  return names_a_task(from.kind) ? from.other : to.thread;
}

class ChainWalk {
 public:
  ChainWalk(const Timeline& timeline, const Trip& trip)
      : timeline_(timeline), trip_(trip), begin_ns_(timeline.time_ns(trip.begin)) {}
  Chain run();

 private:
  struct Place {
    std::int32_t thread = 0;
    EventIndex event = no_event;
  };

  const Event& at(EventIndex index) const { return timeline_.at(index); }
  bool step();  // false: the chain has ended
  bool step_on_cpu();
  bool follow_interrupt();
  bool cut();
  bool since_the_begin(bool inferred);
  bool kept_by_another(bool inferred);
  bool came_unrecorded(std::int32_t before, const Event& now) const;
  bool waited_for_another(const Event& waking, const Event& now) const;
  void add(EventIndex from, EventIndex to, bool hop, bool inferred);
  void add_all(const std::vector<EventIndex>& events, bool inferred);
  bool follow_waking(EventIndex before, EventIndex waking);
  bool follow_message(EventIndex before);
  std::vector<EventIndex> on_the_way(EventIndex from, EventIndex to) const;
  EventIndex interrupt_sent(EventIndex waking, EventIndex until) const;
  EventIndex previous() const;

  const Timeline& timeline_;
  const Trip& trip_;
  std::uint64_t begin_ns_;
  Place here_;
  Chain chain_;
};

// Whether another task than those of the exchange gives the CPU up that was not seen to get it: the
// kernel did not record that switch, and the time since is that task's.
bool ChainWalk::came_unrecorded(std::int32_t before, const Event& now) const {
  return now.kind == EventKind::switched && now.thread > 0 && now.thread != before &&
         timeline_.actor(now.thread).kind == ActorKind::other;
}

// Whether another task had the CPU on which the woken one is switched in, and nothing told when the
// interrupt came there.
bool ChainWalk::waited_for_another(const Event& waking, const Event& now) const {
  return waking.kind == EventKind::waking && now.kind == EventKind::switched &&
         now.cpu != waking.cpu && timeline_.actor(now.thread).kind == ActorKind::other;
}

void ChainWalk::add(EventIndex from, EventIndex to, bool hop, bool inferred) {
  const Event& a = at(from);
  const Event& b = at(to);
  Segment segment;
  segment.kind.from = a.kind;
  segment.kind.to = b.kind;
  segment.kind.hop = hop;
  segment.kind.inferred = inferred;
  if (has_number(a.kind) || a.kind == EventKind::send_called) segment.kind.from_other = a.other;
  if (has_number(b.kind)) segment.kind.to_other = b.other;
  segment.task = a.kind == EventKind::switched ? a.other : a.thread;
  if (came_unrecorded(segment.task, b) && !hop && at(from).cpu == b.cpu) {
    segment.task = b.thread;
    segment.kind.inferred = true;
    ++chain_.inferred;
  } else if (waited_for_another(a, b)) {
    segment.task = b.thread;
  }
  segment.kind.owner = timeline_.actor(segment.task);
  segment.interrupted = b.kind == EventKind::interrupt_in ? b.thread : segment.task;
  segment.kind.subject = timeline_.actor(subject_of(a, b));
  segment.cpu = b.cpu;
  segment.begin_ns = a.time_ns;
  segment.end_ns = b.time_ns;
  if (b.time_ns < a.time_ns) {
    ++chain_.negative;
    segment.end_ns = segment.begin_ns;
  }
  chain_.segments.push_back(segment);
}

// Between neighbours, from the last to the first; the last one may hold a switch not recorded.
void ChainWalk::add_all(const std::vector<EventIndex>& events, bool inferred) {
  for (std::size_t i = events.size() - 1; i > 0; --i) {
    add(events[i - 1], events[i], false, inferred && i == events.size() - 1);
  }
}

bool ChainWalk::cut() {
  Segment segment;
  segment.kind.from = segment.kind.to = EventKind::send_called;
  segment.kind.before = true;
  segment.task = here_.thread;
  segment.kind.owner = segment.kind.subject = timeline_.actor(here_.thread);
  segment.cpu = at(here_.event).cpu;
  segment.begin_ns = begin_ns_;
  segment.end_ns = at(here_.event).time_ns;
  chain_.segments.push_back(segment);
  chain_.complete = chain_.cut = true;
  return false;
}

// The thread has waited for its CPU since before the trip: where that CPU is the initiator's, what
// happened there since the trip's begin is what it waited for.
bool ChainWalk::since_the_begin(bool inferred) {
  if (at(trip_.begin).cpu != at(here_.event).cpu || trip_.begin >= here_.event) {
    return kept_by_another(inferred) ? false : cut();
  }
  add_all(on_the_way(trip_.begin, here_.event), inferred);
  here_ = {at(trip_.begin).thread, trip_.begin};
  return true;
}

// Or another task has had that CPU since before the trip: then all that happened there since the
// trip's begin is what it waited for, and nothing of it the trip's own. True: the chain has ended.
bool ChainWalk::kept_by_another(bool inferred) {
  const EventIndex before = timeline_.last_before(timeline_.of_cpu(at(here_.event).cpu), begin_ns_);
  if (before == no_event) return false;
  const Event& last = at(before);
  const std::int32_t task = last.kind == EventKind::switched ? last.other : last.thread;
  if (timeline_.actor(task).kind != ActorKind::other) return false;
  add_all(on_the_way(before, here_.event), inferred);
  chain_.segments.back().begin_ns = begin_ns_;  // the first in time
  chain_.complete = true;
  return true;
}

// What the thread did last before `here_`; an event of the same time counts by its place.
EventIndex ChainWalk::previous() const {
  const auto own = timeline_.of_thread(here_.thread);
  const auto place = std::lower_bound(own.begin(), own.end(), here_.event);
  return place == own.begin() ? no_event : *(place - 1);
}

// The interrupt that tells the woken task's CPU of it; no_event: none was needed.
EventIndex ChainWalk::interrupt_sent(EventIndex waking, EventIndex until) const {
  const Event& woke = at(waking);
  const std::int16_t cpu = at(until).cpu;
  if (cpu == woke.cpu) return no_event;
  const auto window =
      timeline_.between(timeline_.of_thread(woke.thread), woke.time_ns, at(until).time_ns);
  for (const EventIndex index : window) {
    const Event& event = at(index);
    if (event.kind == EventKind::enter || event.kind == EventKind::waking) break;
    if (event.kind == EventKind::ipi && (event.other == cpu || event.other < 0)) return index;
  }
  return no_event;
}

// `from`, what happened on the CPU of `to` since, and `to`.
std::vector<EventIndex> ChainWalk::on_the_way(EventIndex from, EventIndex to) const {
  std::vector<EventIndex> events{from};
  if (at(from).kind == EventKind::waking) {
    if (const EventIndex sent = interrupt_sent(from, to); sent != no_event) events.push_back(sent);
  }
  for (const EventIndex index :
       timeline_.between(timeline_.of_cpu(at(to).cpu), at(from).time_ns, at(to).time_ns)) {
    if (index != events.back()) events.push_back(index);
  }
  events.push_back(to);
  std::sort(events.begin() + 1, events.end() - 1);
  return events;
}

bool ChainWalk::follow_waking(EventIndex before, EventIndex waking) {
  const Event& now = at(here_.event);
  const bool switched_in = now.kind == EventKind::switched && now.other == here_.thread;
  const bool slept = before != no_event && at(before).kind == EventKind::switched;
  const bool inferred = !switched_in && slept;
  if (inferred) ++chain_.inferred;
  if (at(waking).time_ns < begin_ns_) return since_the_begin(inferred);
  add_all(on_the_way(waking, here_.event), inferred);
  here_ = {at(waking).thread, waking};
  return true;
}

// The message came while this thread looked for it: whoever sent it was waited for.
bool ChainWalk::follow_message(EventIndex before) {
  for (const TripMessage* message : {&trip_.back, &trip_.there}) {
    const Event& received = at(message->received);
    if (received.thread != here_.thread || here_.event > message->received ||
        here_.event <= message->receive_called) {
      continue;
    }
    const Event& sent = at(message->send_called);
    if (sent.thread == here_.thread) return false;
    const std::uint64_t now_ns = at(here_.event).time_ns;
    const auto woken = timeline_.between(timeline_.wakings_of(here_.thread), sent.time_ns, now_ns);
    if (!woken.empty()) return false;
    const EventIndex last = timeline_.last_before(timeline_.of_thread(sent.thread), now_ns);
    if (last == no_event || last < message->send_called) return false;
    const EventIndex from = std::min(last, message->send_returned);
    if (before != no_event && from <= before) return false;
    add(from, here_.event, true, false);
    here_ = {sent.thread, from};
    return true;
  }
  return false;
}

// Back to where the interrupt came from: the last one sent to this CPU.
bool ChainWalk::follow_interrupt() {
  const std::int16_t cpu = at(here_.event).cpu;
  for (EventIndex index = here_.event; index-- > 0 && at(index).time_ns >= begin_ns_;) {
    const Event& sent = at(index);
    if (sent.kind != EventKind::ipi || sent.cpu == cpu) continue;
    if (sent.other != cpu && sent.other >= 0) continue;
    add(index, here_.event, false, false);
    here_ = {sent.thread, index};
    return true;
  }
  return cut();
}

// In an interrupt of an idle CPU. Where these are not recorded, nothing tells what woke it.
bool ChainWalk::step_on_cpu() {
  if (!timeline_.capture().has_kernel_events) return cut();
  const Event& now = at(here_.event);
  const auto kind = static_cast<Interrupt>(now.other);
  const bool was_sent = kind == Interrupt::reschedule || kind == Interrupt::call_function;
  if (now.kind == EventKind::interrupt_in && was_sent) return follow_interrupt();
  const auto own = timeline_.of_cpu(now.cpu);
  const auto place = std::lower_bound(own.begin(), own.end(), here_.event);
  if (place == own.begin()) return cut();
  const EventIndex before = *(place - 1);
  if (at(before).time_ns < begin_ns_) return cut();
  add(before, here_.event, false, false);
  const Event& then = at(before);
  here_ = {then.thread, before};
  return true;
}

bool ChainWalk::step() {
  if (here_.event == trip_.begin) {
    chain_.complete = true;
    return false;
  }
  if (here_.thread == idle_task) return step_on_cpu();
  const EventIndex before = previous();
  const std::uint64_t now_ns = at(here_.event).time_ns;
  const std::uint64_t since_ns = before == no_event ? 0 : at(before).time_ns;
  const auto woken = timeline_.between(timeline_.wakings_of(here_.thread), since_ns, now_ns);
  if (!woken.empty()) return follow_waking(before, woken.back());
  if (follow_message(before)) return true;
  if (before == no_event) return cut();
  const Event& then = at(before);
  const Event& now = at(here_.event);
  const bool was_out = then.kind == EventKind::switched && then.thread == here_.thread;
  const bool inferred = was_out && !(now.kind == EventKind::switched && now.other == here_.thread);
  if (inferred) ++chain_.inferred;
  if (then.time_ns < begin_ns_) return was_out ? since_the_begin(inferred) : cut();
  if (was_out) {
    add_all(on_the_way(before, here_.event), inferred);
  } else {
    add(before, here_.event, false, false);
  }
  here_.event = before;
  return true;
}

Chain ChainWalk::run() {
  chain_.begin_ns = begin_ns_;
  chain_.end_ns = timeline_.time_ns(trip_.end);
  here_ = {at(trip_.end).thread, trip_.end};
  // Each step goes back by an event at least; where it does not, the capture is none.
  for (std::size_t left = timeline_.capture().events.size() + 1; left > 0 && step(); --left) {
  }
  std::reverse(chain_.segments.begin(), chain_.segments.end());
  return std::move(chain_);
}

}  // namespace

bool begins_with_probe(const SegmentKind& kind, Probes probes) {
  return !kind.before && (probes == Probes::events_and_stamps || !is_stamp(kind.from));
}

std::uint32_t Chain::hits(Probes probes) const {
  return static_cast<std::uint32_t>(std::count_if(
      segments.begin(), segments.end(),
      [probes](const Segment& segment) { return begins_with_probe(segment.kind, probes); }));
}

Chain chain_of(const Timeline& timeline, const Trip& trip) {
  return ChainWalk(timeline, trip).run();
}

std::vector<Chain> chains_of(const Timeline& timeline) {
  std::vector<Chain> chains;
  chains.reserve(timeline.trips().size());
  for (const Trip& trip : timeline.trips()) chains.push_back(chain_of(timeline, trip));
  return chains;
}

}  // namespace ipcmark
