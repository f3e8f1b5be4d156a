// Text that need not be ours (of a document, a file or the system) for places where a control
// character does harm: a terminal, one line of a message, XML.
#pragma once

#include <string>
#include <string_view>

namespace ipcmark {

// One line. Control characters, those that turn the direction of writing, line separators,
// U+FFFE, U+FFFF and what is no UTF-8 are shown as "\n", "\x1b", "\u202e". All else stays.
std::string printable(std::string_view text);
// The same, but newlines stay as they are.
std::string printable_lines(std::string_view text);

}  // namespace ipcmark
