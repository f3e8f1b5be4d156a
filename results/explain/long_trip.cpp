// One trip by itself: what `ipcmark explain --break` shows.
#include <fmt/format.h>

#include "results/console/table.hpp"
#include "results/explain/disturbances.hpp"
#include "results/explain/waterfall.hpp"
#include "results/text/printable.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

// Of the trip: shorter segments are told together.
constexpr double worth_a_line = 0.005;

std::string what_of(const Timeline& timeline, const Words& words, const MedianDurations& medians,
                    const Segment& segment) {
  std::string what = label(words, segment.kind);
  if (work_of(segment.kind) == Work::other_task) {
    what += fmt::format(" ({})", other_task_of(timeline, segment));
  }
  if (is_stall(segment, medians)) what += stall_text(timeline.capture().has_kernel_events);
  return what;
}

}  // namespace

std::string long_trip_to_console(const std::string& key, const Timeline& timeline, std::size_t trip,
                                 std::uint32_t round, const ConsoleStyle& style) {
  const std::vector<Chain> chains = chains_of(timeline);
  const Chain& chain = chains.at(trip);
  const MedianDurations medians = median_durations(chains);
  const Words words = words_of(timeline);
  const auto time = [&style](double ns) { return scaled(ns, Unit::nanoseconds, style.unicode); };
  std::string text =
      fmt::format("{}\n  trip {} of the traced trial {} took {}{}\n  {:>10} {:>10}  {}\n",
                  styled(key, TextStyle::bold, style), trip + 1, round + 1,
                  time(static_cast<double>(chain.duration_ns())),
                  chain.cut ? "; it leads to what was under way before" : "", "since",
                  style.unicode ? "µs" : "us", "what");
  double short_ns = 0;
  std::size_t short_ones = 0;
  for (const Segment& segment : chain.segments) {
    const auto ns = static_cast<double>(segment.duration_ns());
    if (ns < worth_a_line * static_cast<double>(chain.duration_ns())) {
      short_ns += ns;
      ++short_ones;
      continue;
    }
    text += fmt::format("  {:10.2f} {:10.2f}  {}\n",
                        static_cast<double>(segment.begin_ns - chain.begin_ns) / 1000, ns / 1000,
                        printable(what_of(timeline, words, medians, segment)));
  }
  if (short_ones > 0) {
    text +=
        fmt::format("  {:>10} {:10.2f}  {} shorter segments\n", "", short_ns / 1000, short_ones);
  }
  return text;
}

}  // namespace ipcmark
