#include "tools/command_line.hpp"

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "results/export/export.hpp"
#include "results/text/nearest.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/plan/plan.hpp"
#include "tools/commands/commands.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/command_table.hpp"
#include "tools/selfcheck/selfcheck.hpp"
#include "tools/shell/completion.hpp"
#include "tools/shell/man_page.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* footer =
    R"(Without arguments ipcmark runs the quick suite: every mechanism of this machine in about
two minutes.

Exit codes: 0 success, also with skipped cells; 2 wrong usage or an output that cannot be
written; 5 a cell failed; 77 nothing could run; 129, 130 and 143 ended by SIGHUP, SIGINT and
SIGTERM.)";

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

// CLI11 speaks in lines; one sentence that says what to change is wanted.
std::string sentence(const CLI::App& app, const CLI::ParseError& error) {
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  // "--json: 1 required FILE missing"
  if (const auto at = text.find(": 1 required "); at != std::string::npos) {
    return fmt::format("{} needs a value", text.substr(0, at));
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

// Each subcommand's options live in a shared value that the action keeps.
void add_run(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Measure: latency, throughput and correctness");
  add_run_options(*command, invocation.program, *options);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      return run(invocation.program, *options, invocation.command_line);
    };
  });
}

void add_check(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand(
      "check", "Run every correctness scenario over every mechanism, and show what passed");
  add_check_options(*command, *options);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      return run(invocation.program, *options, invocation.command_line);
    };
  });
}

void add_list(CLI::App& app, Invocation& invocation) {
  auto what = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "list", "Show the backends, locks, notifiers, scenarios and suites, and what works here");
  command->add_option("what", *what, "Only this table, or the page of this scenario")
      ->type_name("backends|locks|notifiers|scenarios|suites|SCENARIO");
  command->callback([what, &invocation] {
    invocation.action = [what, &invocation] { return list(invocation.program, *what); };
  });
}

void add_names(CLI::App& command, const std::string& name, std::vector<std::string>& values,
               const std::string& help) {
  command.add_option(name, values, help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
}

void add_stress(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<StressOptions>();
  options->seed = 0;
  CLI::App* command = app.add_subcommand(
      "stress", "Run every scenario, verified, with workers killed and stopped at random");
  command
      ->add_option_function<std::string>(
          "--for",
          [options](const std::string& word) {
            const auto value = parse_duration(word);
            if (!value || *value == 0) {
              throw CLI::ValidationError(
                  "--for", fmt::format("'{}' is not a time; write one such as 30s or 10m", word));
            }
            options->for_ns = *value;
          },
          "How long: 30s, 10m (1m)")
      ->type_name("TIME");
  add_names(*command, "--backend", options->backends, "Only these backends");
  add_names(*command, "--scenario", options->scenarios, "Only these scenarios");
  add_names(*command, "--lock", options->locks, "Only these locks");
  command->add_option("--seed", options->seed, "Which faults, in which order (random)")
      ->check(whole_number(std::uint64_t{1}, ~std::uint64_t{0}))
      ->type_name("N");
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return stress(invocation.program, *options); };
  });
}

std::string format_table() {
  std::string text = "Formats:";
  for (const ExportFormat& format : export_formats()) {
    text += fmt::format("\n  {:<26}{}", format.name, format.summary);
  }
  return text;
}

void add_export(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command =
      app.add_subcommand("export", "Write a stored result in the format of another tool");
  command->add_option("RESULT", options->results, "Files written by 'ipcmark run --json'")
      ->required()
      ->type_name("");
  command->add_option("--format", options->format, "Which format, from the list below")
      ->required()
      ->type_name("NAME");
  command->add_option("--only", options->only, "hgrm: this one cell, by its key")->type_name("KEY");
  command->add_option("-o,--output", options->output, "Write here (stdout)")->type_name("FILE");
  command->footer(format_table);
  command->callback([options, &invocation] {
    invocation.action = [options] { return export_result(*options); };
  });
}

void add_report(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand(
      "report", "Write stored results as one page with charts and tables, to look at and to mail");
  command
      ->add_option(
          "RESULT", options->results,
          "Files written by 'ipcmark run --json'; the first is what others are held against")
      ->required()
      ->type_name("");
  command->add_option("-o,--output", options->output, "Write the page here (report.html)")
      ->default_str("")
      ->type_name("FILE");
  options->output = "report.html";
  command->callback(
      [options, &invocation] { invocation.action = [options] { return report(*options); }; });
}

constexpr const char* gate_codes =
    R"(Exit codes: 0 no regression, inconclusive figures included; 1 a regression; 2 wrong usage or an
output that cannot be written; 3 incomparable: another format or machine, or a cell on one side
only; 4 inconclusive, with --fail-on-inconclusive; 5 a cell of the candidate failed; 77 nothing to
compare.)";

constexpr const char* compare_codes =
    R"(Exit codes: 0 whatever the verdicts are; 2 wrong usage or an output that cannot be written; 3
incomparable: another format or machine, or a cell on one side only; 77 nothing to compare.)";

constexpr const char* ab_codes =
    R"(Exit codes: 0 no regression, inconclusive figures included; 1 a regression; 2 wrong usage, a
program that cannot be run or an output that cannot be written; 3 incomparable: another format or
kind of build, or a cell on one side only; 4 inconclusive, with --fail-on-inconclusive; 5 a cell of
B failed; 77 nothing could run; 129, 130 and 143 ended by SIGHUP, SIGINT and SIGTERM, without a
verdict.)";

constexpr const char* trial_codes =
    R"(This is how 'ipcmark ab' speaks to builds of another age. Other measuring runs are not waited
for. Exit codes: 0 passed; 2 not such a question; 3 its major version is too high; 5 failed; 77
skipped; 129, 130 and 143 ended by SIGHUP, SIGINT and SIGTERM.)";

void add_compare(CLI::App& app, Invocation& invocation) {
  for (const bool gate : {false, true}) {
    auto options = std::make_shared<CompareOptions>();
    options->gate = gate;
    CLI::App* command = app.add_subcommand(
        gate ? "gate" : "compare",
        gate ? "Compare two stored results; the exit code says whether the new one is worse"
             : "Compare two stored results, with a verdict for each figure");
    add_compare_options(*command, *options);
    command->footer([gate] { return std::string(gate ? gate_codes : compare_codes); });
    command->callback(
        [options, &invocation] { invocation.action = [options] { return compare(*options); }; });
  }
}

void add_ab(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<AbCommand>();
  CLI::App* command = app.add_subcommand(
      "ab", "Measure two builds, or two settings, in turns, and say whether the second is worse");
  add_ab_options(*command, invocation.program, *options);
  command->footer([] { return std::string(ab_codes); });
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return ab(invocation.program, *options); };
  });
}

void add_trial(CLI::App& app, Invocation& invocation) {
  auto path = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("trial", "Run one trial that is described in JSON, and print it as JSON");
  command
      ->add_option(
          "--spec", *path,
          "{\"schema\":\"ipcmark.trial-spec\",\"version\":{\"major\":1},\"spec\":CELL}, CELL as "
          "\"asked\" in a result; - is standard input")
      ->required()
      ->type_name("FILE|-");
  command->footer([] { return std::string(trial_codes); });
  command->callback([path, &invocation] {
    invocation.action = [path, &invocation] { return trial(invocation.program, *path); };
  });
}

void add_load(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<LoadOptions>();
  CLI::App* command = app.add_subcommand(
      "load", "Offer messages at given rates: response times, saturation, the highest good rate");
  add_load_options(*command, *options);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      return load(invocation.program, *options, invocation.command_line);
    };
  });
}

void add_selfcheck(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<SelfcheckCommand>();
  CLI::App* command = app.add_subcommand(
      "selfcheck", "Let the instrument prove itself on this machine, in about a minute");
  add_names(*command, "--only", options->only, "Only these checks, from the list below");
  add_names(*command, "--break", options->broken,
            "Break the subject of these checks on purpose: they must then fail");
  command->add_option("--rounds", options->rounds, "Rounds of what is measured in pairs (24)")
      ->check(whole_number(6U, 10'000U))
      ->type_name("N");
  command->add_flag("--fail-on-inconclusive", options->fail_on_inconclusive,
                    "Exit with 4 when a check is inconclusive");
  command->add_option("--json", options->json, "Write the certificate here")->type_name("FILE");
  add_color_option(*command, options->color);
  command->add_flag("--share", options->share, "Measure although another run is measuring");
  command->footer([] {
    std::string text = "Checks, and what --break does to each:";
    for (const SelfcheckRow& row : selfchecks()) {
      text += fmt::format("\n  {:<11} {}\n  {:<11} ({})", row.name, row.claim, "", row.breakage);
    }
    return text +
           "\n\nExit codes: 0 all passed, inconclusive ones included; 2 wrong usage or an output "
           "that cannot\nbe written; 4 inconclusive, with --fail-on-inconclusive; 5 a check "
           "failed; 129,\n130 and 143 ended by SIGHUP, SIGINT and SIGTERM.";
  });
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return selfcheck(invocation.program, *options); };
  });
}

void add_advise(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<AdviseOptions>();
  CLI::App* command = app.add_subcommand(
      "advise", "Say which mechanism fits a need best, from figures measured on this machine");
  add_advise_options(*command, *options);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      return advise(invocation.program, *options, invocation.command_line);
    };
  });
}

void add_clean(CLI::App& app, Invocation& invocation) {
  auto dry_run = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "clean", "Remove the objects of runs that were killed; running ones are left alone");
  command->add_flag("--dry-run", *dry_run, "Only say what would be removed");
  command->callback(
      [dry_run, &invocation] { invocation.action = [dry_run] { return clean(*dry_run); }; });
}

void add_doctor(CLI::App& app, Invocation& invocation) {
  auto color = std::make_shared<ColorChoice>(ColorChoice::automatic);
  CLI::App* command = app.add_subcommand(
      "doctor", "Say what about this machine will disturb a measurement, and what to do");
  add_color_option(*command, *color);
  command->callback(
      [color, &invocation] { invocation.action = [color] { return doctor(*color); }; });
}

int show_whole(const std::string& text) {
  show("{}", text);
  return exit_code::success;
}

// What these two print is made of every other command: they look at the parser once it is whole.
void add_completion(CLI::App& app, Invocation& invocation) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print the completion script of a shell");
  command->add_option("shell", *shell, "Which one")
      ->required()
      ->check(one_of({"bash", "zsh", "fish"}))
      ->type_name("bash|zsh|fish");
  command->callback([&app, shell, &invocation] {
    const auto write = *shell == "bash"  ? bash_completion
                       : *shell == "zsh" ? zsh_completion
                                         : fish_completion;
    invocation.action = [text = write(command_table(app, invocation.program))] {
      return show_whole(text);
    };
  });
}

void add_man(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("man", "Print the manual page: ipcmark man | man -l -");
  command->callback([&app, &invocation] {
    invocation.action = [text = man_page(command_table(app, invocation.program))] {
      return show_whole(text);
    };
  });
}

void add_version(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("version", "Print version, libraries and build");
  command->callback([&invocation] { invocation.action = version; });
}

}  // namespace

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
  add_check(app, invocation);
  add_load(app, invocation);
  add_list(app, invocation);
  add_stress(app, invocation);
  add_compare(app, invocation);
  add_ab(app, invocation);
  add_trial(app, invocation);
  add_export(app, invocation);
  add_report(app, invocation);
  add_selfcheck(app, invocation);
  add_advise(app, invocation);
  add_clean(app, invocation);
  add_doctor(app, invocation);
  add_completion(app, invocation);
  add_man(app, invocation);
  add_version(app, invocation);
  for (CLI::App* sub : app.get_subcommands({})) sub->footer("");  // inherited otherwise
  if (const std::string slip = empty_place(app, argc, argv); !slip.empty()) {
    complain(fmt::format("{} (see 'ipcmark {} --help')", slip, argv[1]));
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
    complain(fmt::format("{} (see 'ipcmark {}--help')", sentence(app, error),
                         chosen.empty() ? "" : chosen.front()->get_name() + " "));
    return exit_code::usage;
  }
  if (!invocation.action) {
    complain(fmt::format("name a command: {} (see 'ipcmark --help')", known_commands(app)));
    return exit_code::usage;
  }
  return std::nullopt;
}

}  // namespace ipcmark
