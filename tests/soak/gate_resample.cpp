// What the gate does on this machine's own noise, from recorded rounds of one build against itself
// (`ipcmark ab --json`, one file or several):
//
//   gate_resample null ROUNDS.json…    the test at no effect at all rejects as often as it should
//   gate_resample power ROUNDS.json…   how often a slowdown of a known size is flagged
//
// A slowdown by r multiplies the candidate's values by r: a true ratio, on true noise.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "results/comparison/comparison.hpp"
#include "results/comparison/gate_statistics.hpp"
#include "results/figures/published.hpp"

namespace {

using namespace ipcmark;
using Random = std::mt19937_64;
using Values = std::vector<double>;

struct RecordedFigure {
  std::string cell, label;
  bool higher = false;
  double limit = 1.05;
  Values base, candidate;  // of each round
};

struct Options {
  std::string mode;
  std::vector<std::string> files;
  std::size_t rounds = 30;
  unsigned repetitions = 2000;
  std::uint64_t seed = 1;
  // power: the smallest shares of flagged runs at these ratios, for an exit code of 0.
  double ratios[2] = {1.10, 1.15};
  double shares[2] = {0.80, 0.95};
};

bool read(const std::string& path, std::vector<RecordedFigure>& figures) {
  std::ifstream file(path);
  const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object() || json.value("schema", "") != "ipcmark.comparison" ||
      !json.value("paired", false)) {
    fmt::print(stderr, "'{}' is not what 'ipcmark ab --json' writes\n", path);
    return false;
  }
  for (const auto& each : json.at("figures")) {
    if (!each.at("gated").get<bool>() || each.at("base_values").empty()) continue;
    const std::string cell = each.at("cell");
    const std::string label =
        fmt::format("{} {}", each.at("name").get<std::string>(), each.value("quantile", -1.0));
    auto found = std::find_if(figures.begin(), figures.end(), [&](const RecordedFigure& figure) {
      return figure.cell == cell && figure.label == label;
    });
    if (found == figures.end()) {
      figures.push_back({cell, label, each.at("better") == "higher", each.at("limit"), {}, {}});
      found = figures.end() - 1;
    }
    for (const double value : each.at("base_values")) found->base.push_back(value);
    for (const double value : each.at("candidate_values")) found->candidate.push_back(value);
  }
  return true;
}

Values worse_logs(const RecordedFigure& figure) {
  Values logs(figure.base.size());
  for (std::size_t i = 0; i < logs.size(); ++i) {
    logs[i] = std::log(figure.candidate[i] / figure.base[i]) * (figure.higher ? -1 : 1);
  }
  return logs;
}

// The exact chance of a rejection at 5 % when either sign is equally likely: below 5 %, since the
// sign test has only so many outcomes.
double exact_level(std::size_t rounds) {
  Values signs(rounds, -1.0);
  double level = 0;
  for (std::size_t above = rounds; above > 0; --above) {
    std::fill(signs.begin(), signs.end(), -1.0);
    std::fill_n(signs.begin(), above, 1.0);
    const double p = sign_test_above(signs, 0);
    if (p > 0.05) break;
    level = p;
  }
  return level;
}

struct Share {
  std::size_t rejected = 0, tests = 0;
  double value() const {
    return tests == 0 ? 0 : static_cast<double>(rejected) / static_cast<double>(tests);
  }
  void add(bool rejects) {
    ++tests;
    rejected += rejects ? 1 : 0;
  }
  // Three standard errors of that many tests.
  bool fits(double level) const {
    return std::abs(value() - level) <=
           3 * std::sqrt(level * (1 - level) / static_cast<double>(tests));
  }
};

// Labels swapped at random in each round, and the recorded labels in stretches of `rounds`.
int null_test(const std::vector<RecordedFigure>& figures, const Options& options) {
  Random random(options.seed);
  const double level = exact_level(options.rounds);
  Share permuted_all;
  Share recorded_all;
  fmt::print(
      "| figure | rounds | ties | permuted: rejected | as recorded: rejected |\n"
      "|---|--:|--:|--:|--:|\n");
  for (const RecordedFigure& figure : figures) {
    Values logs = worse_logs(figure);
    const std::size_t all = logs.size();
    // Equal values have no sign; the test takes them for "not worse", which is on the safe side.
    std::erase_if(logs, [](double log) { return std::abs(log) < 1e-9; });
    if (logs.size() < options.rounds) continue;
    Share permuted;
    Values drawn(options.rounds);
    for (unsigned i = 0; i < options.repetitions; ++i) {
      for (double& value : drawn) {
        value = logs[random() % logs.size()] * ((random() >> 63U) != 0 ? 1 : -1);
      }
      permuted.add(sign_test_above(drawn, 0) <= 0.05);
    }
    Share recorded;
    for (std::size_t at = 0; at + options.rounds <= logs.size(); at += options.rounds) {
      const std::span<const double> stretch(logs.data() + at, options.rounds);
      recorded.add(sign_test_above(stretch, 0) <= 0.05);
      recorded.add(sign_test_below(stretch, 0) <= 0.05);
    }
    fmt::print("| {} {} | {} | {} | {:.2f} % | {} of {} |\n", figure.cell, figure.label, all,
               all - logs.size(), 100 * permuted.value(), recorded.rejected, recorded.tests);
    permuted_all.rejected += permuted.rejected;
    permuted_all.tests += permuted.tests;
    recorded_all.rejected += recorded.rejected;
    recorded_all.tests += recorded.tests;
  }
  const bool good = permuted_all.tests > 0 && permuted_all.fits(level);
  fmt::print("| all | | | {:.2f} %, exact level {:.2f} % | {} of {}, {:.1f} % |\n",
             100 * permuted_all.value(), 100 * level, recorded_all.rejected, recorded_all.tests,
             100 * recorded_all.value());
  fmt::print(
      "\nnull: {:.2f} % of {} permuted tests reject ({:.2f} % expected), {:.1f} % of {} as "
      "recorded\n",
      100 * permuted_all.value(), permuted_all.tests, 100 * level, 100 * recorded_all.value(),
      recorded_all.tests);
  return good ? 0 : 1;
}

// One made run: rounds drawn with replacement, the same for all figures of a cell; the figures of
// `slowed` are made worse by `ratio`. Which figures are flagged.
std::vector<bool> made_run(const std::vector<RecordedFigure>& figures, const std::string& slowed,
                           double ratio, std::size_t rounds, Random& random) {
  std::map<std::string, std::vector<double>> draws;
  std::vector<Evidence> evidence;
  evidence.reserve(figures.size());
  for (const RecordedFigure& figure : figures) {
    auto& draw = draws[figure.cell];
    if (draw.empty()) {
      for (std::size_t i = 0; i < rounds; ++i) {
        draw.push_back(std::uniform_real_distribution<double>()(random));
      }
    }
    Values base;
    Values candidate;
    for (const double place : draw) {
      const auto i = static_cast<std::size_t>(place * static_cast<double>(figure.base.size()));
      const double factor = figure.cell != slowed ? 1 : figure.higher ? 1 / ratio : ratio;
      base.push_back(figure.base[i]);
      candidate.push_back(figure.candidate[i] * factor);
    }
    evidence.push_back(paired_evidence(base, candidate, figure.higher, figure.limit));
  }
  std::vector<bool> flagged;
  flagged.reserve(figures.size());
  for (const Judgement& each : judge(evidence)) {
    flagged.push_back(each.verdict == Verdict::regression);
  }
  return flagged;
}

struct Powers {
  std::vector<Share> figures;  // each flagged
  Share run;                   // any of the slowed cell's
};

Powers powers(const std::vector<RecordedFigure>& figures, const std::string& slowed, double ratio,
              const Options& options, Random& random) {
  Powers result;
  result.figures.resize(figures.size());
  for (unsigned i = 0; i < options.repetitions; ++i) {
    const auto flagged = made_run(figures, slowed, ratio, options.rounds, random);
    bool any = false;
    for (std::size_t f = 0; f < figures.size(); ++f) {
      result.figures[f].add(flagged[f]);
      any = any || (flagged[f] && figures[f].cell == slowed);
    }
    result.run.add(any);
  }
  return result;
}

int power(const std::vector<RecordedFigure>& figures, const Options& options) {
  constexpr double ratios[] = {1.0, 1.025, 1.05, 1.075, 1.10, 1.125, 1.15, 1.20};
  Random random(options.seed);
  std::vector<std::string> cells;
  for (const RecordedFigure& figure : figures) {
    if (cells.empty() || cells.back() != figure.cell) cells.push_back(figure.cell);
  }
  fmt::print("| slowed cell | flagged |");
  for (const double ratio : ratios) fmt::print(" {:g} |", ratio);
  fmt::print("\n|---|---|");
  for (std::size_t i = 0; i < std::size(ratios); ++i) fmt::print("--:|");
  bool good = true;
  double min[2] = {1, 1};
  for (const std::string& cell : cells) {
    std::vector<Powers> at;
    for (const double ratio : ratios) at.push_back(powers(figures, cell, ratio, options, random));
    fmt::print("\n| {} | the cell |", cell);
    for (std::size_t i = 0; i < at.size(); ++i) {
      fmt::print(" {:.1f} % |", 100 * at[i].run.value());
      for (int bar = 0; bar < 2; ++bar) {
        if (ratios[i] != options.ratios[bar]) continue;
        min[bar] = std::min(min[bar], at[i].run.value());
        good = good && at[i].run.value() >= options.shares[bar];
      }
    }
    for (std::size_t f = 0; f < figures.size(); ++f) {
      if (figures[f].cell != cell) continue;
      fmt::print("\n| | {} |", figures[f].label);
      for (const Powers& each : at) fmt::print(" {:.1f} % |", 100 * each.figures[f].value());
    }
  }
  fmt::print(
      "\n\npower: {} rounds a run, {} figures judged; the least of {} cells is flagged in "
      "{:.1f} % at {:g} and in {:.1f} % at {:g}\n",
      options.rounds, figures.size(), cells.size(), 100 * min[0], options.ratios[0], 100 * min[1],
      options.ratios[1]);
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("the gate on recorded rounds");
  app.add_option("mode", options.mode, "null or power")
      ->required()
      ->check(CLI::IsMember({"null", "power"}));
  app.add_option("files", options.files, "what 'ipcmark ab --json' wrote")->required();
  app.add_option("--rounds", options.rounds, "rounds of a made run")->check(CLI::Range(8, 1000));
  app.add_option("--repetitions", options.repetitions, "made runs for each share");
  app.add_option("--seed", options.seed);
  CLI11_PARSE(app, argc, argv);
  std::vector<RecordedFigure> figures;
  for (const std::string& path : options.files) {
    if (!read(path, figures)) return 2;
  }
  if (figures.empty()) {
    fmt::print(stderr, "no gated figure in these files\n");
    return 2;
  }
  return options.mode == "null" ? null_test(figures, options) : power(figures, options);
}
