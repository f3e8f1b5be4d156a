#include "results/json/trial_protocol.hpp"

#include <fmt/core.h>

#include "results/json/json.hpp"
#include "results/json/json_values.hpp"

namespace ipcmark {
namespace {

std::string head(const char* schema) {
  return fmt::format(R"({{"schema":"{}","version":{{"major":{},"minor":{}}})", schema, trial_major,
                     trial_minor);
}

}  // namespace

std::string trial_question(const TrialQuestion& question) {
  // What equals its default is left to `defaults`: a build that does not know these then has the
  // same key, and one that does the same values.
  RunSpec asked = question.spec;
  asked.options = question.spec.own_options();
  const std::string timeout =
      question.trial_timeout_ns == 0
          ? std::string()
          : fmt::format(",\"trial_timeout_ns\":{}", question.trial_timeout_ns);
  std::string for_runner;
  if (!question.key.empty()) {
    Json fields = {{"key", question.key},
                   {"cpus", question.cpus},
                   {"files", question.files},
                   {"shared_memory", question.shared_memory},
                   {"ipcmark", question.ipcmark}};
    for (const auto& item : fields.items()) {
      for_runner += fmt::format(",\"{}\":{}", item.key(), one_line(item.value()));
    }
  }
  return fmt::format("{}{}{},\"spec\":{}}}\n", head(trial_question_schema), timeout, for_runner,
                     spec_to_json(asked));
}

std::string trial_answer(const TrialAnswer& answer) {
  const Json program = {{"version", answer.version}, {"build", answer.build}};
  return fmt::format("{},\"program\":{},\"key\":{},\"capabilities\":{},\"trial\":{}}}\n",
                     head(trial_answer_schema), one_line(program), one_line(Json(answer.key)),
                     one_line(Json(answer.capabilities)), trial_to_json(answer.trial));
}

tl::expected<TrialQuestion, std::string> read_trial_question(std::string_view text) {
  return read_json<TrialQuestion>(text, [](const JsonCursor& cursor, TrialQuestion& question) {
    if (!read_head(cursor, trial_question_schema, trial_major, "a question for 'ipcmark trial'"))
      return;
    cursor.at("trial_timeout_ns").read(question.trial_timeout_ns);
    cursor.at("key").read(question.key);
    cursor.at("cpus").read(question.cpus);
    cursor.at("files").read(question.files);
    cursor.at("shared_memory").read(question.shared_memory);
    cursor.at("ipcmark").read(question.ipcmark);
    read_value(cursor.require("spec"), question.spec);
  });
}

tl::expected<TrialAnswer, std::string> read_trial_answer(std::string_view text) {
  return read_json<TrialAnswer>(text, [](const JsonCursor& cursor, TrialAnswer& answer) {
    if (!read_head(cursor, trial_answer_schema, trial_major, "an answer of 'ipcmark trial'"))
      return;
    const JsonCursor program = cursor.at("program");
    program.at("version").read(answer.version);
    program.at("build").read(answer.build);
    cursor.at("key").read(answer.key);
    cursor.at("capabilities").read(answer.capabilities);
    FieldReader::read(cursor.require("trial"), answer.trial);
    add_cause(answer.trial);
  });
}

std::string unknown_option_reason(const std::string& scenario, const std::string& option) {
  return fmt::format("{} has no option '{}' in this ipcmark", scenario, option);
}

std::string unknown_option_in(const std::string& scenario, const Trial& trial) {
  const std::string begin = scenario + " has no option '";
  if (trial.state != State::skipped || !trial.reason.starts_with(begin)) return {};
  const std::string rest = trial.reason.substr(begin.size());
  const std::string option = rest.substr(0, rest.find('\''));
  return trial.reason == unknown_option_reason(scenario, option) ? option : std::string();
}

}  // namespace ipcmark
