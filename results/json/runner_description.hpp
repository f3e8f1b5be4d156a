// What a runner answers to `trial --list`: the mechanisms it can measure. With trial_protocol.hpp
// the whole interface to programs of other languages; backends/runners/README.md is for their
// authors.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "results/model/runner_mechanism.hpp"

namespace ipcmark {

inline constexpr const char* runner_schema = "ipcmark.runner";

// One line with a newline at the end.
std::string runner_description(const RunnerDescription& description);
// Versions are those of trial_protocol.hpp. The error is one sentence that names the place.
tl::expected<RunnerDescription, std::string> read_runner_description(std::string_view text);

}  // namespace ipcmark
