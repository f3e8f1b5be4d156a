// JSON to values. Nothing here trusts its input: a result file may have been edited by hand.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>

#include "results/json/explained_fields.hpp"
#include "results/json/json.hpp"
#include "results/json/json_values.hpp"
#include "results/model/cell_options.hpp"
#include "results/text/units.hpp"

namespace ipcmark {

namespace {

void read_word(const Place& place, const CellOption& option, RunSpec& spec) {
  place.read_name(spec, [&](const std::string& word) -> std::optional<RunSpec> {
    RunSpec read = spec;
    if (!set_cell_option(option, word, read).empty()) return std::nullopt;
    return read;
  });
}

// Where `options` leaves out one, it has its default.
void read_options(const Place& place, RunSpec& spec) {
  place.at("defaults").read(spec.defaults);
  spec.options = spec.defaults;
  place.at("options").read(spec.options);
}

}  // namespace

void read_value(const Place& place, RunSpec& spec) {
  if (!place.expect_object()) return;
  static_cast<void>(place.require("scenario"));
  for (const CellOption& option : cell_options()) {
    const Place member_place = place.at(option.name);
    std::visit(
        [&](auto member) {
          using Value = std::remove_cvref_t<decltype(spec.*member)>;
          if constexpr (std::is_enum_v<Value>) {
            read_word(member_place, option, spec);
          } else {
            member_place.read(spec.*member);
          }
        },
        option.member);
  }
  read_options(place, spec);
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

}  // namespace

void read_value(const Place& place, Histogram& histogram) {
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

void read_value(const Place& place, Metric& metric) {
  if (!place.expect_object()) return;
  place.require("name").read(metric.name);
  metric.value = std::numeric_limits<double>::quiet_NaN();
  place.at("value").read(metric.value);
  read_unit(place.at("unit"), metric.unit);
  place.at("samples").read(metric.samples);
}

void add_cause(Trial& trial) {
  if (trial.cause == Cause::none && trial.state == State::failed &&
      trial.reason.find("killed by SIGKILL") != std::string::npos) {
    trial.cause = Cause::killed;
  }
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
  const Place version = place.require("version");
  version.require("major").read(written);
  if (written <= major) return true;
  version.refuse("written by a newer ipcmark (format " + std::to_string(written) +
                 ", this one reads up to " + std::to_string(major) + ")");
  return false;
}

namespace {

void read_document(const Place& place, ResultDocument& document) {
  if (!read_head(place, "ipcmark.result", schema_major, "an ipcmark result")) return;
  FieldReader::read(place.require("run"), document.run);
  place.at("environment").read(document.environment.facts);
  FieldReader::read(place.at("searches"), document.searches);
  FieldReader::read(place.at("explained"), document.explained);
  place.require("cells").each([&document](const Place& element) {
    Cell& cell = document.cells.emplace_back();
    if (!element.expect_object()) return;
    read_value(element.require("asked"), cell.spec);
    element.at("capabilities").read(cell.capabilities);
    FieldReader::read(element.at("trials"), cell.trials);
    for (Trial& trial : cell.trials) add_cause(trial);
  });
}

}  // namespace

int document_major(std::string_view text, std::string_view schema) {
  std::string stated;
  const auto major = read_json<int>(text, [&stated](const Place& place, int& value) {
    place.at("schema").read(stated);
    const Place version = place.at("version");
    version.at("major").read(value);
  });
  return major && stated == schema ? *major : 0;
}

tl::expected<RunSpec, std::string> spec_from_json(std::string_view text) {
  return read_json<RunSpec>(text,
                            [](const Place& place, RunSpec& spec) { read_value(place, spec); });
}

tl::expected<Trial, std::string> trial_from_json(std::string_view text) {
  return read_json<Trial>(text, [](const Place& place, Trial& trial) {
    if (place.expect_object()) FieldReader::read(place, trial);
  });
}

tl::expected<ResultDocument, std::string> result_from_json(std::string_view text,
                                                           const Catalogue& catalogue) {
  auto document = read_json<ResultDocument>(text, read_document);
  if (document) document->catalogue = catalogue;
  return document;
}

}  // namespace ipcmark
