// JSON to values. Nothing here trusts its input: a result file may have been edited by hand.
#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "results/json.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::json;

// One place in a document. Reading goes on after a mistake (with default values), the first mistake
// is kept for all places of the document.
class Place {
 public:
  Place(const Json& json, std::string pointer, std::string& mistake)
      : json_(&json), pointer_(std::move(pointer)), mistake_(&mistake) {}

  void refuse(const std::string& why) const {
    if (mistake_->empty()) *mistake_ = (pointer_.empty() ? "/" : pointer_) + ": " + why;
  }

  bool expect_object() const {
    if (!json_->is_object()) refuse("must be an object");
    return json_->is_object();
  }
  bool has(const char* name) const { return json_->is_object() && json_->contains(name); }

  // The member of that name; when it is absent, a null place (readers leave their value alone).
  Place at(const std::string& name) const {
    static const Json nothing;
    const auto found = json_->is_object() ? json_->find(name) : json_->end();
    const bool present = json_->is_object() && found != json_->end();
    return {present ? *found : nothing, pointer_ + "/" + name, *mistake_};
  }
  Place require(const std::string& name) const {
    Place member = at(name);
    if (member.json_->is_null()) member.refuse("is missing");
    return member;
  }

  template <class Visit>  // visit(Place element)
  void each(Visit visit) const {
    if (json_->is_null()) return;
    if (!json_->is_array()) return refuse("must be an array");
    std::size_t i = 0;
    for (const Json& element : *json_) {
      visit(Place{element, pointer_ + "/" + std::to_string(i++), *mistake_});
    }
  }
  template <class Visit>  // visit(const std::string& name, Place member)
  void members(Visit visit) const {
    if (json_->is_null()) return;
    if (!json_->is_object()) return refuse("must be an object");
    for (const auto& item : json_->items()) {
      visit(item.key(), Place{item.value(), pointer_ + "/" + item.key(), *mistake_});
    }
  }

  void read(std::string& value) const {
    if (json_->is_null()) return;
    if (!json_->is_string()) return refuse("must be a string");
    value = json_->get_ref<const std::string&>();
  }
  void read(bool& value) const {
    if (json_->is_null()) return;
    if (!json_->is_boolean()) return refuse("must be true or false");
    value = json_->get<bool>();
  }
  // JSON has no infinity or "not a number"; they are written, and read here, as null.
  void read(double& value) const {
    if (json_->is_null()) return;
    if (!json_->is_number()) return refuse("must be a number");
    value = json_->get<double>();
  }
  template <std::integral Number>
  void read(Number& value) const {
    if (json_->is_null()) return;
    if (!json_->is_number_integer()) return refuse("must be a whole number");
    const bool fits = json_->is_number_unsigned()
                          ? std::in_range<Number>(json_->get<std::uint64_t>())
                          : std::in_range<Number>(json_->get<std::int64_t>());
    if (!fits) return refuse("is out of range");
    value = json_->get<Number>();
  }
  // One of a set of names, by the function that knows them.
  template <class Enum, class From>
  void read_name(Enum& value, From from) const {
    std::string text;
    read(text);
    if (json_->is_null() || !json_->is_string()) return;
    const auto known = from(text);
    if (!known) return refuse("unknown value \"" + text + "\"");
    value = *known;
  }
  template <class Value>
  void read(std::map<std::string, Value>& values) const {
    members([&values](const std::string& name, const Place& member) { member.read(values[name]); });
  }
  template <class Value>
  void read(std::vector<Value>& values) const {
    each([&values](const Place& element) {
      Value value{};
      element.read(value);
      values.push_back(value);
    });
  }

 private:
  const Json* json_;
  std::string pointer_;
  std::string* mistake_;
};

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
}

void read_histogram(const Place& place, Histogram& histogram) {
  if (!place.expect_object()) return;
  std::vector<std::uint32_t> index;
  std::vector<std::uint64_t> count;
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::uint64_t total = 0;
  double sum = 0;
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
  place.at("unit").read(metric.unit);
  place.at("samples").read(metric.samples);
}

void read_cost(const Place& place, ProcessCost& cost) {
  if (!place.expect_object()) return;
  place.at("role").read(cost.role);
  place.at("pid").read(cost.pid);
  place.at("cpu").read(cost.cpu);
  place.at("user_ns").read(cost.user_ns);
  place.at("system_ns").read(cost.system_ns);
  place.at("voluntary_switches").read(cost.voluntary_switches);
  place.at("involuntary_switches").read(cost.involuntary_switches);
  place.at("minor_faults").read(cost.minor_faults);
  place.at("major_faults").read(cost.major_faults);
  place.at("peak_bytes").read(cost.peak_bytes);
  place.at("wall_ns").read(cost.wall_ns);
}

void read_integrity(const Place& place, Integrity& integrity) {
  place.at("checked").read(integrity.checked);
  place.at("lost").read(integrity.lost);
  place.at("duplicated").read(integrity.duplicated);
  place.at("reordered").read(integrity.reordered);
  place.at("corrupted").read(integrity.corrupted);
  place.at("wrong_length").read(integrity.wrong_length);
}

void read_canary(const Place& place, Canary& canary) {
  place.at("core_to_core_before_ns").read(canary.core_to_core_before_ns);
  place.at("core_to_core_after_ns").read(canary.core_to_core_after_ns);
  place.at("spin_before_ns").read(canary.spin_before_ns);
  place.at("spin_after_ns").read(canary.spin_after_ns);
  place.at("unsteady").read(canary.unsteady);
}

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
  read_canary(place.at("canary"), trial.canary);
}

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
  if (!place.expect_object()) return;
  std::string schema;
  place.require("schema").read(schema);
  if (schema != "ipcmark.result") {
    return place.at("schema").refuse("not an ipcmark result (\"" + schema + "\")");
  }
  int major = 0;
  place.require("version").require("major").read(major);
  if (major > schema_major) {
    return place.at("version").refuse("written by a newer ipcmark (format " +
                                      std::to_string(major) + ", this one reads up to " +
                                      std::to_string(schema_major) + ")");
  }
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

std::string line_and_column(std::string_view text, std::size_t byte) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i + 1 < byte && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

template <class Value, class Read>
tl::expected<Value, std::string> parse(std::string_view text, Read read) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    return tl::make_unexpected("not JSON: " + line_and_column(text, error.byte));
  } catch (const Json::exception& error) {  // a number beyond the range of double
    return tl::make_unexpected(std::string("not usable JSON: ") + error.what());
  }
  Value value{};
  std::string mistake;
  read(Place{json, "", mistake}, value);
  if (!mistake.empty()) return tl::make_unexpected(std::move(mistake));
  return value;
}

}  // namespace

tl::expected<RunSpec, std::string> spec_from_json(std::string_view text) {
  return parse<RunSpec>(text, read_spec);
}

tl::expected<Trial, std::string> trial_from_json(std::string_view text) {
  return parse<Trial>(text, read_trial);
}

tl::expected<ResultDocument, std::string> result_from_json(std::string_view text) {
  return parse<ResultDocument>(text, read_document);
}

}  // namespace ipcmark
