// A stored result, read back.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "results/model/trial.hpp"

namespace ipcmark {

// The error is one sentence that names the file, and the place in it where it is none of ours.
tl::expected<ResultDocument, std::string> read_result_file(const std::string& path,
                                                           const Catalogue& catalogue);
// Whether the file says of itself that a newer ipcmark wrote it: a format this one cannot read.
bool is_newer_result(const std::string& path);

}  // namespace ipcmark
