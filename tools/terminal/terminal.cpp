#include "tools/terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "results/text/printable.hpp"

namespace ipcmark {

namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

unsigned width_of(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view columns = variable("COLUMNS");
  if (!columns.empty()) {
    const long asked = std::strtol(columns.data(), nullptr, 10);
    if (asked >= 20 && asked <= 1000) return static_cast<unsigned>(asked);
  }
  return 0;
}

int shows_on = STDOUT_FILENO;

bool locale_is_utf8() {
  // The order in which the C library itself decides (setlocale(3)).
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = variable(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string_view::npos ||
           value.find("utf8") != std::string_view::npos ||
           value.find("UTF8") != std::string_view::npos;
  }
  return false;
}

}  // namespace

ConsoleStyle style_of_stdout(ColorChoice choice) {
  ConsoleStyle style;
  const bool terminal = ::isatty(shows_on) == 1;
  style.unicode = locale_is_utf8();
  const unsigned width = width_of(shows_on);
  style.width = width > 0 ? width : 100;
  switch (choice) {
    case ColorChoice::always:
      style.color = true;
      break;
    case ColorChoice::never:
      style.color = false;
      break;
    case ColorChoice::automatic:
      style.color = terminal && variable("TERM") != "dumb" && variable("NO_COLOR").empty();
      break;
  }
  return style;
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb"; }

unsigned stderr_width() {
  const unsigned width = width_of(STDERR_FILENO);
  return width > 0 ? width : 80;
}

void show_text(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), shows_on == STDOUT_FILENO ? stdout : stderr);
}

void show_on_stderr() { shows_on = STDERR_FILENO; }

bool shown() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

void print_stderr_text(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void print_error(const std::string& sentence) {
  print_stderr("ipcmark: {}\n", printable(sentence));
}

}  // namespace ipcmark
