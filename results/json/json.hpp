// The result document and its parts as JSON. Readers ignore unknown fields and refuse a higher
// major version. Text in, text out; no files here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "results/model/trial.hpp"

namespace ipcmark {

inline constexpr int schema_major = 1;
inline constexpr int schema_minor = 4;
// A larger file is refused before it fills the memory: as a tree it takes several times that.
inline constexpr std::size_t largest_document = std::size_t{512} << 20U;

// {"schema":"ipcmark.result","version":{"major":1,"minor":0},"run":…,"environment":…,"machine":…,
// "cells":[…]}; "machine" and each cell's "summary" are computed from the trials
// (machine_states.hpp, summary.hpp) and not read back. Pretty-printed, ends with a newline.
std::string result_to_json(const ResultDocument& document);
// The document has that catalogue. The error is one sentence that names the place (JSON pointer, or
// line and column).
tl::expected<ResultDocument, std::string> result_from_json(std::string_view text,
                                                           const Catalogue& catalogue);

// The major version that a document of that schema states; 0: it is none, or states none.
int document_major(std::string_view text, std::string_view schema);

// One line each, without newline: for the control link and the journal. What a worker hands back
// travels as a Trial, too (its cost in `costs`).
std::string spec_to_json(const RunSpec& spec);
tl::expected<RunSpec, std::string> spec_from_json(std::string_view text);
std::string trial_to_json(const Trial& trial);
tl::expected<Trial, std::string> trial_from_json(std::string_view text);

}  // namespace ipcmark
