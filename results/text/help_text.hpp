// What an option or a command is for, in one text: a short line, as --help shows it, and below it,
// after a line break, whole sentences that only the manual page and the pages of `list` have.
#pragma once

#include <string>
#include <string_view>

namespace ipcmark {

std::string short_help(std::string_view help);   // "How many workers are killed"
std::string help_detail(std::string_view help);  // "A spare one replaces each."; may be empty
// Both: "How many workers are killed. A spare one replaces each."
std::string whole_help(std::string_view help);

}  // namespace ipcmark
