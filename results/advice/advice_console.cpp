// An advice for a person: who to take, the ranking, the trade-offs in words.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "results/advice/advice.hpp"
#include "results/comparison/comparison.hpp"
#include "results/console/table.hpp"
#include "results/console/view.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/figures/published.hpp"
#include "results/figures/statistics.hpp"
#include "results/text/printable.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

using Lines = std::vector<std::string>;

constexpr double min_difference = 1.2;  // of CPU times, to be worth a word

std::string times(double ratio) {
  return ratio < 9.995 ? fmt::format("{:.2f}x", ratio) : fmt::format("{:.0f}x", ratio);
}

std::string share(double cpus) {
  return cpus < 0.995 ? fmt::format("{:.2g} %", 100 * cpus) : fmt::format("{:.1f} CPUs", cpus);
}

std::string value_of(const Candidate& candidate, const Advice& advice, const ConsoleStyle& style) {
  const Figure& figure = candidate.decides;
  const std::string text = value_text(figure, style.unicode);
  return figure.name == advice.basis.figure ? text
                                            : fmt::format("{} ({})", text, header_of(figure));
}

std::string label_of(const Basis& basis) {
  return figure_label(basis.entry, basis.figure, basis.quantile);
}

Lines tied_with_best(const Advice& advice) {
  Lines names;
  for (const Candidate& each : advice.fitting) {
    if (each.tie) names.push_back(each.label);
  }
  return names;
}

std::string verdict(const Advice& advice, const ConsoleStyle& style) {
  if (advice.fitting.empty()) {
    return advice.unfit.empty() ? "Nothing was measured that could be ranked."
                                : "None of what was measured fits all that is asked.";
  }
  const Candidate& best = advice.fitting.front();
  const Lines tied = tied_with_best(advice);
  std::string text =
      fmt::format("Take {}: {} {}, the {} measured{}", best.label, label_of(advice.basis),
                  value_of(best, advice, style),
                  advice.ranking_basis == RankingBasis::ranked ? "best" : "first in order",
                  advice.unfit.empty() ? "" : " of those that fit");
  if (advice.ranking_basis != RankingBasis::ranked) text += "; nothing shows that it is the best";
  if (!tied.empty()) {
    text += fmt::format("; tied with {} (their intervals overlap)", fmt::join(tied, ", "));
  }
  return text + ".";
}

std::string ranking(const std::vector<Candidate>& candidates, const Advice& advice, bool fits,
                    const ConsoleStyle& style) {
  Table table({{"", false, 100},
               {"mechanism", false, 100},
               {label_of(advice.basis), true, 100},
               {"interval", true, 40},
               {"vs best", true, fits ? 90 : 30},
               {cost_label("cpu_per_message"), true, 60},
               {"CPU", true, 80},
               {"p99", true, 70},
               {fits ? "" : "but", false, 95}});
  std::size_t place = 0;
  for (const Candidate& each : candidates) {
    ++place;
    const Figure& figure = each.decides;
    const bool ranked = fits && advice.ranking_basis == RankingBasis::ranked;
    const bool best = ranked && place == 1;
    const std::string interval =
        figure.coverage > 0
            ? fmt::format("{} to {}", scaled(figure.low, figure.unit, style.unicode),
                          scaled(figure.high, figure.unit, style.unicode))
            : std::string{};
    table.add({{ranked ? (each.tie ? "=" : std::to_string(place)) : "-"},
               {each.label, 0,
                best               ? TextStyle::good
                : each.tie && fits ? TextStyle::bold
                                   : TextStyle::plain},
               {value_of(each, advice, style), 0, best ? TextStyle::good : TextStyle::plain},
               {interval, 0, TextStyle::dim},
               {ranked ? times(each.ratio) : ""},
               {each.cpu_per_message_ns > 0
                    ? scaled(each.cpu_per_message_ns, Unit::nanoseconds, style.unicode)
                    : ""},
               {each.cpus > 0 ? share(each.cpus) : ""},
               {each.p99 ? value_text(*each.p99, style.unicode) : ""},
               {fits ? std::string{} : fmt::format("{}", fmt::join(each.lacks, "; "))}});
  }
  return table.render(style);
}

// What the winner's waiting costs, and who would sleep instead.
void spinning(const Advice& advice, const ConsoleStyle& style, Lines& lines) {
  const Candidate& best = advice.fitting.front();
  if (best.cell->spec.wait == Wait::block) return;
  std::string text = fmt::format("{} does not sleep while it waits: it keeps {} busy", best.label,
                                 share(best.cpus));
  const auto sleeper =
      std::find_if(advice.fitting.begin(), advice.fitting.end(),
                   [](const Candidate& each) { return each.cell->spec.wait == Wait::block; });
  if (sleeper != advice.fitting.end()) {
    text += fmt::format("; the first of those that sleep is {}, {}", sleeper->label,
                        value_of(*sleeper, advice, style));
    if (advice.ranking_basis == RankingBasis::ranked)
      text += fmt::format(" ({})", times(sleeper->ratio));
  }
  lines.push_back(text + ".");
}

void cheaper_tie(const Advice& advice, const ConsoleStyle& style, Lines& lines) {
  const Candidate& best = advice.fitting.front();
  const Candidate* cheapest = &best;
  for (const Candidate& each : advice.fitting) {
    if (each.tie && each.cpu_per_message_ns > 0 &&
        each.cpu_per_message_ns < cheapest->cpu_per_message_ns) {
      cheapest = &each;
    }
  }
  if (cheapest == &best ||
      best.cpu_per_message_ns < min_difference * cheapest->cpu_per_message_ns) {
    return;
  }
  lines.push_back(fmt::format(
      "Of those tied, {} takes the least CPU time per message: {} against {}.", cheapest->label,
      scaled(cheapest->cpu_per_message_ns, Unit::nanoseconds, style.unicode),
      scaled(best.cpu_per_message_ns, Unit::nanoseconds, style.unicode)));
}

void properties(const Candidate& best, Lines& lines) {
  const auto& facts = best.cell->capabilities;
  const auto has = [&facts](const char* name, const char* value) {
    const auto found = facts.find(name);
    return found != facts.end() && found->second == value;
  };
  if (has("ordered", "no")) lines.emplace_back("It does not keep messages in order.");
  if (has("reports_peer_death", "no")) {
    lines.emplace_back(
        "It does not tell when the other process dies: watch that by other means (a pidfd, a "
        "timeout).");
  }
  if (has("survives_peer_kill", "no")) {
    lines.emplace_back("A process killed in the middle of a call can stop the others.");
  }
  if (has("pollable", "no")) {
    lines.emplace_back("It has no descriptor to wait for with poll or epoll.");
  }
}

// Without the wait and whatever else of it was varied.
const std::string& mechanism_label_of(const Candidate& candidate) {
  const RunSpec& spec = candidate.cell->spec;
  return spec.notifier.empty() ? spec.backend : spec.notifier;
}

bool only_one_mechanism(const Advice& advice) {
  const auto same = [&advice](const Candidate& each) {
    return mechanism_label_of(each) == mechanism_label_of(advice.fitting.front());
  };
  return std::all_of(advice.fitting.begin(), advice.fitting.end(), same) &&
         std::all_of(advice.unfit.begin(), advice.unfit.end(), same);
}

void limits(const Advice& advice, const ConsoleStyle& style, Lines& lines) {
  const Need& need = advice.need;
  const Candidate& best = advice.fitting.front();
  if (advice.ranking_basis == RankingBasis::other_state) {
    lines.push_back(fmt::format(
        "All of these are from another state of the machine (core to core {}) than most of the "
        "file: measure again, or with more --trials.",
        scaled(advice.state_ns, Unit::nanoseconds, style.unicode)));
  }
  if (advice.ranking_basis == RankingBasis::unsteady) {
    lines.emplace_back(
        "The machine changed its state during these trials, or could not be looked at: measure "
        "again, or with more --trials.");
  }
  if (best.decides.coverage <= 0) {
    lines.push_back(fmt::format(
        "Too few trials for an interval ({}), so that nothing is ranked and nothing tied. Measure "
        "with --trials {} or more to tell them apart.",
        best.decides.trials, min_trials_for_interval()));
  }
  if (!best.decides.groups.empty()) {
    lines.push_back(
        fmt::format("The trials of {} fall into two groups (how many each): {}. More of them do "
                    "not bring these "
                    "together.",
                    best.label, groups_text(best.decides, style.unicode)));
  }
  if (only_one_mechanism(advice)) {
    const bool alone = advice.unranked.empty();
    lines.push_back(fmt::format(
        "{} is the only mechanism that {}{}: there was nothing to choose from.",
        mechanism_label_of(best), alone ? "was measured" : "could be ranked",
        alone && need.network ? ", and the only one here that reaches other machines" : ""));
  }
  if (need.p99_ns != 0 && need.exchange == Exchange::fan_in) {
    lines.emplace_back(
        "The p99 is that of a round trip between two processes: what several producers add when "
        "they meet is not in it.");
  }
  if (need.cpus > 0 && need.rate == 0) {
    lines.emplace_back("The CPU time is that of full speed; name a --rate to budget for less.");
  }
}

Lines trade_offs(const Advice& advice, const ConsoleStyle& style) {
  Lines lines;
  const Candidate& best = advice.fitting.front();
  spinning(advice, style, lines);
  cheaper_tie(advice, style, lines);
  if (best.mechanism != nullptr && !best.mechanism->note.empty()) {
    lines.push_back(best.mechanism->note);
  }
  properties(best, lines);
  limits(advice, style, lines);
  return lines;
}

}  // namespace

std::string advice_to_console(const Advice& advice, const std::string& source,
                              const ConsoleStyle& style) {
  const std::string bullet = style.unicode ? "  \u2022 " : "  * ";
  std::string title = advice.title;
  if (!advice.need.name.empty()) title = advice.need.name + ": " + title;
  std::string text = styled(printable(title), TextStyle::bold, style) + "\n";
  std::string origin = fmt::format("Answered from {}", source);
  if (!advice.setting.empty()) origin += "; " + advice.setting;
  text += wrapped(origin + ".", "", style.width);
  text += "\n" + wrapped(verdict(advice, style), "", style.width);
  if (!advice.fitting.empty()) text += "\n" + ranking(advice.fitting, advice, true, style);
  if (!advice.unfit.empty()) {
    text += "\nDo not fit\n" + ranking(advice.unfit, advice, false, style);
  }
  if (!advice.fitting.empty()) {
    text += "\n" + styled("Trade-offs", TextStyle::bold, style) + "\n";
    for (const std::string& line : trade_offs(advice, style)) {
      text += wrapped(line, bullet, style.width);
    }
  }
  if (!advice.unranked.empty()) {
    text += "\nNot ranked\n";
    for (const std::string& line : advice.unranked) text += wrapped(line, bullet, style.width);
  }
  if (!advice.absent.empty()) {
    text += "\nNot in the file (--measure-missing measures them)\n";
    text += wrapped(fmt::format("{}", fmt::join(advice.absent, ", ")), bullet, style.width);
  }
  return text;
}

}  // namespace ipcmark
