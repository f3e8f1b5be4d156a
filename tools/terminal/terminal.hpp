// Where results and progress go, and what those places can show.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "results/console/console.hpp"

namespace ipcmark {

enum class ColorChoice { automatic, always, never };

// Results go to stdout: colour and width are those of stdout (of stderr after show_on_stderr()).
// "automatic" colours only a terminal whose TERM is not "dumb" and when NO_COLOR is unset or empty;
// `always` beats all of it.
ConsoleStyle style_of_stdout(ColorChoice choice);
bool stderr_is_terminal();
unsigned stderr_width();

// What a command answers, to stdout. Neither of these throws when it cannot be written (fmt::print
// does): a run goes on, for what it has measured is worth more than the line. shown() tells at the
// end whether all of it has gone out.
void show_text(std::string_view text);
bool shown();
// From now on to stderr: stdout takes a document, which must be whole.
void show_on_stderr();
template <class... Args>
void show(fmt::format_string<Args...> format, Args&&... args) {
  show_text(fmt::format(format, std::forward<Args>(args)...));
}

// Progress and error messages, to stderr, at once.
void print_stderr_text(std::string_view text);
template <class... Args>
void print_stderr(fmt::format_string<Args...> format, Args&&... args) {
  print_stderr_text(fmt::format(format, std::forward<Args>(args)...));
}
// One sentence on stderr: "ipcmark: …", as printable() shows it.
void print_error(const std::string& sentence);

}  // namespace ipcmark
