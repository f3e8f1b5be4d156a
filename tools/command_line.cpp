#include "tools/command_line.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "scenarios/plan.hpp"
#include "tools/exit_code.hpp"
#include "tools/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* footer =
    R"(Without arguments ipcmark runs the quick suite: every mechanism of this machine in about
two minutes.

Exit codes: 0 success, also with skipped cells; 2 wrong usage or an output that cannot be
written; 5 a cell failed; 77 nothing could run; 130 and 143 ended by SIGINT and SIGTERM.)";

// What a misspelt word was meant to be: the options and subcommands known at that place.
std::string meant(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* sub : app.get_subcommands({})) known.push_back(sub->get_name());
  const auto chosen = app.get_subcommands();
  const CLI::App& place = chosen.empty() ? app : *chosen.front();
  for (const CLI::Option* option : place.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  return nearest(word.substr(0, word.find('=')), known);
}

// CLI11 speaks in lines; one sentence that says what to change is wanted.
std::string sentence(const CLI::App& app, const CLI::ParseError& error) {
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto chosen = app.get_subcommands();
    const CLI::App& place = chosen.empty() ? app : *chosen.front();
    const std::vector<std::string> extra = place.remaining(true);
    if (!extra.empty()) {
      const bool option = extra.front().starts_with("-");
      const std::string near = meant(app, extra.front());
      return fmt::format("unknown {} '{}'{}", option ? "option" : "argument", extra.front(),
                         near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
    }
  }
  return text;
}

std::string joined(int argc, char** argv) {
  std::string text;
  for (int i = 1; i < argc; ++i) {
    if (i > 1) text += ' ';
    text += argv[i];
  }
  return text;
}

}  // namespace

CLI::Option* add_color_option(CLI::App& command, ColorChoice& choice) {
  return command
      .add_option_function<std::string>(
          "--color",
          [&choice](const std::string& word) {
            choice = word == "always"  ? ColorChoice::always
                     : word == "never" ? ColorChoice::never
                                       : ColorChoice::automatic;
          },
          "auto: only on a terminal, unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}).description(""))
      ->type_name("auto|always|never");
}

std::optional<int> parse_command_line(int argc, char** argv, Invocation& invocation) {
  invocation.command_line = joined(argc, argv);
  CLI::App app{
      "Measures inter-process communication on this machine: latency, throughput, correctness.",
      "ipcmark"};
  app.footer(footer);
  app.set_version_flag("--version", std::function<std::string()>(version_text),
                       "Print version, libraries and build");
  app.require_subcommand(0, 1);
  add_run(app, invocation);
  add_list(app, invocation);
  add_stress(app, invocation);
  add_clean(app, invocation);
  add_doctor(app, invocation);
  add_version(app, invocation);
  for (CLI::App* sub : app.get_subcommands({})) sub->footer("");  // inherited otherwise
  try {
    // No word at all means the quick suite.
    if (argc <= 1) {
      app.parse(std::string{"run"});
    } else {
      app.parse(argc, argv);
    }
  } catch (const CLI::Success& answer) {  // --help, --version
    app.exit(answer, std::cout, std::cerr);
    return std::cout.good() ? exit_code::success : exit_code::usage;
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    complain(fmt::format("{} (see 'ipcmark {}--help')", sentence(app, error),
                         chosen.empty() ? "" : chosen.front()->get_name() + " "));
    return exit_code::usage;
  }
  if (!invocation.action) {
    complain("name a command: run, list, stress, clean, doctor or version (see 'ipcmark --help')");
    return exit_code::usage;
  }
  return std::nullopt;
}

}  // namespace ipcmark
