// Figures of a cell as sentences. Each is said only where the figures are large enough to matter.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "results/explain/explanation.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

constexpr double large_share = 0.25;
constexpr std::uint32_t many_calls = 8;
constexpr std::size_t max_sentences = 3;

std::string time_text(double ns) { return scaled(ns, Unit::nanoseconds); }

double scaled_of(const WorkCosts& costs, std::initializer_list<Work> works) {
  double sum = 0;
  for (const Work work : works) sum += costs[static_cast<std::size_t>(work)].scaled_ns;
  return sum;
}

// Wakings of the two ends alone: receivers that spin would not make helper threads need none.
struct OwnWakings {
  std::uint32_t interrupts = 0;  // that came to a CPU that slept
  double waking_ns = 0, interrupt_ns = 0;
};

bool comes_to_sleeping_cpu(const SegmentKind& kind) {
  const auto interrupt = static_cast<Interrupt>(kind.to_other);
  return kind.to == EventKind::interrupt_in && kind.subject.kind == ActorKind::idle &&
         (interrupt == Interrupt::reschedule || interrupt == Interrupt::call_function);
}

// Whether the waking that this segment begins with is of one of the ends. Its subject is whom the
// interrupt found running, where nothing told that it was sent.
bool wakes_an_end(std::span<const SegmentCost> from) {
  for (const SegmentCost& segment : from) {
    const ActorKind subject = segment.kind.subject.kind;
    if (subject == ActorKind::initiator || subject == ActorKind::echo) return true;
    if (subject == ActorKind::helper) return false;
  }
  return false;
}

OwnWakings own_wakings(const Path& path) {
  OwnWakings found;
  bool own = false;   // of the last waking on the way
  bool came = false;  // its interrupt; more of them wake nothing more
  for (std::size_t i = 0; i < path.segments.size(); ++i) {
    const SegmentCost& segment = path.segments[i];
    const SegmentKind& kind = segment.kind;
    if (kind.from == EventKind::waking) {
      own = wakes_an_end(std::span(path.segments).subspan(i));
      came = false;
    }
    const Work work = work_of(kind);
    if (!own || (work != Work::wake && work != Work::interrupt && work != Work::idle)) continue;
    if (comes_to_sleeping_cpu(kind) && !std::exchange(came, true)) ++found.interrupts;
    found.waking_ns += segment.scaled_ns;
    if (work == Work::interrupt) found.interrupt_ns += segment.scaled_ns;
  }
  return found;
}

std::uint32_t count_to(const Path& path, EventKind kind) {
  std::uint32_t count = 0;
  for (const SegmentCost& segment : path.segments) count += segment.kind.to == kind ? 1 : 0;
  return count;
}

// The next of 1, 2, 5, 10, 20, 50, … microseconds.
double rounded_up_ns(double ns) {
  double step = 1000;
  for (;; step *= 10) {
    for (const double factor : {1.0, 2.0, 3.0, 5.0}) {
      if (ns <= step * factor) return step * factor;
    }
  }
}

std::string times(std::uint32_t count) {
  return count == 1 ? "once" : count == 2 ? "twice" : fmt::format("{} times", count);
}

// An interrupt wakes a CPU that sleeps: what spinning would avoid where there is none yet, and what
// it costs.
std::string about_sleeping(const Explanation& explanation, const Path& path) {
  const OwnWakings own = own_wakings(path);
  const std::uint32_t sent = own.interrupts;
  const double waking = own.waking_ns;
  if (sent == 0 || waking < large_share * path.scaled_ns) return {};
  const double saved = waking - sent * explanation.core_to_core_ns / 2;
  std::string text = fmt::format(
      "{} of {}: waking a sleeping CPU, {} ({} of it the interrupt on its way and its handler)",
      time_text(waking), time_text(path.scaled_ns), times(sent), time_text(own.interrupt_ns));
  if (saved > 0 && explanation.blocks) {
    text += fmt::format("; receivers that spin for up to {} would save about {} and keep {} busy",
                        time_text(rounded_up_ns(path.scaled_ns)), time_text(saved),
                        sent > 1 ? "both CPUs" : "a CPU");
  }
  return text;
}

// Where interrupts were not recorded: all from a waking on, in one.
std::string about_wakings(const Explanation& explanation, const Path& path) {
  if (explanation.seen != Seen::wakings) return {};
  std::uint32_t wakings = 0;
  for (const SegmentCost& segment : path.segments) {
    wakings += segment.kind.to == EventKind::waking ? 1 : 0;
  }
  const double waking = scaled_of(work_costs(path), {Work::wake});
  if (wakings == 0 || waking < large_share * path.scaled_ns) return {};
  return fmt::format("{} of {}: from waking a task until it runs{}, {}", time_text(waking),
                     time_text(path.scaled_ns),
                     path.one_cpu ? "" : ", the interrupt to its CPU included", times(wakings));
}

// Both ends on one CPU, or on CPUs that need no interrupt to be woken.
std::string about_switches(const Explanation& explanation, const Path& path) {
  if (explanation.seen == Seen::wakings) return {};
  const std::uint32_t switches = count_to(path, EventKind::switched);
  const double switching = scaled_of(work_costs(path), {Work::wake, Work::idle});
  const bool interrupted = scaled_of(work_costs(path), {Work::interrupt}) > 0;
  if (switches == 0 || interrupted || count_to(path, EventKind::ipi) > 0) return {};
  if (switching < large_share * path.scaled_ns) return {};
  return fmt::format(
      "{} of {}: waking and switching to the other task {}, {} switch{} a trip; no interrupt is "
      "sent",
      time_text(switching), time_text(path.scaled_ns),
      path.one_cpu ? "on the same CPU" : "on a CPU that looks for work while it is idle", switches,
      switches == 1 ? "" : "es");
}

// Where the chains have no system calls, but other trials counted them.
std::string about_counted_calls(const Explanation& explanation) {
  double calls = 0;
  auto largest = explanation.counts.calls.begin();
  for (auto each = largest; each != explanation.counts.calls.end(); ++each) {
    calls += each->second;
    if (each->second > largest->second) largest = each;
  }
  if (calls < many_calls || largest->second < large_share * calls) return {};
  return fmt::format(
      "{:.0f} of {:.0f} system calls a trip are {}, as counted where these were traced, too",
      largest->second, calls, name_of_call(explanation.words, largest->first));
}

std::string about_calls(const Explanation& explanation, const Path& path) {
  if (explanation.seen == Seen::wakings) return about_counted_calls(explanation);
  const double crossing = scaled_of(work_costs(path), {Work::user});
  const std::uint32_t calls = path.all_calls();
  if (calls == 0) return {};
  const auto largest =
      std::max_element(path.calls.begin(), path.calls.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (calls >= many_calls && largest->second >= large_share * calls) {
    return fmt::format(
        "{} of {} system calls on the way are {}; user code and the way into and out of calls take "
        "{} of {}, {} a call",
        largest->second, calls, name_of_call(explanation.words, largest->first),
        time_text(crossing), time_text(path.scaled_ns), time_text(crossing / calls));
  }
  if (crossing < 0.1 * path.scaled_ns) return {};
  return fmt::format("{} of {}: user code and the way into and out of {} system call{}, {} a call",
                     time_text(crossing), time_text(path.scaled_ns), calls, calls == 1 ? "" : "s",
                     time_text(crossing / calls));
}

// No system call on the way: the time is that of cache lines.
std::string about_flight(const Explanation& explanation, const Path& path) {
  const double flight = scaled_of(work_costs(path), {Work::flight});
  if (flight < large_share * path.scaled_ns) return {};
  std::string text = fmt::format("{} of {}: the message on its way from one end to the other",
                                 time_text(flight), time_text(path.scaled_ns));
  if (explanation.core_to_core_ns > 0 && !explanation.blocks && path.all_calls() == 0) {
    text +=
        fmt::format(", {:.2f} times the round trip of a cache line ({})",
                    flight / explanation.core_to_core_ns, time_text(explanation.core_to_core_ns));
  }
  return text;
}

std::string about_work_in_calls(const Explanation& explanation, const Path& path) {
  const double work = scaled_of(work_costs(path), {Work::call});
  if (work < large_share * path.scaled_ns) return {};
  const SegmentCost* longest = nullptr;
  for (const SegmentCost& segment : path.segments) {
    if (work_of(segment.kind) != Work::call) continue;
    if (longest == nullptr || segment.scaled_ns > longest->scaled_ns) longest = &segment;
  }
  if (longest == nullptr) return {};
  const bool all_seen = explanation.seen == Seen::kernel;
  return fmt::format("{} of {}: {}; the longest part is '{}', {}", time_text(work),
                     time_text(path.scaled_ns),
                     all_seen ? "within system calls" : to_string(Work::call, all_seen),
                     label(explanation.words, longest->kind), time_text(longest->scaled_ns));
}

std::string about_disturbance(const Explanation& explanation) {
  for (const Interference& each : explanation.disturbances) {
    const double cost = each.share * each.mean_ns;
    if (each.share < 0.005 || cost < 0.02 * explanation.chains_ns) continue;
    std::string text = to_sentence(each);
    if (each.by == DisturbedBy::other_task) text += "; keep it off these CPUs, or name others";
    if (each.by == DisturbedBy::move) text += "; pin the workers";
    return text;
  }
  return {};
}

}  // namespace

std::vector<std::string> sentences_of(const Explanation& explanation) {
  std::vector<std::string> all;
  if (explanation.paths.empty()) return all;
  const Path& path = explanation.paths.front();
  for (std::string& text : std::to_array<std::string>({
           about_sleeping(explanation, path),
           about_wakings(explanation, path),
           about_switches(explanation, path),
           about_flight(explanation, path),
           about_calls(explanation, path),
           about_disturbance(explanation),
           about_work_in_calls(explanation, path),
       })) {
    if (!text.empty() && all.size() < max_sentences) all.push_back(std::move(text));
  }
  if (!all.empty()) return all;
  const WorkCosts costs = work_costs(path);
  const auto max = std::max_element(
      costs.begin(), costs.end(),
      [](const WorkCost& a, const WorkCost& b) { return a.scaled_ns < b.scaled_ns; });
  all.push_back(fmt::format(
      "{} of {}: {}", time_text(max->scaled_ns), time_text(path.scaled_ns),
      to_string(static_cast<Work>(max - costs.begin()), explanation.seen == Seen::kernel)));
  return all;
}

}  // namespace ipcmark
