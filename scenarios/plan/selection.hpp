// Cells by patterns of their keys: --only and --exclude.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/spec.hpp"

namespace ipcmark {

// Whether the text has a *, a ? or a [...]: it is then compared with whole keys. Any other text is
// a key.
bool is_pattern(const std::string& text);

// The cells that match; the error is one sentence: there are none.
tl::expected<std::vector<RunSpec>, std::string> matching(const std::vector<RunSpec>& cells,
                                                         const std::string& pattern);
// Those that match no pattern; the error is one sentence: a pattern matches no cell, or nothing is
// left.
tl::expected<std::vector<RunSpec>, std::string> without(std::vector<RunSpec> cells,
                                                        const std::vector<std::string>& patterns);

}  // namespace ipcmark
