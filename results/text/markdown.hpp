// Text inside GitHub's Markdown, in a line or a table.
#pragma once

#include <string>
#include <string_view>

namespace ipcmark {

// Shown as it is: what Markdown or HTML would read in it is escaped, and it is one line.
std::string markdown_text(std::string_view words);
// The same as code, with its backticks. A backtick inside is shown as an apostrophe, for code knows
// no escape.
std::string markdown_code(std::string_view text);

}  // namespace ipcmark
