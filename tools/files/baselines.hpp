// Results kept by name, to hold later runs against: one file each under
// $XDG_DATA_HOME/ipcmark/baselines, or ~/.local/share where that is not set (XDG Base Directory
// Specification).
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace ipcmark {

// Where the baseline of that name is, or would be. The error is one sentence: no such name is
// possible, or there is no home directory.
tl::expected<std::string, std::string> baseline_path(const std::string& name);
// The same, and the folder is there afterwards.
tl::expected<std::string, std::string> prepare_baseline(const std::string& name);
// Those that exist, sorted.
std::vector<std::string> baseline_names();

}  // namespace ipcmark
