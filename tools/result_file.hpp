// A stored result, read back.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "results/trial.hpp"

namespace ipcmark {

// The error is one sentence that names the file, and the place in it where it is none of ours.
tl::expected<ResultDocument, std::string> read_result_file(const std::string& path);

}  // namespace ipcmark
