// A whole file as text.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace ipcmark {

// At most largest_document (json.hpp). The error is one sentence: "cannot read 'x.json': No such
// file or directory".
tl::expected<std::string, std::string> read_text_file(const std::string& path);
tl::expected<std::string, std::string> read_standard_input();

}  // namespace ipcmark
