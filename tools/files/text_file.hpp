// A whole file as text.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

namespace ipcmark {

// What is larger is refused before it fills the memory: read as JSON it takes several times that.
inline constexpr std::size_t largest_text_file = std::size_t{512} << 20U;

// The error is one sentence: "cannot read 'x.json': No such file or directory".
tl::expected<std::string, std::string> read_text_file(const std::string& path);
tl::expected<std::string, std::string> read_standard_input();

}  // namespace ipcmark
