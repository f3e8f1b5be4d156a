// What changed from one explained cell to another, and how it is said.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "results/explain/explained.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

constexpr double small_share = 0.02;  // of a trip: no change worth a name
constexpr double small_count = 0.5;   // a trip

// Of ExplainedCell::seen.
std::string view_name(const std::string& seen) {
  if (seen == to_string(Seen::kernel)) return "the kernel's events";
  if (seen == to_string(Seen::wakings)) return "wakings and switches alone";
  if (seen == to_string(Seen::switches)) return "stamps and context switches";
  if (seen == to_string(Seen::stamps)) return "stamps alone";
  return "'" + seen + "'";
}

std::string time_text(double ns) { return scaled(ns, Unit::nanoseconds); }

double price_in(const ExplainedCell& cell, double probe_ns) {
  return cell.probes_are_stamps ? cell.probe_ns : probe_ns;
}

// What each segment of that work takes on the commonest way, by its label.
std::map<std::string, double> segments_of(const ExplainedCell& cell, const std::string& work,
                                          double probe_ns) {
  std::map<std::string, double> segments;
  if (cell.paths.empty()) return segments;
  for (const ExplainedSegment& segment : cell.paths.front().segments) {
    if (segment.work != work) continue;
    segments[segment.label] +=
        std::max(segment.traced_ns - price_in(cell, probe_ns) * segment.probes, 0.0);
  }
  return segments;
}

double value_of(const std::map<std::string, double>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? 0 : found->second;
}

std::set<std::string> names_in(const std::map<std::string, double>& a,
                               const std::map<std::string, double>& b) {
  std::set<std::string> names;
  for (const auto& [name, value] : a) names.insert(name);
  for (const auto& [name, value] : b) names.insert(name);
  return names;
}

// The segment that has the most of the change: one that changed the same way.
void name_segment(const ExplainedCell& from, const ExplainedCell& to, double probe_ns,
                  TripDifference& difference) {
  const auto before = segments_of(from, difference.work, probe_ns);
  const auto after = segments_of(to, difference.work, probe_ns);
  const double sign = difference.to_ns > difference.from_ns ? 1 : -1;
  double largest = 0;
  for (const std::string& name : names_in(before, after)) {
    const double change = sign * (value_of(after, name) - value_of(before, name));
    if (change <= largest) continue;
    largest = change;
    difference.segment = name;
    difference.segment_from_ns = value_of(before, name);
    difference.segment_to_ns = value_of(after, name);
  }
}

void add_count(const std::string& what, double from, double to, std::vector<CountChange>& counts) {
  if (std::abs(to - from) >= small_count) counts.push_back({what, from, to});
}

std::vector<CountChange> count_changes(const ExplainedCounts& from, const ExplainedCounts& to) {
  std::vector<CountChange> counts;
  for (const std::string& name : names_in(from.system_calls, to.system_calls)) {
    add_count(name, value_of(from.system_calls, name), value_of(to.system_calls, name), counts);
  }
  add_count("page faults", from.page_faults, to.page_faults, counts);
  add_count("interrupts sent", from.interrupts_sent, to.interrupts_sent, counts);
  add_count("switches", from.switches, to.switches, counts);
  std::stable_sort(counts.begin(), counts.end(), [](const CountChange& a, const CountChange& b) {
    return std::abs(a.to - a.from) > std::abs(b.to - b.from);
  });
  return counts;
}

struct WorkChange {
  std::string work;
  double from_ns = 0, to_ns = 0;
  double size_ns() const { return std::abs(to_ns - from_ns); }
};

double trip_ns(const ExplainedCell& cell, double probe_ns) {
  double sum = 0;
  for (const ExplainedWork& work : cell.work) sum += work_ns(cell, work.work, probe_ns);
  return sum;
}

}  // namespace

double work_ns(const ExplainedCell& cell, const std::string& work, double probe_ns) {
  for (const ExplainedWork& each : cell.work) {
    if (each.work == work)
      return std::max(each.traced_ns - price_in(cell, probe_ns) * each.probes, 0.0);
  }
  return 0;
}

double mean_probe_ns(const std::vector<ExplainedCell>& cells) {
  double sum = 0;
  std::size_t count = 0;
  for (const ExplainedCell& cell : cells) {
    if (cell.probes_are_stamps) continue;
    sum += cell.probe_ns;
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

TripDifference difference_between(const ExplainedCell& from, const ExplainedCell& to) {
  const double probe_ns = mean_probe_ns({from, to});
  TripDifference difference;
  difference.from = from.cell;
  difference.to = to.cell;
  difference.kernel_seen = saw_kernel(from);
  difference.trip_from_ns = trip_ns(from, probe_ns);
  difference.trip_to_ns = trip_ns(to, probe_ns);
  WorkChange more;
  WorkChange less;
  for (std::size_t i = 0; i < kinds_of_work; ++i) {
    const std::string work = word_of(static_cast<Work>(i));
    const WorkChange change{work, work_ns(from, work, probe_ns), work_ns(to, work, probe_ns)};
    WorkChange& largest = change.to_ns > change.from_ns ? more : less;
    if (change.size_ns() > largest.size_ns()) largest = change;
  }
  const double small = small_share * std::max(difference.trip_from_ns, difference.trip_to_ns);
  const bool longer = more.size_ns() > less.size_ns();
  const WorkChange& first = longer ? more : less;
  const WorkChange& second = longer ? less : more;
  if (first.size_ns() > small) {
    difference.work = first.work;
    difference.from_ns = first.from_ns;
    difference.to_ns = first.to_ns;
  }
  if (second.size_ns() > small) {
    difference.opposite = second.work;
    difference.opposite_from_ns = second.from_ns;
    difference.opposite_to_ns = second.to_ns;
  }
  if (!difference.work.empty()) name_segment(from, to, probe_ns, difference);
  difference.counts = count_changes(from.counts, to.counts);
  return difference;
}

bool saw_kernel(const ExplainedCell& cell) {
  return cell.seen.empty() || cell.seen == to_string(Seen::kernel);
}

std::string not_comparable(const ExplainedCell& before, const std::string& seen_now) {
  // Documents made by hand need not tell it.
  if (before.seen.empty() || before.seen == seen_now) return {};
  return fmt::format(
      "{} was explained by {}, and would be by {} now; what differs would be the view, so explain "
      "it again with the same rights and the same --detail",
      before.cell, view_name(before.seen), view_name(seen_now));
}

std::vector<TripDifference> differences_of(const std::vector<ExplainedCell>& cells) {
  std::vector<TripDifference> differences;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    differences.push_back(difference_between(cells.front(), cells[i]));
  }
  return differences;
}

std::string to_sentence(const TripDifference& difference) {
  std::string text = fmt::format("a trip takes {} against {}", time_text(difference.trip_from_ns),
                                 time_text(difference.trip_to_ns));
  if (difference.work.empty()) {
    text += "; no kind of work differs by more than 2 % of it";
  } else {
    text += fmt::format(
        "; the largest change is '{}': {} against {}",
        to_string(work_from(difference.work).value_or(Work::call), difference.kernel_seen),
        time_text(difference.from_ns), time_text(difference.to_ns));
  }
  if (!difference.segment.empty()) {
    text += fmt::format(", most of it in '{}': {} against {}", difference.segment,
                        time_text(difference.segment_from_ns), time_text(difference.segment_to_ns));
  }
  if (!difference.opposite.empty()) {
    text += fmt::format(
        "; the largest the other way: '{}', {} against {}",
        to_string(work_from(difference.opposite).value_or(Work::call), difference.kernel_seen),
        time_text(difference.opposite_from_ns), time_text(difference.opposite_to_ns));
  }
  std::string counts;
  for (const CountChange& change : difference.counts) {
    counts += fmt::format("{}{} {:.1f} against {:.1f}", counts.empty() ? "" : ", ", change.what,
                          change.from, change.to);
  }
  return counts.empty() ? text : text + "; by count, a trip: " + counts;
}

}  // namespace ipcmark
