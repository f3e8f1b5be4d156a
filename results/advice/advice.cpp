#include "results/advice/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "results/console/view.hpp"
#include "results/figures/statistics.hpp"
#include "results/model/capabilities.hpp"
#include "results/model/cell_key.hpp"
#include "results/model/cell_options.hpp"
#include "results/text/quantities.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

bool belongs(const Cell& cell, const Basis& basis, const Need& need, const Catalogue& catalogue) {
  const RunSpec& spec = cell.spec;
  if (spec.scenario != basis.scenario || !spec.fault.empty() ||
      declares(cell.capabilities, "one_process")) {
    return false;
  }
  if (!spec.burst.empty() || !spec.replay.empty()) return false;
  if (basis.size != 0 && (spec.size != basis.size || !spec.size_mix.empty())) return false;
  if (need.network) {
    const MechanismFacts* mechanism = catalogue.mechanism(spec);
    if (mechanism == nullptr || !mechanism->network) return false;
  }
  return std::all_of(basis.options.begin(), basis.options.end(), [&spec](const auto& option) {
    return spec.option(option.name, option.default_value) == option.value;
  });
}

double median_of(const Summary& summary, const char* name) {
  const Figure* figure = summary.figure(name);
  return figure == nullptr ? 0 : figure->median;
}

// The range of a few trials is no interval.
bool tied(const Figure& a, const Figure& b) {
  return a.coverage > 0 && b.coverage > 0 && a.low <= b.high && b.low <= a.high;
}

// The same mechanism, used in the same way for the same, but for what the cells of a table share.
bool used_alike(const RunSpec& a, const RunSpec& b) {
  return std::all_of(cell_options().begin(), cell_options().end(),
                     [&](const CellOption& option) {
                       const bool apart =
                           option.in_key != InKey::no && option.shown != Shown::table;
                       return !apart || is_same(option, a, b);
                     }) &&
         a.fault == b.fault && a.size_mix == b.size_mix && a.burst == b.burst &&
         a.replay == b.replay;
}

// The ping-pong of the same mechanism, used in the same way.
const Cell* ping_pong_of(const ResultDocument& document, const RunSpec& spec) {
  const ScenarioFacts* ping_pong = document.catalogue.answering(Exchange::two_way);
  if (ping_pong == nullptr) return nullptr;
  RunSpec wanted = spec;
  wanted.scenario = ping_pong->name;
  wanted.fault.clear();
  for (const Cell& cell : document.cells) {
    if (used_alike(cell.spec, wanted) && cell.spec.placement == spec.placement) return &cell;
  }
  return nullptr;
}

// Of two groups of trials the median may lie between them, where no trial was.
double longest(const Figure& time) {
  return time.groups.empty() ? time.median : time.groups.back().median;
}

class Adviser {
 public:
  Adviser(const ResultDocument& document, const Need& need)
      : document_(document), machine_(document) {
    advice_.need = need;
    advice_.basis = basis_of(need, document.catalogue);
    advice_.title = basis_text(need, document.catalogue);
  }

  Advice make() {
    choose_setting();
    for (const RankingBasis ranking_basis : {RankingBasis::ranked, RankingBasis::few_trials,
                                             RankingBasis::other_state, RankingBasis::unsteady}) {
      advice_.ranking_basis = ranking_basis;
      advice_.unranked.clear();
      if (ranking_basis == RankingBasis::other_state) choose_state();
      take_cells();
      if (!advice_.fitting.empty() || !advice_.unfit.empty()) break;
    }
    rank(advice_.fitting);
    rank(advice_.unfit);
    return std::move(advice_);
  }

 private:
  bool asked_for(const Cell& cell) const {
    return belongs(cell, advice_.basis, advice_.need, document_.catalogue) &&
           setting_of(cell.spec) == advice_.setting;
  }

  void take_cells() {
    for (const Cell& cell : document_.cells) {
      if (asked_for(cell)) add(cell);
    }
  }

  // Of the states of the machine that cells are shown from, that of most.
  void choose_state() {
    std::map<double, std::size_t> cells;
    for (const Cell& cell : document_.cells) {
      if (!asked_for(cell)) continue;
      const Summary summary = summarize(cell, machine_, document_.catalogue);
      if (summary.machine_state_ns > 0) ++cells[summary.machine_state_ns];
    }
    const auto max = std::max_element(cells.begin(), cells.end(), [](const auto& a, const auto& b) {
      return a.second < b.second;
    });
    if (max != cells.end()) advice_.state_ns = max->first;
  }

  // Of several settings, the one with most cells to choose from; then the one that sent more.
  void choose_setting() {
    std::map<std::string, std::pair<std::size_t, std::uint64_t>> weights;
    for (const Cell& cell : document_.cells) {
      if (!belongs(cell, advice_.basis, advice_.need, document_.catalogue)) continue;
      auto& [cells, samples] = weights[setting_of(cell.spec)];
      const Summary summary = summarize(cell, machine_, document_.catalogue);
      if (summary.not_passed > 0) continue;  // nothing to choose
      const Figure* figure =
          published_figure(summary, advice_.basis.figure, advice_.basis.quantile);
      if (figure == nullptr) continue;
      cells += 1;
      samples += figure->samples;
    }
    const auto max =
        std::max_element(weights.begin(), weights.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (max != weights.end()) advice_.setting = max->first;
  }

  void add(const Cell& cell) {
    Candidate candidate;
    candidate.cell = &cell;
    candidate.mechanism = document_.catalogue.mechanism(cell.spec);
    candidate.label = candidate_label(cell.spec);
    candidate.summary = summarize(cell, machine_, document_.catalogue);
    std::string why = apart(cell);
    if (why.empty()) why = cannot_be_ranked(candidate.summary);
    if (!why.empty()) {
      advice_.unranked.push_back(fmt::format("{}: {}", candidate.label, why));
      return;
    }
    candidate.decides = stand_in(
        candidate.summary, document_.catalogue.scenario(cell.spec.scenario),
        *published_figure(candidate.summary, advice_.basis.figure, advice_.basis.quantile));
    if (const Cell* beside = ping_pong_of(document_, cell.spec)) {
      candidate.beside = summarize(*beside, machine_, document_.catalogue);
      // What loses messages in ping-pong has no times to promise.
      if (candidate.beside.not_passed > 0 || elsewhere(candidate)) candidate.beside.figures.clear();
    }
    set_costs(candidate);
    find_lacks(candidate);
    auto& list = candidate.lacks.empty() ? advice_.fitting : advice_.unfit;
    list.push_back(std::move(candidate));
  }

  // Why its figure is of another kind than the others'; empty: it is not.
  static std::string apart(const Cell& cell) {
    if (declares(cell.capabilities, "lossy")) return "may lose messages, and the others may not";
    // What is polled for would be ranked by the harness's own sleep.
    const std::int64_t polled_ns = poll_interval(cell);
    if (polled_ns == 0) return {};
    return fmt::format("polled every {} by the harness, as nothing ends a wait for several of it",
                       duration_text(static_cast<std::uint64_t>(polled_ns)));
  }

  std::string cannot_be_ranked(const Summary& summary) const {
    const bool passed = summary.state == State::passed;
    if (summary.not_passed > 0 || (!passed && summary.figures.empty())) {
      return summary.reason.empty() ? to_string(summary.state) : summary.reason;
    }
    const Figure* figure = summary.figure(advice_.basis.figure, advice_.basis.quantile);
    if (summary.saturated > 0) return summary.reason + ": the rate does not come through";
    if (figure == nullptr) return "has no such figure";
    if (figure->needs != 0) {
      return fmt::format("its trials are too short: {} samples are needed in each", figure->needs);
    }
    if (!(figure->median > 0)) return "its figure is 0";
    return too_weak(summary, *figure);
  }

  // Whether the ping-pong beside it met another state of the machine.
  bool elsewhere(const Candidate& candidate) const {
    if (advice_.ranking_basis == RankingBasis::unsteady) return false;
    const Summary& own = candidate.summary;
    const Summary& beside = candidate.beside;
    return own.comparable ? !beside.comparable : beside.machine_state_ns != own.machine_state_ns;
  }

  // For what the answer stands on.
  std::string too_weak(const Summary& summary, const Figure& figure) const {
    switch (advice_.ranking_basis) {
      case RankingBasis::ranked:
      case RankingBasis::few_trials:
        if (!summary.comparable) return "measured in another state of the machine than the others";
        if (figure.coverage > 0 || advice_.ranking_basis == RankingBasis::few_trials) return {};
        return fmt::format("its trials ({}) are too few for an interval ({})", figure.trials,
                           min_trials_for_interval());
      case RankingBasis::other_state:
        if (advice_.state_ns > 0 && summary.machine_state_ns == advice_.state_ns) return {};
        return "measured in another state of the machine than the others";
      case RankingBasis::unsteady:
        return {};
    }
    return {};
  }

  // A rate that is asked for costs what a message costs that is waited for, as in ping-pong: at
  // less than full speed each one finds its receiver asleep. Who spins pays all the time.
  void set_costs(Candidate& candidate) const {
    const double own = median_of(candidate.summary, "cpu_per_message");
    const double waited = median_of(candidate.beside, "cpu_per_message");
    candidate.cpu_per_message_ns = own;
    candidate.cpus = median_of(candidate.summary, "cpus_busy");
    if (advice_.need.rate == 0 || candidate.cell->spec.wait != Wait::block) return;
    const double each = std::max(advice_.need.exchange == Exchange::offered ? 0 : own, waited);
    if (each > 0) candidate.cpus = each * static_cast<double>(advice_.need.rate) / 1e9;
  }

  void find_lacks(Candidate& candidate) const {
    const Need& need = advice_.need;
    const auto lack = [&candidate](std::string why) { candidate.lacks.push_back(std::move(why)); };
    // One message at a time: a round trip's time bounds the rate.
    const double rate =
        need.exchange == Exchange::two_way ? 1e9 / candidate.decides.median : rate_of(candidate);
    const auto asked = static_cast<double>(need.rate);
    if (need.rate != 0 && need.exchange != Exchange::offered && rate < asked) {
      lack(fmt::format("gets {} through, not {}", scaled(rate, Unit::messages_per_second),
                       scaled(asked, Unit::messages_per_second)));
    }
    if (need.cpus > 0) {
      if (candidate.cpus <= 0) lack("its CPU time is not known");
      if (candidate.cpus > need.cpus) {
        lack(fmt::format("keeps {:.3g} % of a CPU busy, more than {:.3g} %", 100 * candidate.cpus,
                         100 * need.cpus));
      }
    }
    if (need.p99_ns != 0) check_p99(candidate);
    if (need.survive_crash && !declares(candidate.cell->capabilities, "survives_peer_kill")) {
      lack("a process killed in the middle of a call can stop the others");
    }
    if (need.ordered && !declares(candidate.cell->capabilities, "ordered"))
      lack("does not keep messages in order");
  }

  void check_p99(Candidate& candidate) const {
    const Need& need = advice_.need;
    const bool own = need.exchange == Exchange::two_way || need.exchange == Exchange::offered ||
                     need.exchange == Exchange::signals;
    const Figure* p99 = own ? published_figure(candidate.summary, advice_.basis.figure, 0.99)
                            : published_figure(candidate.beside, ping_pong_figure(), 0.99);
    if (p99 != nullptr) candidate.p99 = *p99;
    const auto limit = static_cast<double>(need.p99_ns);
    if (!candidate.p99 && !own && candidate.beside.not_passed > 0) {
      candidate.lacks.emplace_back(
          "its p99 is not known: its ping-pong did not pass in every trial");
    } else if (!candidate.p99 && !own && candidate.beside.published > 0 && elsewhere(candidate)) {
      candidate.lacks.emplace_back(
          "its p99 is not known: its ping-pong was measured in another state of the machine");
    } else if (!candidate.p99) {
      candidate.lacks.emplace_back("its p99 is not known: it takes 20 trials of 10 000 messages");
    } else if (longest(*candidate.p99) > limit) {
      candidate.lacks.push_back(fmt::format("p99 {}, more than {}",
                                            scaled(longest(*candidate.p99), Unit::nanoseconds),
                                            scaled(limit, Unit::nanoseconds)));
    }
  }

  void rank(std::vector<Candidate>& candidates) const {
    const bool higher = advice_.basis.entry.better == Better::higher;
    std::stable_sort(
        candidates.begin(), candidates.end(), [higher](const Candidate& a, const Candidate& b) {
          return higher ? a.decides.median > b.decides.median : a.decides.median < b.decides.median;
        });
    for (Candidate& candidate : candidates) {
      const Figure& top = candidates.front().decides;
      candidate.ratio =
          higher ? top.median / candidate.decides.median : candidate.decides.median / top.median;
      candidate.tie = &candidate != &candidates.front() && tied(candidate.decides, top);
    }
  }

  // Of cells that are ranked by another rate, as by bytes, too.
  double rate_of(const Candidate& candidate) const {
    const Figure* main =
        main_figure(candidate.summary, document_.catalogue.scenario(candidate.cell->spec.scenario));
    return main != nullptr && is_rate(main->unit) ? main->median : 0;
  }

  std::string ping_pong_figure() const {
    const ScenarioFacts* ping_pong = document_.catalogue.answering(Exchange::two_way);
    return ping_pong == nullptr ? "" : ping_pong->answer->figure;
  }

  const ResultDocument& document_;
  MachineView machine_;
  Advice advice_;
};

}  // namespace

Advice advise(const ResultDocument& document, const Need& need) {
  return Adviser(document, need).make();
}

std::string candidate_label(const RunSpec& spec) {
  std::string text = spec.notifier.empty() ? spec.backend : spec.notifier;
  if (spec.depth != 0) text += fmt::format(" depth={}", spec.depth);
  if (spec.batch != 1) text += fmt::format(" batch={}", spec.batch);
  if (spec.zero_copy) text += " zero-copy";
  if (spec.wait != Wait::block) text += fmt::format(" ({})", to_string(spec.wait));
  return text;
}

std::vector<RunSpec> not_in(const ResultDocument& document, const Need& need,
                            const std::vector<RunSpec>& wanted) {
  const Basis basis = basis_of(need, document.catalogue);
  const std::string setting = advise(document, need).setting;
  std::vector<const RunSpec*> own;     // of the need, in its setting
  std::vector<const RunSpec*> others;  // the ping-pong beside it, and all else
  for (const Cell& cell : document.cells) {
    const bool there =
        belongs(cell, basis, need, document.catalogue) && setting_of(cell.spec) == setting;
    (there ? own : others).push_back(&cell.spec);
  }
  std::vector<RunSpec> missing;
  for (const RunSpec& spec : wanted) {
    const bool decides = spec.scenario == basis.scenario;
    const auto& where = decides ? own : others;
    if (std::any_of(where.begin(), where.end(),
                    [&spec](const RunSpec* each) { return used_alike(*each, spec); })) {
      continue;
    }
    RunSpec& made = missing.emplace_back(spec);
    if (!decides || own.empty()) continue;
    const RunSpec& like = *own.front();
    for (const CellOption& option : cell_options()) {
      if (option.shown == Shown::table) copy_value(option, like, made);
    }
    made.options = like.options;
    made.defaults = like.defaults;
    made.messages = like.messages;
    made.duration_ns = like.duration_ns;
    made.warmup_ns = like.warmup_ns;
  }
  return missing;
}

}  // namespace ipcmark
