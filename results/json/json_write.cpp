// Values to JSON.
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

#include "results/figures/summary.hpp"
#include "results/json/explained_fields.hpp"
#include "results/json/json.hpp"
#include "results/json/json_values.hpp"
#include "results/model/cell_options.hpp"

namespace ipcmark {

void write_value(Json& json, const Histogram& histogram) {
  Json index = Json::array();
  Json count = Json::array();
  for (const auto& [bucket, values] : histogram.sparse()) {
    index.push_back(bucket);
    count.push_back(values);
  }
  json = {{"unit", to_string(Unit::nanoseconds)},
          {"count", histogram.count()},
          {"min", histogram.min()},
          {"max", histogram.max()},
          {"sum", histogram.sum()},
          {"bucket_index", std::move(index)},
          {"bucket_count", std::move(count)}};
}

void write_value(Json& json, const Metric& metric) {
  json = {{"name", metric.name},
          {"value", metric.value},
          {"unit", to_string(metric.unit)},
          {"samples", metric.samples}};
}

void write_value(Json& json, const RunSpec& spec) {
  json = Json::object();
  for (const CellOption& option : cell_options()) {
    std::visit(
        [&](auto member) {
          using Value = std::remove_cvref_t<decltype(spec.*member)>;
          if constexpr (std::is_enum_v<Value>) {
            json[option.name] = to_string(spec.*member);
          } else {
            json[option.name] = spec.*member;
          }
        },
        option.member);
  }
  json["options"] = spec.options;
  json["defaults"] = spec.defaults;
}

namespace {

Json figure_json(const Figure& figure) {
  Json json = {{"name", figure.name}};
  if (figure.quantile >= 0) json["quantile"] = figure.quantile;
  json["unit"] = to_string(figure.unit);
  if (figure.needs != 0) {
    json["needs_samples_per_trial"] = figure.needs;
  } else {
    json["median"] = figure.median;
    json["low"] = figure.low;
    json["high"] = figure.high;
    json["coverage"] = figure.coverage;
    json["mild_outliers"] = figure.mild_outliers;
    json["severe_outliers"] = figure.severe_outliers;
  }
  if (figure.step > 0) json["clock_step_ns"] = figure.step;
  for (const FigureGroup& group : figure.groups) {
    json["groups"].push_back({{"median", group.median}, {"trials", group.trials}});
  }
  json["trials"] = figure.trials;
  json["samples"] = figure.samples;
  return json;
}

Json summary_json(const Summary& summary) {
  Json figures = Json::array();
  for (const Figure& figure : summary.figures) figures.push_back(figure_json(figure));
  return {{"state", to_string(summary.state)}, {"reason", summary.reason},
          {"trials", summary.trials},          {"unsteady", summary.unsteady},
          {"saturated", summary.saturated},    {"published", summary.published},
          {"comparable", summary.comparable},  {"machine_state_ns", summary.machine_state_ns},
          {"figures", std::move(figures)}};
}

// What came from a command line or a file of the system need not be UTF-8.
constexpr std::size_t max_on_a_line = 16;

constexpr std::size_t short_list = 2;

bool only_scalars(const Json& json) {
  for (const Json& part : json) {
    if (part.is_structured()) return false;
  }
  return true;
}

// Scalars, and lists of a few of them.
bool only_short(const Json& json) {
  for (const Json& part : json) {
    const bool list =
        part.is_array() && !part.empty() && part.size() <= short_list && only_scalars(part);
    if (part.is_structured() && !list) return false;
  }
  return true;
}

// Indented by two, but small objects and lists of plain values stay on one line: a histogram's
// thousands of buckets would otherwise have a line each.
void pretty(const Json& json, std::size_t indent, std::string& out) {
  if (!json.is_structured() || json.empty() || (json.is_array() && only_scalars(json))) {
    out += one_line(json);
    return;
  }
  if (json.is_object() && json.size() <= max_on_a_line && only_short(json)) {
    out += one_line(json);
    return;
  }
  const std::string inner(indent + 2, ' ');
  const bool object = json.is_object();
  out += object ? "{" : "[";
  bool first = true;
  for (const auto& item : json.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out += inner;
    if (object) out.append(one_line(Json(item.key()))).append(": ");
    pretty(item.value(), indent + 2, out);
  }
  out.append("\n").append(indent, ' ').append(object ? "}" : "]");
}

Json machine_json(const MachineView& machine) {
  Json pairs = Json::array();
  for (const PairStates& pair : machine.pairs()) {
    Json json = {{"states_ns", pair.states_ns}, {"published_state_ns", pair.published_ns()}};
    if (pair.cpus.empty()) {
      json["placement"] = to_string(pair.placement);
    } else {
      json["cpus"] = pair.cpus;
    }
    pairs.push_back(std::move(json));
  }
  const PairStates first = machine.pairs().empty() ? PairStates{} : machine.pairs().front();
  return {{"states_ns", first.states_ns},
          {"published_state_ns", first.published_ns()},
          {"pairs", std::move(pairs)}};
}

// A cell is written trial by trial: as one tree a long run would need gigabytes.
void write_cell(const Cell& cell, const MachineView& machine, const Catalogue& catalogue,
                std::string& out) {
  out.append("    {\n      \"key\": ").append(one_line(Json(cell.spec.key())));
  out += ",\n      \"asked\": ";
  pretty(described(cell.spec), 6, out);
  out += ",\n      \"capabilities\": ";
  pretty(Json(cell.capabilities), 6, out);
  out += ",\n      \"summary\": ";
  pretty(summary_json(summarize(cell, machine, catalogue)), 6, out);
  out += ",\n      \"trials\": [";
  for (std::size_t i = 0; i < cell.trials.size(); ++i) {
    out += i == 0 ? "\n        " : ",\n        ";
    pretty(described(cell.trials[i]), 8, out);
  }
  out += cell.trials.empty() ? "]\n    }" : "\n      ]\n    }";
}

}  // namespace

std::string spec_to_json(const RunSpec& spec) { return one_line(described(spec)); }
std::string trial_to_json(const Trial& trial) { return one_line(described(trial)); }

std::string result_to_json(const ResultDocument& document) {
  std::string out = "{\n  \"schema\": \"ipcmark.result\",\n  \"version\": ";
  out += one_line(Json{{"major", schema_major}, {"minor", schema_minor}});
  out += ",\n  \"run\": ";
  pretty(described(document.run), 2, out);
  out += ",\n  \"environment\": ";
  pretty(Json(document.environment.facts), 2, out);
  const MachineView machine(document);
  out += ",\n  \"machine\": ";
  pretty(machine_json(machine), 2, out);
  if (!document.searches.empty()) {
    out += ",\n  \"searches\": ";
    pretty(described(document.searches), 2, out);
  }
  if (!document.explained.empty()) {
    out += ",\n  \"explained\": ";
    pretty(described(document.explained), 2, out);
  }
  out += ",\n  \"cells\": [";
  for (std::size_t i = 0; i < document.cells.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    write_cell(document.cells[i], machine, document.catalogue, out);
  }
  out += document.cells.empty() ? "]\n}\n" : "\n  ]\n}\n";
  return out;
}

}  // namespace ipcmark
