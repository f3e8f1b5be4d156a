#include "results/json/runner_description.hpp"

#include <optional>

#include "results/json/json_fields.hpp"
#include "results/json/json_values.hpp"
#include "results/json/trial_protocol.hpp"

namespace ipcmark {
namespace {

enum class Kind : std::uint8_t { backend, lock };

const char* to_string(Kind kind) { return kind == Kind::lock ? "lock" : "backend"; }

std::optional<Kind> kind_from(std::string_view text) {
  for (const Kind kind : {Kind::backend, Kind::lock}) {
    if (text == to_string(kind)) return kind;
  }
  return std::nullopt;
}

// A name stands in keys, in lists that commas separate, and in patterns.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

}  // namespace

// Flags that are left out are no: what a mechanism does not say it cannot do.
void write_value(Json& json, const Capabilities& can) {
  json = Json{{"largest_message", can.largest_message}, {"depth", can.depth}};
  for (const auto& [name, flag] : capability_flags) {
    if (can.*flag) json[name] = true;
  }
}

void read_value(const JsonCursor& cursor, Capabilities& can) {
  for (const auto& [name, flag] : capability_flags) {
    can.*flag = false;
    cursor.at(name).read(can.*flag);
  }
  cursor.at("largest_message").read(can.largest_message);
  cursor.at("depth").read(can.depth);
}

template <class Fields, Described<RunnerMechanism> Value>
void fields(Fields& with, Value& mechanism) {
  Kind kind = mechanism.lock ? Kind::lock : Kind::backend;
  with.required("name", mechanism.name);
  with.word("kind", kind, kind_from);
  if constexpr (!std::is_const_v<Value>) mechanism.lock = kind == Kind::lock;
  with("exclusive", mechanism.exclusive);
  with("summary", mechanism.summary);
  with("note", mechanism.note);
  with.required("scenarios", mechanism.scenarios);
  with("capabilities", mechanism.capabilities);
  with("waits_outside", mechanism.waits_outside);
}

std::string runner_description(const RunnerDescription& description) {
  Json json;
  json["schema"] = runner_schema;
  json["version"] = {{"major", trial_major}, {"minor", trial_minor}};
  json["program"] = {{"version", description.version}, {"facts", description.facts}};
  FieldWriter::write(json["mechanisms"], description.mechanisms);
  return one_line(json) + "\n";
}

tl::expected<RunnerDescription, std::string> read_runner_description(std::string_view text) {
  return read_json<RunnerDescription>(text, [](const JsonCursor& cursor, RunnerDescription& read) {
    if (!read_head(cursor, runner_schema, trial_major, "an answer to 'trial --list'")) return;
    const JsonCursor program = cursor.require("program");
    program.require("version").read(read.version);
    program.at("facts").read(read.facts);
    cursor.require("mechanisms").each([&read](const JsonCursor& element) {
      RunnerMechanism& mechanism = read.mechanisms.emplace_back();
      FieldReader::read(element, mechanism);
      if (!is_name(mechanism.name)) {
        element.at("name").refuse("must be 1 to 40 of a to z, 0 to 9 and _");
      }
    });
  });
}

}  // namespace ipcmark
