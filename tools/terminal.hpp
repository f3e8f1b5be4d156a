// Where results and progress go, and what those places can show.
#pragma once

#include <string>

#include "results/console.hpp"

namespace ipcmark {

enum class ColorChoice { automatic, always, never };

// Results go to stdout: colour and width are those of stdout. "automatic" colours only a terminal
// whose TERM is not "dumb" and when NO_COLOR is unset or empty; `always` beats all of it.
ConsoleStyle style_of_stdout(ColorChoice choice);
bool stderr_is_terminal();
unsigned stderr_width();

// One sentence on stderr: "ipcmark: …".
void complain(const std::string& sentence);

}  // namespace ipcmark
