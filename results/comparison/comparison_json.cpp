
#include "results/comparison/comparison_text.hpp"
#include "results/json/json_text.hpp"

namespace ipcmark {
namespace {

Json side_json(const Side& side) {
  Json json = {{"name", side.name},       {"run", side.run_id},
               {"version", side.version}, {"revision", side.revision},
               {"started", side.started}, {"shared_machine", side.shared_machine}};
  if (!side.host.empty()) json["host"] = side.host;
  if (!side.labels.empty()) json["labels"] = side.labels;
  if (!side.shard.empty()) json["shard"] = side.shard;
  return json;
}

Json figure_json(const Comparison& comparison, const ComparedFigure& figure) {
  Json json = {{"cell", figure.key}, {"name", figure.name}};
  if (figure.quantile >= 0) json["quantile"] = figure.quantile;
  json["unit"] = to_string(figure.unit);
  json["better"] = to_string(figure.entry.better);
  // What was not measured, or too seldom, is not 0.
  json["base"] = figure.base_values.empty() ? Json() : Json(figure.base);
  json["candidate"] = figure.candidate_values.empty() ? Json() : Json(figure.candidate);
  if (figure.ratio.ratio > 0) {
    json["ratio"] = figure.ratio.ratio;
    json["low"] = figure.ratio.interval.low;
    json["high"] = figure.ratio.interval.high;
    json["coverage"] = figure.ratio.interval.coverage;
  }
  json["gated"] = figure.gated;
  if (figure.gated) {
    if (figure.limit > 1) json["limit"] = figure.limit;  // else no value of it could be judged
    json["verdict"] = to_string(figure.judgement.verdict);
    json["p_worse"] = figure.judgement.p_worse;
    json["p_better"] = figure.judgement.p_better;
    if (!figure.in_place_of.empty()) json["in_place_of"] = figure.in_place_of;
    if (figure.step_ns > 0) json["clock_step_ns"] = figure.step_ns;
    if (const auto kinds = kinds_of(comparison.across); !kinds.empty()) json["across"] = kinds;
  }
  if (figure.more_rounds) json["more_rounds"] = *figure.more_rounds;
  json["note"] = figure.note;
  json["base_values"] = figure.base_values;
  json["candidate_values"] = figure.candidate_values;
  return json;
}

Json voids_json(const std::vector<VoidRound>& voids) {
  Json json = Json::array();
  for (const VoidRound& each : voids) {
    json.push_back({{"cell", each.key},
                    {"round", each.round},
                    {"kind", to_string(each.why)},
                    {"reason", each.reason},
                    {"ran_last", each.last == AbSide::a ? "base" : "candidate"}});
  }
  return json;
}

Json trials_json(const SideTrials& side) {
  return {{"measured", side.trials},
          {"judged", side.judged},
          {"not_steady", side.not_steady},
          {"failed", side.failed}};
}

Json trials_json(const std::vector<CellTrials>& cells) {
  Json json = Json::array();
  for (const CellTrials& each : cells) {
    json.push_back({{"cell", each.key},
                    {"base", trials_json(each.base)},
                    {"candidate", trials_json(each.candidate)},
                    {"p_not_steady", each.p_not_steady}});
  }
  return json;
}

Json thresholds_json(const std::vector<Threshold>& thresholds) {
  Json json = Json::array();
  for (const Threshold& each : thresholds) json.push_back(each.text);
  return json;
}

Json across_json(const std::vector<Difference>& across) {
  Json json = Json::array();
  for (const Difference& each : across) json.push_back(each.text);
  return json;
}

Json head_json(const Comparison& comparison) {
  Json json{{"schema", "ipcmark.comparison"},
            {"version", {{"major", comparison_major}, {"minor", comparison_minor}}},
            {"base", side_json(comparison.base)},
            {"candidate", side_json(comparison.candidate)},
            {"paired", comparison.rounds},
            {"threshold", stated_threshold(comparison)},
            {"thresholds", thresholds_json(comparison.thresholds)},
            {"across", across_json(comparison.across)},
            {"repeats", comparison.repeats},
            {"counts",
             {{"regression", comparison.count(Verdict::regression)},
              {"too_few_rounds", comparison.count(Verdict::too_few_rounds)},
              {"inconclusive", comparison.count(Verdict::inconclusive)},
              {"improved", comparison.count(Verdict::improved)},
              {"no_regression", comparison.count(Verdict::no_regression)}}},
            {"failed", comparison.failed},
            {"missing_in_base", comparison.missing_in_base},
            {"missing_in_candidate", comparison.missing_in_candidate},
            {"notes", comparison.notes},
            {"trials", trials_json(comparison.trials)},
            {"void_rounds", voids_json(comparison.voids)}};
  if (comparison.interrupted) json["interrupted"] = true;
  return json;
}

}  // namespace

std::string comparison_to_json(const Comparison& comparison) {
  std::string out = "{\n";
  const Json head = head_json(comparison);
  for (const auto& item : head.items()) {
    out.append("  ").append(one_line(Json(item.key()))).append(": ");
    out.append(one_line(item.value())).append(",\n");
  }
  out += "  \"figures\": [";  // a figure a line: a person can read it, and diff it
  for (std::size_t i = 0; i < comparison.figures.size(); ++i) {
    out.append(i == 0 ? "\n    " : ",\n    ")
        .append(one_line(figure_json(comparison, comparison.figures[i])));
  }
  return out + (comparison.figures.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

}  // namespace ipcmark
