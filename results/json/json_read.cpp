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

void read_word(const JsonCursor& cursor, const CellOption& option, RunSpec& spec) {
  cursor.read_name(spec, [&](const std::string& word) -> std::optional<RunSpec> {
    RunSpec read = spec;
    if (!set_cell_option(option, word, read).empty()) return std::nullopt;
    return read;
  });
}

// Where `options` leaves out one, it has its default.
void read_options(const JsonCursor& cursor, RunSpec& spec) {
  cursor.at("defaults").read(spec.defaults);
  spec.options = spec.defaults;
  cursor.at("options").read(spec.options);
}

}  // namespace

void read_value(const JsonCursor& cursor, RunSpec& spec) {
  if (!cursor.expect_object()) return;
  static_cast<void>(cursor.require("scenario"));
  for (const CellOption& option : cell_options()) {
    const JsonCursor member_cursor = cursor.at(option.name);
    std::visit(
        [&](auto member) {
          using Value = std::remove_cvref_t<decltype(spec.*member)>;
          if constexpr (std::is_enum_v<Value>) {
            read_word(member_cursor, option, spec);
          } else {
            member_cursor.read(spec.*member);
          }
        },
        option.member);
  }
  read_options(cursor, spec);
  if (const std::string why = beyond_limits(spec); !why.empty()) cursor.refuse(why);
}

namespace {

void read_unit(const JsonCursor& cursor, Unit& unit) {
  std::string name = to_string(unit);
  cursor.read(name);
  if (const auto known = unit_from(name)) {
    unit = *known;
  } else if (!name.empty()) {
    cursor.refuse(unknown_unit_text(name));
  }
}

}  // namespace

void read_value(const JsonCursor& cursor, Histogram& histogram) {
  if (!cursor.expect_object()) return;
  std::vector<std::uint32_t> index;
  std::vector<std::uint64_t> count;
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::uint64_t total = 0;
  double sum = 0;
  Unit unit = Unit::nanoseconds;
  read_unit(cursor.at("unit"), unit);
  if (unit != Unit::nanoseconds) return cursor.at("unit").refuse("must be \"ns\"");
  cursor.require("bucket_index").read(index);
  cursor.require("bucket_count").read(count);
  cursor.require("min").read(min);
  cursor.require("max").read(max);
  cursor.require("sum").read(sum);
  cursor.require("count").read(total);
  if (index.size() != count.size()) {
    return cursor.refuse("bucket_index and bucket_count differ in length");
  }
  std::vector<std::pair<std::uint32_t, std::uint64_t>> buckets;
  buckets.reserve(index.size());
  for (std::size_t i = 0; i < index.size(); ++i) buckets.emplace_back(index[i], count[i]);
  if (!histogram.load(buckets, min, max, sum) || histogram.count() != total) {
    cursor.refuse("not a histogram: its buckets, count, min and max contradict each other");
  }
}

void read_value(const JsonCursor& cursor, Metric& metric) {
  if (!cursor.expect_object()) return;
  cursor.require("name").read(metric.name);
  metric.value = std::numeric_limits<double>::quiet_NaN();
  cursor.at("value").read(metric.value);
  read_unit(cursor.at("unit"), metric.unit);
  cursor.at("samples").read(metric.samples);
}

void add_cause(Trial& trial) {
  if (trial.cause == Cause::none && trial.state == State::failed &&
      trial.reason.find("killed by SIGKILL") != std::string::npos) {
    trial.cause = Cause::killed;
  }
}

bool read_head(const JsonCursor& cursor, const char* schema, int major, const char* what) {
  if (!cursor.expect_object()) return false;
  std::string stated;
  cursor.require("schema").read(stated);
  if (stated != schema) {
    cursor.at("schema").refuse(std::string("not ") + what + " (\"" + stated + "\")");
    return false;
  }
  int written = 0;
  const JsonCursor version = cursor.require("version");
  version.require("major").read(written);
  if (written <= major) return true;
  version.refuse("written by a newer ipcmark (format " + std::to_string(written) +
                 ", this one reads up to " + std::to_string(major) + ")");
  return false;
}

namespace {

void read_document(const JsonCursor& cursor, ResultDocument& document) {
  if (!read_head(cursor, "ipcmark.result", schema_major, "an ipcmark result")) return;
  FieldReader::read(cursor.require("run"), document.run);
  cursor.at("environment").read(document.environment.facts);
  FieldReader::read(cursor.at("searches"), document.searches);
  FieldReader::read(cursor.at("explained"), document.explained);
  cursor.require("cells").each([&document](const JsonCursor& element) {
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
  const auto major = read_json<int>(text, [&stated](const JsonCursor& cursor, int& value) {
    cursor.at("schema").read(stated);
    const JsonCursor version = cursor.at("version");
    version.at("major").read(value);
  });
  return major && stated == schema ? *major : 0;
}

tl::expected<RunSpec, std::string> spec_from_json(std::string_view text) {
  return read_json<RunSpec>(
      text, [](const JsonCursor& cursor, RunSpec& spec) { read_value(cursor, spec); });
}

tl::expected<Trial, std::string> trial_from_json(std::string_view text) {
  return read_json<Trial>(text, [](const JsonCursor& cursor, Trial& trial) {
    if (cursor.expect_object()) FieldReader::read(cursor, trial);
  });
}

tl::expected<ResultDocument, std::string> result_from_json(std::string_view text,
                                                           const Catalogue& catalogue) {
  auto document = read_json<ResultDocument>(text, read_document);
  if (document) document->catalogue = catalogue;
  return document;
}

}  // namespace ipcmark
