// What `ipcmark trial` is asked and answers: the interface between builds of different age, and to
// runners of other languages (ipcmark.trial.schema.json).
//
//   question  {"schema":"ipcmark.trial-spec","version":{"major":1,"minor":3},"spec":{…}}
//             "spec" is a cell as it stands under "asked" in a result file;
//             "trial_timeout_ns", from minor version 1 on, is the trial's, if it was asked for;
//             from minor version 2 on, and to a runner alone: "key", which it repeats, "cpus" to
//             pin processes to, and names for its objects, "files" and "shared_memory";
//             from minor version 3 on "ipcmark": the program that asks, which can be the other end
//             of a mixed pair (peer_protocol.hpp)
//   answer    {"schema":"ipcmark.trial","version":{…},"program":{"version":…,"build":{…}},
//              "key":…,"capabilities":{…},"trial":{…}}
//             "trial" is a trial as it stands in a result file; its canary is not taken
//
// Readers ignore unknown fields and refuse a higher major version, as with result files. A minor
// version adds fields; a major one changes what the fields mean.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

inline constexpr int trial_major = 1;
inline constexpr int trial_minor = 3;
inline constexpr int trial_refused = 3;  // exit status: the question's major version is too high
inline constexpr const char* trial_question_schema = "ipcmark.trial-spec";
inline constexpr const char* trial_answer_schema = "ipcmark.trial";

struct TrialQuestion {
  RunSpec spec;
  std::uint64_t trial_timeout_ns = 0;  // 0: not asked for
  // For a runner; empty: not for one.
  std::string key = {};
  std::vector<int> cpus = {};                   // in the order of workers; empty: not pinned
  std::vector<std::string> files = {};          // paths
  std::vector<std::string> shared_memory = {};  // names for shm_open(3), without the slash
  std::string ipcmark = {};                     // path of the program that asks
};

struct TrialAnswer {
  std::string version;                       // of the program that ran it
  std::map<std::string, std::string> build;  // facts of that build: "revision", "build_type", …
  std::string key;                           // of the cell, as that program names it
  std::map<std::string, std::string> capabilities;
  Trial trial;
};

// One line each, with a newline at the end.
std::string trial_question(const TrialQuestion& question);
std::string trial_answer(const TrialAnswer& answer);
// The error is one sentence that names the place.
tl::expected<TrialQuestion, std::string> read_trial_question(std::string_view text);
tl::expected<TrialAnswer, std::string> read_trial_answer(std::string_view text);

// Why a trial is skipped whose cell has an option that its scenario has not in the program that was
// asked. Builds of every age say it in these words, which who asks looks for.
std::string unknown_option_reason(const std::string& scenario, const std::string& option);
// The option that a trial of that scenario was skipped for; empty: for none.
std::string unknown_option_in(const std::string& scenario, const Trial& trial);

}  // namespace ipcmark
