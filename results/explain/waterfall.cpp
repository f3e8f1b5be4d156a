#include "results/explain/waterfall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/console/table.hpp"
#include "results/text/printable.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

constexpr int bar_columns = 12;
constexpr std::size_t max_disturbances = 5;
// Drawn where nobody asks for a number: ways that so large a share of the trips took.
constexpr double common_share = 0.2;
constexpr std::size_t max_common_paths = 3;

std::size_t paths_to_draw(const std::vector<Path>& paths, std::size_t asked) {
  if (asked > 0) return std::min(asked, paths.size());
  std::size_t common = 0;
  for (const Path& path : paths) common += path.share >= common_share ? 1 : 0;
  return std::min(std::clamp<std::size_t>(common, 1, max_common_paths), paths.size());
}

class Waterfall {
 public:
  explicit Waterfall(const ConsoleStyle& style) : style_(style) {}
  std::string draw(const Explanation& explanation, std::size_t paths);
  std::string side_by_side(const std::vector<ExplainedCell>& cells);
  std::vector<std::string> column_names(const std::vector<ExplainedCell>& cells) const;

 private:
  std::string time(double ns) const { return scaled(ns, Unit::nanoseconds, style_.unicode); }
  std::string line(double traced_ns, double scaled_ns, double whole_ns,
                   const std::string& text) const;
  std::string columns(const Explanation& explanation) const;
  std::string head(const Explanation& explanation) const;
  std::string caveats(const Explanation& explanation) const;
  std::string path(const Explanation& explanation, const Path& path) const;
  std::string by_work(const Explanation& explanation, const WorkCosts& costs,
                      double whole_ns) const;
  std::string sum(const Explanation& explanation, double traced_ns, double scaled_ns,
                  double hits) const;
  std::string disturbances(const Explanation& explanation) const;
  std::string slowest(const Explanation& explanation) const;

  const ConsoleStyle& style_;
};

std::string Waterfall::line(double traced_ns, double scaled_ns, double whole_ns,
                            const std::string& text) const {
  const double share = whole_ns > 0 ? scaled_ns / whole_ns : 0;
  const auto length =
      static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * bar_columns * 2));
  const std::string bar(std::min<std::size_t>(length, bar_columns), '#');
  return fmt::format("  {:8.2f} {:8.2f}  {:<{}}  {}\n", traced_ns / 1000, scaled_ns / 1000, bar,
                     bar_columns, printable(text));
}

std::string Waterfall::columns(const Explanation& explanation) const {
  return fmt::format("  {:>8} {:>8}  {:<{}}  {} of a round trip\n", "traced",
                     explanation.is_estimate() ? "estimate" : "scaled", "", bar_columns,
                     style_.unicode ? "µs" : "us");
}

std::string Waterfall::head(const Explanation& explanation) const {
  std::string text = styled(explanation.key, TextStyle::bold, style_) + "\n";
  text += fmt::format("  median round trip: {} without tracing", time(explanation.plain_ns));
  if (explanation.coarse_ns > 0) {
    text += fmt::format(", {} with wakings and switches traced", time(explanation.coarse_ns));
  }
  const bool coarse = explanation.seen == Seen::wakings;
  const double traced_ns = coarse ? explanation.fine_ns : explanation.traced_ns;
  if (traced_ns > 0 && explanation.plain_ns > 0) {
    text += fmt::format(", {} {} ({:+.0f} %)", time(traced_ns),
                        coarse || explanation.seen == Seen::kernel ? "with all" : "traced",
                        (traced_ns / explanation.plain_ns - 1) * 100);
  }
  return text + "\n";
}

std::string Waterfall::caveats(const Explanation& explanation) const {
  const auto trips = static_cast<double>(std::max<std::size_t>(explanation.trips, 1));
  std::string text = fmt::format(
      "{} trips in {} trial{}{}; {:.1f} % complete, {:.1f} % of them cut at what was under way "
      "before, {} negative segments, {:.2f} switches a trip inferred",
      explanation.trips, explanation.trials, explanation.trials == 1 ? "" : "s",
      explanation.stamp_every > 1
          ? fmt::format(", each {}th of every second stretch stamped", explanation.stamp_every)
          : "",
      static_cast<double>(explanation.complete) / trips * 100,
      static_cast<double>(explanation.cut) / trips * 100, explanation.negative,
      static_cast<double>(explanation.inferred) / trips);
  text += fmt::format("; the trips' median is {}", time(explanation.chains_ns));
  if (explanation.stamps_ns > 0) {
    text += fmt::format(", about {} of it the stamps themselves, which other trips do not have",
                        time(explanation.stamps_ns));
  }
  if (!explanation.by_trial.stamped_ratio.empty()) {
    text += fmt::format("; stretches with stamps are {:+.2f} % longer than those without",
                        100 * (median_of(explanation.by_trial.stamped_ratio) - 1));
  }
  if (explanation.core_to_core_ns > 0) {
    text += fmt::format("; a segment from CPU to CPU is off by at most {}",
                        time(explanation.core_to_core_ns / 2));
  }
  if (explanation.difference_a_hit_ns > 0) {
    text += fmt::format(
        "; trials with and without tracing differ by {} a probe, which is more than one costs{}: "
        "something else was in these and not in those, and {} is taken away",
        time(explanation.difference_a_hit_ns),
        explanation.probe_alone_ns > 0
            ? fmt::format(" ({} by itself)", time(explanation.probe_alone_ns))
            : "",
        explanation.probe_alone_ns > 0 ? "no more than that" : "nothing");
  }
  if (explanation.void_rounds > 0) {
    text += fmt::format("; {} round{} left out: the machine was not quiet, or in another state",
                        explanation.void_rounds, explanation.void_rounds == 1 ? "" : "s");
  }
  if (explanation.lost > 0) {
    text += fmt::format(
        "; {} events were lost, and the trips left out that they belong to: --messages takes fewer",
        explanation.lost);
  }
  text = wrapped(text, "  ", style_.width);
  if (!explanation.why_not_more.empty()) {
    text += wrapped("not seen: " + explanation.why_not_more, "  ", style_.width);
  }
  return text;
}

std::string Waterfall::sum(const Explanation& explanation, double traced_ns, double scaled_ns,
                           double hits) const {
  std::string text = "sum";
  if (explanation.price_of_hit_ns > 0) {
    text += fmt::format("; a probe costs {} ({:.0f} on the way)", time(explanation.price_of_hit_ns),
                        hits);
  }
  return line(traced_ns, scaled_ns, 0, text);
}

std::string Waterfall::by_work(const Explanation& explanation, const WorkCosts& costs,
                               double whole_ns) const {
  std::string text;
  for (std::size_t i = 0; i < kinds_of_work; ++i) {
    if (costs[i].traced_ns <= 0) continue;
    text += line(costs[i].traced_ns, costs[i].scaled_ns, whole_ns,
                 fmt::format("{} ({:.0f} segments)",
                             to_string(static_cast<Work>(i), explanation.seen == Seen::kernel),
                             costs[i].segments));
  }
  return text;
}

std::string Waterfall::path(const Explanation& explanation, const Path& path) const {
  std::string text = fmt::format(
      "\n  {:.0f} % of trips went this way ({} segments{})\n", path.share * 100,
      path.segments.size(),
      explanation.seen == Seen::kernel ? fmt::format(", {} system calls", path.all_calls()) : "");
  text += columns(explanation);
  if (path.segments.size() > longest_waterfall) {
    text += by_work(explanation, work_costs(path), path.scaled_ns);
  } else {
    for (const SegmentCost& segment : path.segments) {
      text += line(segment.traced_ns, segment.scaled_ns, path.scaled_ns,
                   label(explanation.words, segment.kind));
    }
  }
  return text + sum(explanation, path.traced_ns, path.scaled_ns, path.hits);
}

std::string Waterfall::disturbances(const Explanation& explanation) const {
  std::string text;
  std::size_t shown = 0;
  for (const Interference& each : explanation.disturbances) {
    if (each.share < 0.001) continue;
    if (++shown > max_disturbances) break;
    text += wrapped(to_sentence(each), "  * ", style_.width);
  }
  return text.empty() ? text : "\n  What came between\n" + text;
}

std::string Waterfall::slowest(const Explanation& explanation) const {
  if (explanation.slowest.empty()) return {};
  std::string text = "\n  The slowest trips\n";
  for (const SlowTrip& trip : explanation.slowest) {
    std::string parts;
    for (const SlowTrip::Part& part : trip.parts) {
      parts +=
          fmt::format("{}{} {}{}", parts.empty() ? "" : ", ", time(static_cast<double>(part.ns)),
                      part.what, part.stall ? stall_text(explanation.seen == Seen::kernel) : "");
    }
    text += wrapped(fmt::format("{}: {}", time(static_cast<double>(trip.duration_ns)), parts),
                    "  * ", style_.width);
  }
  return text;
}

std::string Waterfall::draw(const Explanation& explanation, std::size_t paths) {
  std::string text = head(explanation) + caveats(explanation);
  const std::size_t shown = paths_to_draw(explanation.paths, paths);
  double drawn = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    text += path(explanation, explanation.paths[i]);
    drawn += explanation.paths[i].share;
  }
  if (explanation.paths.size() > shown) {
    text +=
        fmt::format("\n  {} other ways: {:.0f} % of trips{}\n", explanation.paths.size() - shown,
                    (1 - drawn) * 100, drawn < 0.5 ? "; of all trips, by kind:" : "");
  }
  if (explanation.paths.size() > shown && drawn < 0.5) {
    double traced = 0;
    double scaled_sum = 0;
    for (const WorkCost& cost : explanation.work) {
      traced += cost.traced_ns;
      scaled_sum += cost.scaled_ns;
    }
    text += columns(explanation) + by_work(explanation, explanation.work, scaled_sum) +
            sum(explanation, traced, scaled_sum, explanation.hits);
  }
  text += disturbances(explanation) + slowest(explanation);
  if (!explanation.sentences.empty()) text += "\n  In words\n";
  for (const std::string& sentence : explanation.sentences) {
    text += wrapped(sentence, "  * ", style_.width);
  }
  return text;
}

// The cells', or numbers where those are too long to stand beside each other.
std::vector<std::string> Waterfall::column_names(const std::vector<ExplainedCell>& cells) const {
  constexpr std::size_t first_column = 50;
  std::size_t width = first_column;
  std::vector<std::string> names;
  for (const ExplainedCell& each : cells) {
    names.push_back(each.cell);
    width += each.cell.size() + 2;
  }
  if (width <= style_.width) return names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = fmt::format("({})", i + 1);
  return names;
}

std::string Waterfall::side_by_side(const std::vector<ExplainedCell>& cells) {
  std::vector<Table::Column> headers = {{"of all trips", false}};
  const std::vector<std::string> names = column_names(cells);
  for (const std::string& name : names) headers.push_back({name});
  Table table(std::move(headers));
  const double probe_ns = mean_probe_ns(cells);
  for (std::size_t i = 0; i < kinds_of_work; ++i) {
    std::vector<Table::Entry> row = {{to_string(static_cast<Work>(i), saw_kernel(cells.front()))}};
    bool any = false;
    for (const ExplainedCell& each : cells) {
      const double ns = work_ns(each, word_of(static_cast<Work>(i)), probe_ns);
      any |= ns > 0;
      row.push_back({ns > 0 ? time(ns) : "-"});
    }
    if (any) table.add(std::move(row));
  }
  std::string text = fmt::format("\nSide by side, less {} a probe\n", time(probe_ns));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (names[i] != cells[i].cell) text += fmt::format("  {}: {}\n", names[i], cells[i].cell);
  }
  text += table.render(style_);
  for (const TripDifference& each : differences_of(cells)) {
    text += wrapped(fmt::format("{} and {}: {}", each.from, each.to, to_sentence(each)), "",
                    style_.width);
  }
  return text;
}

}  // namespace

std::string to_console(const std::vector<Explanation>& explanations, std::size_t paths,
                       const ConsoleStyle& style) {
  Waterfall waterfall(style);
  std::string text;
  for (const Explanation& explanation : explanations) {
    if (!text.empty()) text += '\n';
    text += waterfall.draw(explanation, paths);
  }
  return text;
}

std::string explained_to_console(const std::vector<ExplainedCell>& cells,
                                 const ConsoleStyle& style) {
  if (cells.empty()) return {};
  std::string text = "\n" + styled("Where the time goes", TextStyle::bold, style) + "\n";
  for (const ExplainedCell& cell : cells) {
    text += fmt::format("{}: {} with {} traced, {} without\n", cell.cell,
                        scaled(cell.traced_ns, Unit::nanoseconds, style.unicode),
                        cell.seen == to_string(Seen::wakings) ? "wakings and switches" : "all",
                        scaled(cell.plain_ns, Unit::nanoseconds, style.unicode));
    for (const std::string& sentence : cell.sentences) {
      text += wrapped(sentence, "  * ", style.width);
    }
  }
  return text;
}

std::string side_by_side_to_console(const std::vector<ExplainedCell>& cells,
                                    const ConsoleStyle& style) {
  return cells.size() < 2 ? std::string() : Waterfall(style).side_by_side(cells);
}

}  // namespace ipcmark
