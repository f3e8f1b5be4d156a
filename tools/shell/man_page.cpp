#include "tools/shell/man_page.hpp"
#include "scenarios/machine/build_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ipcmark {

namespace {

constexpr const char* edited = "2026-11-30";

// Text that no macro or escape is read from. Long lists of words may be broken after their commas.
std::string plain(const std::string& text) {
  std::string result;
  bool line_begins = true;
  char before = ' ';
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    if ((before == ',' || before == '|') && c != ' ' && c != '\n') result += "\\:";
    before = c;
    line_begins = c == '\n';
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

// Lines that stay as they are.
std::string as_it_stands(const std::string& text) {
  return text.empty() ? "" : fmt::format(".PP\n.nf\n{}\n.fi\n", plain(text));
}

std::string term_of(const OptionEntry& option) {
  if (!option.place.empty()) return fmt::format("\\fI{}\\fR", plain(option.place));
  std::string text;
  for (const std::string& name : option.names) {
    text += fmt::format("{}\\fB{}\\fR", text.empty() ? "" : ", ", plain(name));
  }
  return option.flag() ? text : fmt::format("{} \\fI{}\\fR", text, plain(option.type));
}

std::string options_of(const CommandEntry& command) {
  std::string text;
  for (const OptionEntry& option : command.options) {
    text += fmt::format(".TP\n{}\n{}\n", term_of(option), plain(option.help));
    const bool told = option.words.empty() || option.type.find('|') != std::string::npos ||
                      option.help.find(option.words.front()) != std::string::npos;
    if (!told) {
      text += plain(fmt::format("({})", fmt::join(option.words, ", "))) + "\n";
    }
  }
  return text;
}

std::string synopsis_of(const CommandEntry& command) {
  std::string text = fmt::format("\\fBipcmark {}\\fR [\\fIOPTIONS\\fR]", plain(command.name));
  for (const OptionEntry& option : command.options) {
    if (!option.place.empty()) text += fmt::format(" \\fI{}\\fR", plain(option.place));
  }
  return text;
}

constexpr const char* environment = R"(.SH ENVIRONMENT
.TP
\fBNO_COLOR\fR
Set and not empty: no colour, unless \fB\-\-color always\fR is given.
.TP
\fBCOLUMNS\fR
How wide tables may be where the output is no terminal, from 20 to 1000; otherwise 100.
.TP
\fBLC_ALL\fR, \fBLC_CTYPE\fR, \fBLANG\fR
The first of them that is not empty names the character set. When it is not UTF\-8, or none is set,
tables have ASCII marks in place of bars, \fB\(mc\fRs and the like.
.TP
\fBIPCMARK_RUNTIME_DIR\fR
The manifests of running runs and the objects with a name in the file system lie in its
subdirectory \fIipcmark\fR. Otherwise they are in
\fI$XDG_RUNTIME_DIR/ipcmark\fR, or a directory of the user's own under \fI$TMPDIR\fR, which is
\fI/tmp\fR unless it is set. A result that cannot be written where it was to go is kept in
\fI$TMPDIR\fR, too.
)";

}  // namespace

std::string man_page(const CommandTable& table) {
  std::string text = fmt::format(".TH IPCMARK 1 {} \"ipcmark {}\" \"User Commands\"\n", edited,
                                 build_facts().version);
  text +=
      ".ad l\n"  // words as long as these leave gaps otherwise
      ".SH NAME\nipcmark \\- measure inter\\-process communication\n"
      ".SH SYNOPSIS\n.nf\n\\fBipcmark\\fR\n";
  for (const CommandEntry& command : table.commands) text += synopsis_of(command) + "\n";
  text += ".fi\n.SH DESCRIPTION\n" + plain(table.program.summary) + "\n.PP\n" +
          plain(table.program.footer) + "\n.SH OPTIONS\n" + options_of(table.program) +
          ".SH COMMANDS\n";
  for (const CommandEntry& command : table.commands) {
    text += fmt::format(".SS {}\n{}.\n{}{}", synopsis_of(command), plain(command.summary),
                        options_of(command), as_it_stands(command.footer));
  }
  return text + environment;
}

}  // namespace ipcmark
