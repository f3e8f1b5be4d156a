// What tells a run from the others of a fleet: the name of its host, its labels, its part of the
// cells (RunInfo in trial.hpp).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/trial.hpp"

namespace ipcmark {

using RunLabels = std::map<std::string, std::string>;

inline constexpr std::size_t max_label_value = 200;  // characters

// Adds "commit=4f2a9c1". A name is a small letter and then small letters, digits and underscores; a
// value is printable, neither empty nor longer than max_label_value, and without the commas and
// semicolons that separate labels. A name is added once, or twice with one value. The error is one
// sentence that says what to change; nothing is added then.
tl::expected<void, std::string> add_label(std::string_view text, RunLabels& labels);

// "commit=4f2a9c1;kernel=6.1.0", by name; empty: there are none.
std::string labels_text(const RunLabels& labels, std::string_view between = ";");

// For a heading: "host lab-7", "commit=4f2a9c1", "shard 3/8", as far as there are any. Not escaped.
std::vector<std::string> origin_words(const std::string& host, const RunLabels& labels,
                                      const std::string& shard);
std::vector<std::string> origin_words(const RunInfo& run);

}  // namespace ipcmark
