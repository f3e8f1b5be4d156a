#include "results/json/trial_protocol.hpp"

#include <fmt/core.h>

#include "results/json/json.hpp"
#include "results/json/json_place.hpp"
#include "results/json/json_text.hpp"

namespace ipcmark {
namespace {

std::string head(const char* schema) {
  return fmt::format(R"({{"schema":"{}","version":{{"major":{},"minor":{}}})", schema, trial_major,
                     trial_minor);
}

// A document of ours: schema and version are looked at, `read` has the rest.
template <class Value, class Read>
tl::expected<Value, std::string> read_versioned(std::string_view text, const char* wanted,
                                                Read read) {
  return read_json<Value>(text, [&](const Place& place, Value& value) {
    if (!place.expect_object()) return;
    std::string schema;
    place.require("schema").read(schema);
    if (schema != wanted) {
      return place.at("schema").refuse(fmt::format("must be \"{}\", is \"{}\"", wanted, schema));
    }
    int major = 0;
    place.require("version").require("major").read(major);
    if (major > trial_major) {
      return place.at("version").refuse(fmt::format(
          "written by a newer ipcmark (format {}, this one reads up to {})", major, trial_major));
    }
    read(place, value);
  });
}

// The member as text of its own, for a reader that takes text. Null when it is absent.
std::string member_text(std::string_view text, const char* name) {
  const nlohmann::json json = nlohmann::json::parse(text);
  return json.value(name, nlohmann::json()).dump();
}

// "/size: must be …" within "/spec" is "/spec/size: must be …".
std::string within(const char* place, const std::string& mistake) {
  if (mistake.starts_with("/:")) return fmt::format("/{}{}", place, mistake.substr(1));
  return fmt::format("/{}{}{}", place, mistake.starts_with("/") ? "" : ": ", mistake);
}

struct Nothing {};

}  // namespace

std::string trial_question(const RunSpec& spec) {
  return fmt::format("{},\"spec\":{}}}\n", head(trial_question_schema), spec_to_json(spec));
}

std::string trial_answer(const TrialAnswer& answer) {
  const Json program = {{"version", answer.version}, {"build", answer.build}};
  return fmt::format("{},\"program\":{},\"key\":{},\"capabilities\":{},\"trial\":{}}}\n",
                     head(trial_answer_schema), one_line(program), one_line(Json(answer.key)),
                     one_line(Json(answer.capabilities)), trial_to_json(answer.trial));
}

tl::expected<RunSpec, std::string> read_trial_question(std::string_view text) {
  const auto checked = read_versioned<Nothing>(
      text, trial_question_schema,
      [](const Place& place, Nothing&) { place.require("spec").expect_object(); });
  if (!checked) return tl::make_unexpected(checked.error());
  auto spec = spec_from_json(member_text(text, "spec"));
  if (!spec) return tl::make_unexpected(within("spec", spec.error()));
  return spec;
}

tl::expected<TrialAnswer, std::string> read_trial_answer(std::string_view text) {
  auto answer = read_versioned<TrialAnswer>(text, trial_answer_schema,
                                            [](const Place& place, TrialAnswer& value) {
                                              place.at("program").at("version").read(value.version);
                                              place.at("program").at("build").read(value.build);
                                              place.at("key").read(value.key);
                                              place.at("capabilities").read(value.capabilities);
                                              place.require("trial").expect_object();
                                            });
  if (!answer) return answer;
  auto trial = trial_from_json(member_text(text, "trial"));
  if (!trial) return tl::make_unexpected(within("trial", trial.error()));
  answer->trial = std::move(*trial);
  return answer;
}

}  // namespace ipcmark
