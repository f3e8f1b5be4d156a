// What stands in several kinds of documents and messages, by the names of its members. For sources
// that include it only: it brings the whole JSON library.
#pragma once

#include "results/json/json_fields.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

void read_value(const JsonCursor& cursor, RunSpec& spec);
void write_value(Json& json, const RunSpec& spec);

// Not member by member: a histogram is its buckets; a metric without a value has none (NaN).
void write_value(Json& json, const Histogram& histogram);
void read_value(const JsonCursor& cursor, Histogram& histogram);
void write_value(Json& json, const Metric& metric);
void read_value(const JsonCursor& cursor, Metric& metric);

// What a build that stated no cause said in words alone.
void add_cause(Trial& trial);

// "schema" and "version": false, and refused, when it is none of that schema, or of a higher major
// version than `major`. `what` stands in the sentence: "an ipcmark result".
bool read_head(const JsonCursor& cursor, const char* schema, int major, const char* what);

template <class Fields, Described<ProcessCost> Value>
void fields(Fields& with, Value& cost) {
  with("role", cost.role);
  with("pid", cost.pid);
  with("cpu", cost.cpu);
  for (const CostField& field : cost_fields) with(field.name, cost.*field.value);
}

template <class Fields, Described<Integrity> Value>
void fields(Fields& with, Value& integrity) {
  for (const IntegrityField& each : integrity_fields()) {
    with(each.figure.name, integrity.*each.value);
  }
}

template <class Fields, Described<CanaryPair> Value>
void fields(Fields& with, Value& pair) {
  with("cpus", pair.cpus);
  with("before_ns", pair.before_ns);
  with("after_ns", pair.after_ns);
}

template <class Fields, Described<Canary> Value>
void fields(Fields& with, Value& canary) {
  for (const CanaryField& each : canary_fields()) with(each.figure.name, canary.*each.value);
  with("unsteady", canary.unsteady);
  with("cpus", canary.cpus);
  with.if_any("others", canary.others);
}

template <class Fields, Described<Granted> Value>
void fields(Fields& with, Value& granted) {
  with("values", granted.values);
  with("note", granted.note);
  with("file_system", granted.file_system);
}

template <class Fields, Described<Measurements> Value>
void fields(Fields& with, Value& measured) {
  with("steady", measured.steady);
  with("metrics", measured.metrics);
  with("histograms", measured.histograms);
  with("integrity", measured.integrity);
}

template <class Fields, Described<Trial> Value>
void fields(Fields& with, Value& trial) {
  with("round", trial.round);
  with("position", trial.position);
  with.required_word("state", trial.state, state_from);
  with.word("cause", trial.cause, cause_from);
  with("reason", trial.reason);
  using Measured = std::conditional_t<std::is_const_v<Value>, const Measurements, Measurements>;
  fields(with, static_cast<Measured&>(trial));
  with("counts", trial.counts);
  with("voids", trial.voids);
  with("costs", trial.costs);
  with("granted", trial.granted);
  with("canary", trial.canary);
}

template <class Fields, Described<RateSearch> Value>
void fields(Fields& with, Value& search) {
  with.required("cell", search.cell);
  with("p99_limit_ns", search.p99_limit_ns);
  with("within", search.within);
  with("beyond", search.beyond);
}

template <class Fields, Described<RunInfo> Value>
void fields(Fields& with, Value& run) {
  with.required("id", run.id);
  with("started", run.started);
  with("finished", run.finished);
  with("command", run.command);
  with("version", run.version);
  with("suite", run.suite);
  with("seed", run.seed);
  with("trials_asked", run.trials_asked);
  with("shared_machine", run.shared_machine);
  with("interrupted", run.interrupted);
  with.if_any("host", run.host);
  with.if_any("labels", run.labels);
  with.if_any("shard", run.shard);
}

}  // namespace ipcmark
