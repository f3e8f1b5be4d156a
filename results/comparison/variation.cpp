#include "results/comparison/variation.hpp"

#include <algorithm>

#include "results/comparison/comparison.hpp"
#include "results/comparison/fingerprint.hpp"
#include "results/json/json_text.hpp"
#include "results/json/json_values.hpp"

namespace ipcmark {
namespace {

Json figure_json(const FigureVariation& figure) {
  Json json = {{"cell", figure.cell}, {"name", figure.name}};
  if (figure.quantile >= 0) json["quantile"] = figure.quantile;
  json["deviation"] = figure.between.deviation;
  json["runs"] = figure.between.runs;
  return json;
}

void read_figure(const JsonCursor& cursor, FigureVariation& figure) {
  if (!cursor.expect_object()) return;
  cursor.require("cell").read(figure.cell);
  cursor.require("name").read(figure.name);
  cursor.at("quantile").read(figure.quantile);
  cursor.require("deviation").read(figure.between.deviation);
  cursor.require("runs").read(figure.between.runs);
  if (figure.between.deviation < 0) cursor.at("deviation").refuse("must not be negative");
  if (figure.between.runs < 2) cursor.at("runs").refuse("must be at least 2");
}

void read_variation(const JsonCursor& cursor, Variation& variation) {
  if (!read_head(cursor, variation_schema, variation_major, "a variation")) return;
  cursor.require("runs").read(variation.runs);
  cursor.require("environment").read(variation.environment.facts);
  cursor.require("figures").each([&variation](const JsonCursor& element) {
    read_figure(element, variation.figures.emplace_back());
  });
}

}  // namespace

RunToRun Variation::of(const std::string& cell, const std::string& name, double quantile) const {
  const auto found = std::find_if(figures.begin(), figures.end(), [&](const FigureVariation& each) {
    return each.quantile == quantile && each.name == name && each.cell == cell;
  });
  return found == figures.end() ? RunToRun{} : found->between;
}

Variation variation_of(const Comparison& comparison, const Environment& environment) {
  Variation variation{comparison.repeats, fingerprint(environment), {}};
  for (const ComparedFigure& figure : comparison.figures) {
    if (figure.between.runs < 2) continue;
    variation.figures.push_back({figure.key, figure.name, figure.quantile, figure.between});
  }
  return variation;
}

std::string variation_to_json(const Variation& variation) {
  std::string out = "{\n  \"schema\": " + one_line(variation_schema);
  out +=
      ",\n  \"version\": " + one_line(Json{{"major", variation_major}, {"minor", variation_minor}});
  out += ",\n  \"runs\": " + std::to_string(variation.runs);
  out += ",\n  \"environment\": " + one_line(variation.environment.facts);
  out += ",\n  \"figures\": [";  // a figure a line
  for (std::size_t i = 0; i < variation.figures.size(); ++i) {
    out.append(i == 0 ? "\n    " : ",\n    ").append(one_line(figure_json(variation.figures[i])));
  }
  return out + (variation.figures.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

tl::expected<Variation, std::string> variation_from_json(std::string_view text) {
  return read_json<Variation>(text, read_variation);
}

}  // namespace ipcmark
