// A stored result, read back.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

// The error is one sentence that names the file, and the place in it where it is none of ours.
tl::expected<ResultDocument, std::string> read_result_file(const std::string& path,
                                                           const Catalogue& catalogue);
// Likewise of what 'ipcmark explain --json' wrote.
tl::expected<std::vector<ExplainedCell>, std::string> read_explanation_file(
    const std::string& path);
// Whether the file says that it is such a one.
bool is_explanation(const std::string& path);
// Whether the file says of itself that a newer ipcmark wrote it: a format this one cannot read.
bool is_newer_result(const std::string& path);

}  // namespace ipcmark
