// JSON to values. Nothing here trusts its input: a result file may have been edited by hand.
#include <cstdint>
#include <limits>
#include <string>

#include "results/json/json.hpp"
#include "results/json/json_values.hpp"
#include "results/text/units.hpp"

namespace ipcmark {

void read_spec(const Place& place, RunSpec& spec) {
  if (!place.expect_object()) return;
  place.require("scenario").read(spec.scenario);
  place.at("backend").read(spec.backend);
  place.at("lock").read(spec.lock);
  place.at("notifier").read(spec.notifier);
  place.at("size").read(spec.size);
  place.at("wait").read_name(spec.wait, wait_from);
  place.at("placement").read_name(spec.placement, placement_from);
  place.at("verify").read_name(spec.verify, verify_from);
  place.at("touch").read_name(spec.touch, touch_from);
  place.at("depth").read(spec.depth);
  place.at("batch").read(spec.batch);
  place.at("zero_copy").read(spec.zero_copy);
  place.at("messages").read(spec.messages);
  place.at("duration_ns").read(spec.duration_ns);
  place.at("warmup_ns").read(spec.warmup_ns);
  place.at("cpus").read(spec.cpus);
  place.at("seed").read(spec.seed);
  place.at("options").read(spec.options);
  place.at("fault").read(spec.fault);
  if (const std::string why = beyond_limits(spec); !why.empty()) place.refuse(why);
}

namespace {

void read_unit(const Place& place, Unit& unit) {
  std::string name = to_string(unit);
  place.read(name);
  if (const auto known = unit_from(name)) {
    unit = *known;
  } else if (!name.empty()) {
    place.refuse(unknown_unit_text(name));
  }
}

void read_histogram(const Place& place, Histogram& histogram) {
  if (!place.expect_object()) return;
  std::vector<std::uint32_t> index;
  std::vector<std::uint64_t> count;
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::uint64_t total = 0;
  double sum = 0;
  Unit unit = Unit::nanoseconds;
  read_unit(place.at("unit"), unit);
  if (unit != Unit::nanoseconds) return place.at("unit").refuse("must be \"ns\"");
  place.require("bucket_index").read(index);
  place.require("bucket_count").read(count);
  place.require("min").read(min);
  place.require("max").read(max);
  place.require("sum").read(sum);
  place.require("count").read(total);
  if (index.size() != count.size()) {
    return place.refuse("bucket_index and bucket_count differ in length");
  }
  std::vector<std::pair<std::uint32_t, std::uint64_t>> buckets;
  buckets.reserve(index.size());
  for (std::size_t i = 0; i < index.size(); ++i) buckets.emplace_back(index[i], count[i]);
  if (!histogram.load(buckets, min, max, sum) || histogram.count() != total) {
    place.refuse("not a histogram: its buckets, count, min and max contradict each other");
  }
}

void read_metric(const Place& place, Metric& metric) {
  if (!place.expect_object()) return;
  place.require("name").read(metric.name);
  metric.value = std::numeric_limits<double>::quiet_NaN();
  place.at("value").read(metric.value);
  read_unit(place.at("unit"), metric.unit);
  place.at("samples").read(metric.samples);
}

void read_cost(const Place& place, ProcessCost& cost) {
  if (!place.expect_object()) return;
  place.at("role").read(cost.role);
  place.at("pid").read(cost.pid);
  place.at("cpu").read(cost.cpu);
  for (const CostField& field : cost_fields) place.at(field.name).read(cost.*field.value);
}

void read_integrity(const Place& place, Integrity& integrity) {
  for (const IntegrityField& each : integrity_fields()) {
    place.at(each.figure.name).read(integrity.*each.value);
  }
}

void read_canary(const Place& place, Canary& canary) {
  for (const CanaryField& each : canary_fields()) {
    place.at(each.figure.name).read(canary.*each.value);
  }
  place.at("unsteady").read(canary.unsteady);
}

}  // namespace

void read_trial(const Place& place, Trial& trial) {
  if (!place.expect_object()) return;
  place.at("round").read(trial.round);
  place.at("position").read(trial.position);
  place.require("state").read_name(trial.state, state_from);
  place.at("reason").read(trial.reason);
  place.at("steady").read(trial.steady);
  place.at("metrics").each(
      [&trial](const Place& element) { read_metric(element, trial.metrics.emplace_back()); });
  place.at("histograms").members([&trial](const std::string& name, const Place& member) {
    read_histogram(member, trial.histograms[name]);
  });
  place.at("costs").each(
      [&trial](const Place& element) { read_cost(element, trial.costs.emplace_back()); });
  read_integrity(place.at("integrity"), trial.integrity);
  place.at("counts").read(trial.counts);
  place.at("granted").at("values").read(trial.granted.values);
  place.at("granted").at("note").read(trial.granted.note);
  place.at("granted").at("file_system").read(trial.granted.file_system);
  read_canary(place.at("canary"), trial.canary);
}

bool read_head(const Place& place, const char* schema, int major, const char* what) {
  if (!place.expect_object()) return false;
  std::string stated;
  place.require("schema").read(stated);
  if (stated != schema) {
    place.at("schema").refuse(std::string("not ") + what + " (\"" + stated + "\")");
    return false;
  }
  int written = 0;
  place.require("version").require("major").read(written);
  if (written <= major) return true;
  place.at("version").refuse("written by a newer ipcmark (format " + std::to_string(written) +
                             ", this one reads up to " + std::to_string(major) + ")");
  return false;
}

namespace {

void read_run(const Place& place, RunInfo& run) {
  if (!place.expect_object()) return;
  place.require("id").read(run.id);
  place.at("started").read(run.started);
  place.at("finished").read(run.finished);
  place.at("command").read(run.command);
  place.at("version").read(run.version);
  place.at("suite").read(run.suite);
  place.at("seed").read(run.seed);
  place.at("trials_asked").read(run.trials_asked);
  place.at("shared_machine").read(run.shared_machine);
  place.at("interrupted").read(run.interrupted);
}

void read_document(const Place& place, ResultDocument& document) {
  if (!read_head(place, "ipcmark.result", schema_major, "an ipcmark result")) return;
  read_run(place.require("run"), document.run);
  place.at("environment").read(document.environment.facts);
  place.require("cells").each([&document](const Place& element) {
    Cell& cell = document.cells.emplace_back();
    if (!element.expect_object()) return;
    read_spec(element.require("asked"), cell.spec);
    element.at("capabilities").read(cell.capabilities);
    element.at("trials").each(
        [&cell](const Place& trial) { read_trial(trial, cell.trials.emplace_back()); });
  });
}

}  // namespace

int document_major(std::string_view text, std::string_view schema) {
  std::string stated;
  const auto major = read_json<int>(text, [&stated](const Place& place, int& value) {
    place.at("schema").read(stated);
    place.at("version").at("major").read(value);
  });
  return major && stated == schema ? *major : 0;
}

tl::expected<RunSpec, std::string> spec_from_json(std::string_view text) {
  return read_json<RunSpec>(text, read_spec);
}

tl::expected<Trial, std::string> trial_from_json(std::string_view text) {
  return read_json<Trial>(text, read_trial);
}

tl::expected<ResultDocument, std::string> result_from_json(std::string_view text,
                                                           const Catalogue& catalogue) {
  auto document = read_json<ResultDocument>(text, read_document);
  if (document) document->catalogue = catalogue;
  return document;
}

}  // namespace ipcmark
