#include "results/comparison/threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "results/comparison/comparison.hpp"
#include "results/figures/published.hpp"
#include "results/figures/summary.hpp"
#include "results/model/cell_key.hpp"

namespace ipcmark {
namespace {

constexpr double declared_plain = 0.05;  // what a threshold that names no figure replaces
constexpr double greatest_percent = 1000;

// What a figure may be called: as in a table, and as in documents.
std::set<std::string> names_of(const FigureEntry& entry, const std::string& name, double quantile) {
  Figure figure;
  figure.name = name;
  figure.quantile = quantile;
  figure.entry = entry;
  return {figure_label(entry, name, quantile), figure_name(figure)};
}

std::set<std::string> gated_names(const std::vector<FigureEntry>& figures) {
  std::set<std::string> names;
  for (const FigureEntry& entry : figures) {
    for (const double quantile : {-1.0, 0.5, 0.99}) {
      if (!minimum_effect(entry, quantile)) continue;
      if ((quantile >= 0) != (entry.as == Recorded::histogram)) continue;
      names.merge(names_of(entry, entry.name, quantile));
    }
  }
  return names;
}

std::set<std::string> gated_names(const Catalogue& catalogue) {
  std::set<std::string> names = gated_names(catalogue.shared);
  for (const ScenarioFacts& scenario : catalogue.scenarios) {
    names.merge(gated_names(scenario.figures));
  }
  return names;
}

// Of the cells that the pattern matches (an empty one: of all), whose keys begin with their
// scenario; empty: of none.
std::set<std::string> gated_names(const Catalogue& catalogue, const std::string& pattern,
                                  const std::vector<std::string>& keys) {
  std::set<std::string> names;
  for (const std::string& key : keys) {
    if (!pattern.empty() && !matches(pattern, key)) continue;
    const ScenarioFacts* scenario = catalogue.scenario(key.substr(0, key.find('/')));
    // Two scenarios compared with each other have a key of both.
    if (scenario == nullptr) return gated_names(catalogue);
    names.merge(gated_names(scenario->figures));
    names.merge(gated_names(catalogue.shared));
  }
  return names;
}

int weight(const Threshold& each) {
  return (each.cells.empty() ? 0 : 2) + (each.figure.empty() ? 0 : 1);
}

tl::expected<Threshold, std::string> threshold_from(std::string_view text) {
  Threshold made;
  made.text = text;
  // From the end: keys may hold both signs ("fault=slow:500").
  const std::size_t before = text.find_last_of("=:");
  std::string_view share = before == std::string_view::npos ? text : text.substr(before + 1);
  std::string_view rest = before == std::string_view::npos ? "" : text.substr(0, before);
  if (before != std::string_view::npos && text[before] == '=') {
    const std::size_t colon = rest.rfind(':');
    made.figure = colon == std::string_view::npos ? rest : rest.substr(colon + 1);
    rest = colon == std::string_view::npos ? "" : rest.substr(0, colon);
    if (made.figure.empty() || (colon != std::string_view::npos && rest.empty())) share = "";
  } else if (before != std::string_view::npos && rest.empty()) {
    share = "";
  }
  made.cells = rest;
  const std::string number(share);
  char* end = nullptr;
  const double percent = std::strtod(number.c_str(), &end);
  const bool digits = end != number.c_str();
  while (*end == ' ') ++end;
  if (!digits || std::string_view(end) != "%" || !(percent > 0 && percent <= greatest_percent)) {
    return tl::make_unexpected(fmt::format(
        "'{}' is not a threshold; write one such as 3%, p99=20% or 'latency/pipe/*:p99=20%'",
        text));
  }
  made.effect = percent / 100;
  return made;
}

}  // namespace

tl::expected<std::vector<Threshold>, std::string> thresholds_from(std::string_view text) {
  std::vector<Threshold> thresholds;
  for (;;) {
    const std::size_t end = text.find("%,");
    auto read = threshold_from(text.substr(0, end == std::string_view::npos ? end : end + 1));
    if (!read) return tl::make_unexpected(read.error());
    thresholds.push_back(std::move(*read));
    if (end == std::string_view::npos) return thresholds;
    text.remove_prefix(end + 2);
  }
}

double effect_of(const std::vector<Threshold>& thresholds, const std::string& key,
                 const FigureEntry& figure, const std::string& name, double quantile,
                 double declared) {
  const std::set<std::string> names = names_of(figure, name, quantile);
  const Threshold* chosen = nullptr;
  for (const Threshold& each : thresholds) {
    if (!each.figure.empty() && !names.contains(each.figure)) continue;
    if (!each.cells.empty() && !matches(each.cells, key)) continue;
    if (chosen == nullptr || weight(each) >= weight(*chosen)) chosen = &each;
  }
  if (chosen == nullptr) return declared;
  return chosen->figure.empty() ? chosen->effect * declared / declared_plain : chosen->effect;
}

std::string wrong_threshold(const std::vector<Threshold>& thresholds, const Catalogue& catalogue,
                            const std::vector<std::string>& keys) {
  const std::set<std::string> names = gated_names(catalogue);
  for (const Threshold& each : thresholds) {
    if (!each.figure.empty() && !names.contains(each.figure)) {
      return fmt::format("--threshold '{}': '{}' is no figure that is judged; these are: {}",
                         each.text, each.figure, fmt::join(names, ", "));
    }
    if (each.cells.empty() && (each.figure.empty() || keys.empty())) continue;
    const std::set<std::string> own = gated_names(catalogue, each.cells, keys);
    if (own.empty()) {
      return fmt::format("--threshold '{}': '{}' matches no cell, of which the first is '{}'",
                         each.text, each.cells, keys.empty() ? "" : keys.front());
    }
    if (!each.figure.empty() && !own.contains(each.figure)) {
      return fmt::format(
          "--threshold '{}': '{}' is not judged in {}; these are: {}", each.text, each.figure,
          each.cells.empty() ? "any of the cells to compare"
                             : fmt::format("the cells that '{}' matches", each.cells),
          fmt::join(own, ", "));
    }
  }
  return {};
}

namespace {

bool fits(const Threshold& threshold, const ComparedFigure& figure) {
  if (!threshold.cells.empty() && !matches(threshold.cells, figure.key)) return false;
  if (threshold.figure.empty()) return true;
  if (names_of(figure.entry, figure.name, figure.quantile).contains(threshold.figure)) return true;
  return !figure.in_place_of.empty() &&
         names_of(figure.entry, figure.in_place_of, 0.5).contains(threshold.figure);
}

}  // namespace

std::string unused_threshold(const Comparison& comparison) {
  // What is missing or failed might have had the figure, and is told by itself.
  const bool whole = !comparison.interrupted && comparison.failed.empty() &&
                     comparison.missing_in_base.empty() && comparison.missing_in_candidate.empty();
  if (!whole || comparison.gated() == 0) return {};
  for (const Threshold& each : comparison.thresholds) {
    std::set<std::string> judged;
    bool used = false;
    for (const ComparedFigure& figure : comparison.figures) {
      if (!figure.gated) continue;
      used |= fits(each, figure);
      judged.insert(label_of(figure));
    }
    if (used) continue;
    return fmt::format(
        "--threshold '{}' fits no figure that is judged here, of which there are: {}; a tail is "
        "judged only with enough samples in every trial (--messages, --duration)",
        each.text, fmt::join(judged, ", "));
  }
  return {};
}

}  // namespace ipcmark
