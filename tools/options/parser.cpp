// The command line as a whole: from words to the chosen subcommand's action.
#include "tools/command_line.hpp"

#include <fmt/core.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "results/text/nearest.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/launch/launch.hpp"
#include "tools/files/own_manifest.hpp"
#include "tools/options/command_table.hpp"
#include "tools/options/help_page.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/standard_streams.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* footer =
    R"(Without arguments ipcmark runs the quick suite, in about two minutes.

Exit codes:
  0        success, also with skipped cells
  2        wrong usage, or an output that cannot be written
  5        a cell failed
  77       nothing could run
  128 + N  ended by the signal N (130: SIGINT, 143: SIGTERM))";

// Hundreds of processes take thousands of descriptors. The soft limit (1024 in most shells) is kept
// low for programs that use select(); the hard one is the user's word.
void take_all_descriptors() {
  constexpr rlim_t enough = 65'536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(enough, limit.rlim_max);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// What a misspelt word was meant to be: the options and subcommands known at that place.
std::string meant(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    for (const CLI::App* sub : app.get_subcommands({})) known.push_back(sub->get_name());
  }
  const CLI::App& place = chosen.empty() ? app : *chosen.front();
  for (const CLI::Option* option : place.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  return nearest(word.substr(0, word.find('=')), known);
}

// The names on both sides of `verb`, in a sentence of ours.
std::string with_words(const std::string& text, std::string_view verb, const char* ours) {
  const auto at = text.find(verb);
  if (at == std::string::npos) return text;
  return fmt::format(fmt::runtime(ours), text.substr(0, at), text.substr(at + verb.size()));
}

// CLI11 speaks in lines; one sentence that says what to change is wanted.
std::string sentence(const CLI::App& app, const CLI::ParseError& error) {
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  // "--json: 1 required FILE missing"
  if (const auto at = text.find(": 1 required "); at != std::string::npos) {
    return fmt::format("{} needs a value", text.substr(0, at));
  }
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    return with_words(text, " excludes ", "{} and {} exclude each other; leave out one of them");
  }
  if (dynamic_cast<const CLI::RequiresError*>(&error) != nullptr) {
    return with_words(text, " requires ", "{} needs {}");
  }
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

// CLI11 passes over the empty places of a list: what stands in "64,,128" is a slip of the hand.
std::string empty_place(const CLI::App& app, int argc, char** argv) {
  const auto named = [&](const CLI::App* sub) { return argc > 1 && sub->check_name(argv[1]); };
  const auto chosen = app.get_subcommands(named);
  if (chosen.empty()) return {};
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const auto equals = word.find('=');
    const CLI::Option* option = word.starts_with("--")
                                    ? chosen.front()->get_option_no_throw(word.substr(0, equals))
                                    : nullptr;
    if (option == nullptr || option->get_delimiter() != ',') continue;
    const std::string next = i + 1 < argc ? argv[i + 1] : "";
    const std::string value = equals == std::string::npos ? next : word.substr(equals + 1);
    if (value.starts_with(',') || value.ends_with(',') || value.find(",,") != std::string::npos) {
      return fmt::format("{}: '{}' lacks a value beside a comma; write it without that comma",
                         word.substr(0, equals), value);
    }
  }
  return {};
}

// "run, list or version"
std::string known_commands(const CLI::App& app) {
  std::string text;
  const auto commands = app.get_subcommands({});
  for (const CLI::App* command : commands) {
    const bool last = command == commands.back();
    text.append(text.empty() ? "" : last ? " or " : ", ").append(command->get_name());
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

std::optional<int> parse_command_line(int argc, char** argv, Invocation& invocation) {
  invocation.command_line = joined(argc, argv);
  CLI::App app{"Measure inter-process communication: latency, throughput, correctness", "ipcmark"};
  app.footer(footer);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(0, 1);
  app.formatter_fn([&](const CLI::App* shown, const std::string&, CLI::AppFormatMode) {
    if (shown != &app) return help_page(command_entry(*shown, invocation.program), {});
    const CommandTable table = command_table(app, invocation.program);
    return help_page(table.program, table.commands);
  });
  for (const AddCommand add : command_rows()) add(app, invocation);
  for (CLI::App* sub : app.get_subcommands({})) sub->footer("");  // inherited otherwise
  if (const std::string slip = empty_place(app, argc, argv); !slip.empty()) {
    print_error(fmt::format("{} (see 'ipcmark {} --help')", slip, argv[1]));
    return exit_code::usage;
  }
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
    print_error(fmt::format("{} (see 'ipcmark {}--help')", sentence(app, error),
                            chosen.empty() ? "" : chosen.front()->get_name() + " "));
    return exit_code::usage;
  }
  if (!invocation.action) {
    print_error(fmt::format("name a command: {} (see 'ipcmark --help')", known_commands(app)));
    return exit_code::usage;
  }
  return std::nullopt;
}

int run_command(const Program& program, int argc, char** argv) try {
  open_standard_streams();
  // A file that would outgrow its limit is then an error of write(2), said like any other.
  std::signal(SIGXFSZ, SIG_IGN);
  if (const auto code = run_as_worker_if_asked(program, argc, argv)) return *code;
  take_all_descriptors();
  Program extensible = program;
  Invocation invocation{extensible, {}, {}, &extensible};
  auto parsed = parse_command_line(argc, argv, invocation);
  if (!parsed && !take_runners(invocation, invocation.runners)) parsed = exit_code::usage;
  const int code = parsed ? *parsed : invocation.action();
  if (shown()) return code == exit_code::success && something_is_left() ? exit_code::usage : code;
  print_error("cannot write to standard output; redirect it to a place with room");
  return exit_code::usage;
} catch (const std::exception& bug) {
  print_error(std::string{"internal error, please report it: "} + bug.what());
  return exit_code::usage;
}

}  // namespace ipcmark
