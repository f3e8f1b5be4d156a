#include "results/figures/published.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "results/figures/summary.hpp"

namespace ipcmark {
namespace {

constexpr std::array<double, 4> quantiles{{0.5, 0.9, 0.99, 0.999}};
constexpr unsigned trials_for_tails = 20;

bool is_extreme(const Figure& figure) {
  return figure.entry.as == Recorded::histogram && figure.quantile < 0;
}

bool published(const Figure& figure) { return figure.needs == 0 && std::isfinite(figure.median); }

bool tracked(const Figure& figure) {
  return published(figure) && figure.entry.followed && !is_extreme(figure);
}

std::string percentile(double quantile) { return fmt::format("p{:.10g}", quantile * 100); }

bool has_quantile(const Figure& figure) {
  return figure.quantile >= 0 && figure.entry.quantiles != Quantiles::median;
}

}  // namespace

std::span<const double> published_quantiles(const FigureEntry& entry, unsigned trials) {
  const std::span<const double> all(quantiles);
  if (entry.quantiles == Quantiles::median) return all.first(1);
  return entry.quantiles == Quantiles::all || trials >= trials_for_tails ? all : all.first(2);
}

std::optional<double> minimum_effect(const FigureEntry& entry, double quantile) {
  if (!entry.gated) return std::nullopt;
  if (quantile < 0 || quantile == 0.5) return 0.05;
  if (quantile == 0.99) return 0.10;
  return std::nullopt;
}

std::vector<const Figure*> tracked_figures(const Summary& summary) {
  std::vector<const Figure*> chosen;
  for (const Figure& figure : summary.figures) {
    if (tracked(figure)) chosen.push_back(&figure);
  }
  return chosen;
}

std::vector<const Figure*> column_figures(const Summary& summary) {
  std::vector<const Figure*> chosen;
  for (const bool first : {true, false}) {
    for (const Figure& figure : summary.figures) {
      if (!published(figure) || !figure.entry.column || is_extreme(figure)) continue;
      if (figure.entry.followed == first) chosen.push_back(&figure);
    }
  }
  return chosen;
}

std::string figure_name(const Figure& figure) {
  if (!has_quantile(figure)) return figure.name;
  const std::string which = percentile(figure.quantile);
  return figure.entry.plain_quantile ? which : figure.name + "_" + which;
}

std::string header_of(const Figure& figure) {
  const bool extreme = is_extreme(figure);
  if (*figure.entry.header != '\0' && !extreme) return figure.entry.header;
  if (*figure.entry.label != '\0' && !extreme) return figure.entry.label;
  std::string text = figure_name(figure);
  std::replace(text.begin(), text.end(), '_', ' ');
  if (text.ends_with(" ns")) text.resize(text.size() - 3);
  return text;
}

std::string figure_label(const FigureEntry& entry, const std::string& name, double quantile) {
  std::string text = *entry.label != '\0' ? entry.label : name;
  if (quantile < 0) return text;
  const std::string which = fmt::format("p{:g}", 100 * quantile);
  return entry.plain_quantile ? which : text + " " + which;
}

std::string sentence_of(const Figure& figure) {
  if (*figure.entry.sentence == '\0') return figure.name + ".";
  std::string text = figure.entry.sentence;
  if (!text.ends_with('.')) text += '.';
  if (!is_extreme(figure)) return text;
  return fmt::format("The {} of all trials; low and high are the range of theirs. {}",
                     figure.name.ends_with("_min") ? "shortest" : "longest", text);
}

}  // namespace ipcmark
