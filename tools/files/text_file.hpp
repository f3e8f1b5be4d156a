// A whole file as text.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace ipcmark {

// The error is one sentence: "cannot read 'x.json': No such file or directory".
tl::expected<std::string, std::string> read_text_file(const std::string& path);

}  // namespace ipcmark
