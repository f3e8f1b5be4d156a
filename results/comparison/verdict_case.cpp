#include "results/comparison/verdict_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "results/comparison/comparison.hpp"
#include "results/figures/statistics.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

constexpr double two_sided_tail = 0.025;
constexpr double max_percent = 1000;  // that --threshold takes

using Values = std::vector<double>;

// A value is known to half a step of the clock: as it was read, or as far from it as may be.
enum class Reading : std::uint8_t {
  plain,
  best,   // for the candidate
  worst,  // for the candidate
};

struct BothSides {
  Values base, candidate;
};

Values shifted(Values values, double by) {
  // What is not longer than half a step may be next to nothing.
  for (double& value : values) value = std::max(value + by, value / 1000);
  return values;
}

BothSides read_as(const ComparedFigure& figure, Reading reading) {
  if (reading == Reading::plain) return {figure.base_values, figure.candidate_values};
  // Times alone have a step, so lower is better.
  const double half = reading == Reading::worst ? figure.step_ns / 2 : -figure.step_ns / 2;
  return {shifted(figure.base_values, -half), shifted(figure.candidate_values, half)};
}

bool by_higher(const ComparedFigure& figure) { return figure.entry.better == Better::higher; }

// Turned so that above 1 is worse.
UnpairedRatio worse_ratio(const ComparedFigure& figure, const BothSides& values) {
  const bool higher = by_higher(figure);
  return {higher ? values.candidate : values.base, higher ? values.base : values.candidate,
          figure.between};
}

Evidence evidence_from(const ComparedFigure& figure, const BothSides& values, bool rounds) {
  if (rounds) {
    return paired_evidence(values.base, values.candidate, by_higher(figure), figure.limit);
  }
  const UnpairedRatio ratio = worse_ratio(figure, values);
  return {figure.limit, ratio.p_above(figure.limit), ratio.p_below(1 / figure.limit),
          ratio.ratio().interval, min_unpaired_p(values.base.size(), values.candidate.size())};
}

// Which verdict more values like these would bring, and about how many more.
struct Forecast {
  bool worse = false;                 // a regression; else none
  std::optional<std::uint64_t> more;  // nothing: no number would
};

Forecast forecast_of(const ComparedFigure& figure, Reading reading, bool rounds, double strictest) {
  const BothSides values = read_as(figure, reading);
  Forecast forecast;
  if (!rounds) {
    const UnpairedRatio ratio = worse_ratio(figure, values);
    forecast.worse = ratio.ratio().ratio > figure.limit;
    forecast.more = ratio.more_trials(figure.limit, forecast.worse ? strictest : two_sided_tail);
    return forecast;
  }
  std::uint64_t above = 0;
  const std::uint64_t pairs = values.base.size();
  for (std::size_t i = 0; i < pairs; ++i) {
    const double ratio = values.candidate[i] / values.base[i];
    above += (by_higher(figure) ? 1 / ratio : ratio) > figure.limit ? 1U : 0U;
  }
  forecast.worse = 2 * above > pairs;
  forecast.more = more_pairs(above, pairs, forecast.worse ? strictest : two_sided_tail);
  return forecast;
}

// Of a figure that would have a verdict, or get one, were its values known exactly.
std::string why_the_step(const ComparedFigure& figure, const char* unit) {
  std::string text = fmt::format(
      "the clock's step of {:g} ns prevents a verdict, and more {} cannot change that: ",
      figure.step_ns, unit);
  // From there on its widened interval holds no change that counts.
  const double percent = std::floor(100 * (figure.ratio.interval.high - 1)) + 1;
  if (figure.ratio.interval.coverage > 0 && percent <= max_percent) {
    text += fmt::format("state a threshold of {:g} % or more (--threshold '{}={:g}%'), or ",
                        percent, label_of(figure), percent);
  }
  return text + "go by a figure that is a mean over many messages (a batch mean, a rate)";
}

// "the candidate's trials fall into two groups, 100 ns (10) and 112 ns (10)"; empty: neither
// side's.
std::string groups_of(const ComparedFigure& figure) {
  std::string text;
  for (const auto* values : {&figure.base_values, &figure.candidate_values}) {
    const auto groups = two_groups(*values);
    if (!groups || groups->gap <= (figure.limit - 1) * groups->low) continue;
    const auto group = [&figure](double value, std::size_t count) {
      return fmt::format("{} ({})", scaled(value, figure.unit, false), count);
    };
    text +=
        fmt::format("{}the {}'s trials fall into two groups, {} and {}", text.empty() ? "" : "; ",
                    values == &figure.base_values ? "base" : "candidate",
                    group(groups->low, groups->low_count), group(groups->high, groups->high_count));
  }
  return text;
}

}  // namespace

Ratio ratio_of(const ComparedFigure& figure, bool rounds) {
  return rounds
             ? paired_ratio(figure.candidate_values, figure.base_values)
             : UnpairedRatio(figure.base_values, figure.candidate_values, figure.between).ratio();
}

Evidence evidence_of(const ComparedFigure& figure, bool rounds) {
  if (!(figure.step_ns > 0)) {
    return evidence_from(figure, read_as(figure, Reading::plain), rounds);
  }
  return widened(evidence_from(figure, read_as(figure, Reading::best), rounds),
                 evidence_from(figure, read_as(figure, Reading::worst), rounds));
}

void explain(ComparedFigure& figure, bool rounds, std::size_t tests, double alpha) {
  const double strictest = alpha / static_cast<double>(tests);
  const Forecast plain = forecast_of(figure, Reading::plain, rounds, strictest);
  figure.more_rounds = plain.more;
  if (figure.step_ns > 0) {
    // A regression has to be one even at its best, and none none at its worst.
    const Reading hardest = plain.worse ? Reading::best : Reading::worst;
    const Forecast stepped = forecast_of(figure, hardest, rounds, strictest);
    figure.more_rounds = stepped.worse == plain.worse ? stepped.more : std::nullopt;
  }
  const bool by_step = plain.more && !figure.more_rounds;
  const char* unit = rounds ? "rounds" : "trials";
  if (figure.is(Verdict::too_few_rounds)) {
    figure.note = fmt::format("{} {} cannot show a regression among {} tests",
                              std::min(figure.base_values.size(), figure.candidate_values.size()),
                              unit, tests);
    if (figure.more_rounds) figure.note += fmt::format(", about {} more may", *figure.more_rounds);
    if (by_step) figure.note += "; besides, " + why_the_step(figure, unit);
  } else if (by_step) {
    figure.note = why_the_step(figure, unit);
  } else if (std::string groups = rounds ? "" : groups_of(figure); !groups.empty()) {
    // Their median lies between the groups, and its interval spans both however many there are.
    figure.more_rounds.reset();
    figure.note = groups + "; more do not bring them together";
  } else {
    figure.note = figure.more_rounds
                      ? fmt::format("too noisy, about {} more {}", *figure.more_rounds, unit)
                      : fmt::format("too noisy; more {} will not decide it", unit);
  }
}

}  // namespace ipcmark
