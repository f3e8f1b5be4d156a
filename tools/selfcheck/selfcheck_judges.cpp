#include "tools/selfcheck/selfcheck_judges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/console/console.hpp"
#include "results/figures/published.hpp"
#include "results/figures/statistics.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

// How far a figure may be off before it is wrong: what the gate judges (published.hpp).
constexpr double tolerance = 0.05;
// An interval as wide as this shows nothing.
constexpr double widest = 0.10;
constexpr double delay_tolerance = 0.01;

std::string ns_text(double ns) { return scaled(ns, Unit::nanoseconds); }

// passed: all of the interval lies within the limits; failed: all of it outside of them.
CheckState place(const Interval& interval, double low, double high) {
  if (interval.low > high || interval.high < low) return CheckState::failed;
  if (interval.coverage <= 0) return CheckState::inconclusive;
  return interval.low >= low && interval.high <= high ? CheckState::passed
                                                      : CheckState::inconclusive;
}

std::string ratio_text(const Ratio& ratio) {
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", ratio.ratio, ratio.interval.low,
                     ratio.interval.high);
}

void add_ratio(CheckResult& result, const Ratio& ratio, std::size_t pairs) {
  result.figures.push_back({"ratio", ratio.ratio, Unit::ratio, pairs});
  result.figures.push_back({"ratio_low", ratio.interval.low, Unit::ratio, pairs});
  result.figures.push_back({"ratio_high", ratio.interval.high, Unit::ratio, pairs});
}

CheckResult too_few(std::size_t pairs) {
  CheckResult result;
  result.finding = fmt::format("only {} rounds; at least 6 are needed", pairs);
  return result;
}

}  // namespace

CheckResult judge_delay(const DelayFigures& figures) {
  const std::size_t pairs = std::min(figures.with.size(), figures.without.size());
  if (pairs < 6) return too_few(pairs);
  std::vector<double> added;
  for (std::size_t i = 0; i < pairs; ++i) {
    added.push_back((figures.with[i] - figures.without[i]) / 2);
  }
  const Interval interval = quantile_interval(added);
  const double slack = delay_tolerance * figures.asked_ns;
  CheckResult result;
  // Seen as X: the interval reaches X, as exactly as the spin itself ends.
  const bool reaches = interval.low <= figures.asked_ns + 2 * figures.clock_ns + slack &&
                       interval.high >= figures.asked_ns - slack;
  const bool wide = interval.high - interval.low > widest * figures.asked_ns;
  result.state = !reaches ? CheckState::failed
                 : wide   ? CheckState::inconclusive
                          : CheckState::passed;
  result.finding = fmt::format(
      "asked for {} a message, seen as {} ({} to {}, {} pairs){}", ns_text(figures.asked_ns),
      ns_text(median(added)), ns_text(interval.low), ns_text(interval.high), pairs,
      result.state == CheckState::inconclusive ? ": too noisy to tell" : "");
  result.figures = {{"asked", figures.asked_ns, Unit::nanoseconds, 1},
                    {"seen", median(added), Unit::nanoseconds, pairs},
                    {"seen_low", interval.low, Unit::nanoseconds, pairs},
                    {"seen_high", interval.high, Unit::nanoseconds, pairs}};
  return result;
}

CheckResult judge_control(const std::vector<double>& ours, const std::vector<double>& control) {
  if (std::min(ours.size(), control.size()) < 6) return too_few(ours.size());
  const Ratio ratio = paired_ratio(ours, control);
  CheckResult result;
  result.state = place(ratio.interval, 1 - tolerance, 1 + tolerance);
  result.finding =
      fmt::format("pipe, 64 B: {} by ipcmark, {} handwritten, ratio {}, {} pairs{}",
                  ns_text(median(ours)), ns_text(median(control)), ratio_text(ratio), ours.size(),
                  result.state == CheckState::inconclusive ? ": too noisy to tell" : "");
  add_ratio(result, ratio, ours.size());
  result.figures.push_back({"ipcmark", median(ours), Unit::nanoseconds, ours.size()});
  result.figures.push_back({"handwritten", median(control), Unit::nanoseconds, control.size()});
  return result;
}

CheckResult judge_stall(const StallFigures& figures) {
  const double due = figures.rate * figures.stall_ns / 1e9;
  const double needed = 0.8 * due;
  const std::uint64_t counted = figures.broken ? figures.closed_loop : figures.stalled;
  const double seen = static_cast<double>(counted) - static_cast<double>(figures.quiet);
  CheckResult result;
  result.state = seen >= needed ? CheckState::passed : CheckState::failed;
  // A machine that stalls by itself hides the one that was made: how much of what was counted is
  // its own differs from run to run.
  const bool its_own_decide = seen < needed && static_cast<double>(counted) >= needed;
  if (static_cast<double>(figures.quiet) > due / 2 || its_own_decide) {
    result.state = CheckState::inconclusive;
  }
  result.finding = fmt::format(
      "a stall of {} at {:.0f} messages a second delays {:.0f}: {} response times beyond {}, {} "
      "without it; a closed loop shows the same stall {}{}",
      ns_text(figures.stall_ns), figures.rate, due, counted, ns_text(figures.stall_ns / 10),
      figures.quiet,
      figures.closed_loop == 1 ? "once" : fmt::format("{} times", figures.closed_loop),
      result.state == CheckState::inconclusive ? ". The machine stalls by itself" : "");
  result.figures = {{"due_in_stall", due, Unit::count, 1},
                    {"needed", needed, Unit::count, 1},
                    {"seen", seen, Unit::count, 1},
                    {"without_stall", static_cast<double>(figures.quiet), Unit::count, 1},
                    {"closed_loop", static_cast<double>(figures.closed_loop), Unit::count, 1}};
  return result;
}

CheckResult judge_integrity(const IntegrityFigures& figures) {
  CheckResult result;
  const auto injected = static_cast<double>(figures.injected);
  const auto missed = static_cast<double>(figures.missed.size());
  result.figures = {
      {"injected", injected, Unit::count, 1},
      {"caught", injected - missed, Unit::count, 1},
      {"false_alarms", static_cast<double>(figures.false_alarms.size()), Unit::count, 1}};
  if (figures.injected == 0 && figures.false_alarms.empty()) {
    result.finding = "no mechanism works here";
    return result;
  }
  const bool good = figures.missed.empty() && figures.false_alarms.empty();
  result.state = good ? CheckState::passed : CheckState::failed;
  result.finding = fmt::format("{} of {} faults caught over {} mechanisms",
                               figures.injected - figures.missed.size(), figures.injected,
                               figures.backends.size());
  if (!figures.missed.empty()) {
    const std::size_t named = std::min<std::size_t>(figures.missed.size(), 6);
    result.finding += fmt::format(
        "; missed: {}{}",
        fmt::join(figures.missed.begin(),
                  figures.missed.begin() + static_cast<std::ptrdiff_t>(named), ", "),
        named < figures.missed.size() ? fmt::format(" and {} more", figures.missed.size() - named)
                                      : "");
  }
  if (!figures.false_alarms.empty()) {
    result.finding +=
        fmt::format("; found without a fault: {}", fmt::join(figures.false_alarms, ", "));
  }
  return result;
}

CheckResult judge_same_build(const Comparison& comparison) {
  CheckResult result;
  std::vector<std::string> flagged;
  std::size_t pairs = 0;
  double widest_percent = 0;
  std::size_t decided = 0;
  for (const ComparedFigure& figure : comparison.figures) {
    if (!figure.gated) continue;
    pairs = std::max(pairs, figure.base_values.size());
    if (figure.is(Verdict::regression) || figure.is(Verdict::improved)) {
      flagged.push_back(
          fmt::format("{} {} {:.3f}", figure.key, label_of(figure), figure.ratio.ratio));
    }
    if (figure.is(Verdict::no_regression)) ++decided;
    const Interval& interval = figure.ratio.interval;
    widest_percent = std::max(widest_percent, 50 * (interval.high - interval.low));
  }
  const std::size_t gated = comparison.gated();
  result.figures = {{"gated", static_cast<double>(gated), Unit::count, 1},
                    {"flagged", static_cast<double>(flagged.size()), Unit::count, 1},
                    {"no_regression", static_cast<double>(decided), Unit::count, 1},
                    {"pairs", static_cast<double>(pairs), Unit::count, 1}};
  if (!flagged.empty()) {
    result.state = CheckState::failed;
    result.finding = fmt::format("flagged {} of {} figures: {}", flagged.size(), gated,
                                 fmt::join(flagged, ", "));
    return result;
  }
  if (gated == 0 || pairs < min_pairs(gated)) {
    result.finding = fmt::format(
        "{} figures with {} usable rounds, fewer than a verdict needs ({}): the machine is not "
        "steady",
        gated, pairs, gated == 0 ? 6 : min_pairs(gated));
    return result;
  }
  result.state = CheckState::passed;
  result.finding = fmt::format(
      "none of {} figures flagged, {} of them shown equal within the limits; {} rounds, "
      "intervals up to \u00b1{:.1f} %",
      gated, decided, pairs, widest_percent);
  return result;
}

CheckResult judge_one_way(const OneWayFigures& figures) {
  const std::size_t trials = figures.round_trip.size();
  if (trials < 6) return too_few(trials);
  std::vector<double> sums;
  for (std::size_t i = 0; i < trials; ++i) sums.push_back(figures.there[i] + figures.back[i]);
  const bool empty = std::any_of(sums.begin(), sums.end(), [](double sum) { return !(sum > 0); });
  const Ratio ratio = empty ? Ratio{} : paired_ratio(sums, figures.round_trip);
  CheckResult result;
  result.state = empty ? CheckState::failed : place(ratio.interval, 1 - tolerance, 1 + tolerance);
  if (figures.negative > 0) result.state = CheckState::failed;
  result.finding = fmt::format(
      "there {}, back {}, round trip {}: together {} of it, {} trials; {} messages arrived before "
      "they were sent{}",
      ns_text(median(figures.there)), ns_text(median(figures.back)),
      ns_text(median(figures.round_trip)), ratio_text(ratio), trials, figures.negative,
      result.state == CheckState::inconclusive ? ": too noisy to tell" : "");
  add_ratio(result, ratio, trials);
  result.figures.push_back({"there", median(figures.there), Unit::nanoseconds, trials});
  result.figures.push_back({"back", median(figures.back), Unit::nanoseconds, trials});
  result.figures.push_back({"round_trip", median(figures.round_trip), Unit::nanoseconds, trials});
  result.figures.push_back(
      {"negative_samples", static_cast<double>(figures.negative), Unit::count, 1});
  return result;
}

}  // namespace ipcmark
