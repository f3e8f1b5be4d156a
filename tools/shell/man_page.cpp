#include "tools/shell/man_page.hpp"
#include "scenarios/machine/build_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ipcmark {

namespace {

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

// Filled by the reader; an empty line ends a paragraph.
std::string paragraphs(const std::string& text) {
  std::string result = plain(text);
  for (auto at = result.find("\n\n"); at != std::string::npos; at = result.find("\n\n", at)) {
    result.replace(at, 2, "\n.PP\n");
  }
  return result.empty() ? "" : result + "\n";
}

std::string value_of_term(const OptionEntry& option) {
  return option.list && option.type != "LIST" ? option.type + ",..." : option.type;
}

std::string term_of(const OptionEntry& option) {
  if (!option.place.empty()) return fmt::format("\\fI{}\\fR", plain(option.place));
  std::string text;
  for (const std::string& name : option.names) {
    text += fmt::format("{}\\fB{}\\fR", text.empty() ? "" : ", ", plain(name));
  }
  return option.flag() ? text : fmt::format("{} \\fI{}\\fR", text, plain(value_of_term(option)));
}

std::string options_of(const CommandEntry& command) {
  std::string text;
  for (const OptionEntry& option : command.options) {
    text += fmt::format(".TP\n{}\n{}.\n{}", term_of(option),
                        plain(option.help + conditions_of(option)), paragraphs(option.detail));
    const bool reported = option.words.empty() ||
                          option.type.find(option.words.front()) != std::string::npos ||
                          option.help.find(option.words.front()) != std::string::npos;
    if (!reported) {
      text += plain(fmt::format("One of {}.", fmt::join(option.words, ", "))) + "\n";
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

constexpr const char* values = R"(.SH VALUES
An option whose value is followed by \fI,...\fR or is a \fILIST\fR takes several, separated by
commas. Of an option of cells each is a cell.
.TP
\fISIZE\fR
64, 1KiB, 1MB: without a unit, bytes.
.TP
\fITIME\fR
10us, 1.5ms, 2s, 10m: always with a unit.
.TP
\fIRATE\fR
500, 10k, 1.5M: messages a second.
.TP
\fIKEY\fR
What a cell is called, as in latency/pipe/64B/block/cross\-cpu; \fBipcmark run \-\-dry\-run\fR
prints keys. In a pattern * stands for any text.
.TP
\fIFILE\fR
Of an output, \- is standard output.
)";

constexpr const char* examples = R"(.SH EXAMPLES
.TP
\fBipcmark run \-\-backend pipe,shm_ring \-\-wait block,spin \-\-size 64,4KiB\fR
Two mechanisms, two ways to wait, two sizes: eight cells of each scenario.
.TP
\fBipcmark run \-\-only latency/pipe/64B/block/cross\-cpu\fR
One cell again.
.TP
\fBipcmark run \-\-until 3% \-\-for 20m\fR
Rounds until each interval is that narrow, for at most 20 minutes.
.TP
\fBipcmark run \-\-json r.json \-\-resume r.json.journal\fR
Go on after an interruption.
.TP
\fBipcmark load \-\-backend pipe \-\-p99 50us\fR
The highest rate at which the 99th percentile is within 50 microseconds.
.TP
\fBipcmark explain latency/pipe/64B/block/cross\-cpu\fR
Where the time of its round trips goes.
.TP
\fBipcmark ab \-\-a old/ipcmark \-\-b new/ipcmark\fR
Is the new build slower? The exit code says it.
.TP
\fBipcmark advise large_data\fR
Which mechanism is best for much data.
)";

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
  std::string text = fmt::format(".TH IPCMARK 1 {} \"ipcmark {}\" \"User Commands\"\n",
                                 build_facts().date, build_facts().version);
  text +=
      ".ad l\n"  // words as long as these leave gaps otherwise
      ".SH NAME\nipcmark \\- measure inter\\-process communication\n"
      ".SH SYNOPSIS\n.nf\n\\fBipcmark\\fR\n";
  for (const CommandEntry& command : table.commands) text += synopsis_of(command) + "\n";
  text += ".fi\n.SH DESCRIPTION\n" + plain(table.program.summary) + ".\n" +
          as_it_stands(table.program.footer) + ".SH OPTIONS\n" + options_of(table.program) +
          ".SH COMMANDS\n";
  for (const CommandEntry& command : table.commands) {
    text +=
        fmt::format(".SS {}\n{}.\n{}{}{}", synopsis_of(command), plain(command.summary),
                    paragraphs(command.detail), options_of(command), as_it_stands(command.footer));
  }
  return text + values + examples + environment;
}

}  // namespace ipcmark
