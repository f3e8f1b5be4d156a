// ipcmark completion and ipcmark man. What these two print is made of every other command: they
// look at the parser once it is whole.
#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "tools/command_line.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/command_table.hpp"
#include "tools/shell/completion.hpp"
#include "tools/shell/man_page.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

int show_whole(const std::string& text) {
  show("{}", text);
  return exit_code::success;
}

}  // namespace

void add_completion(CLI::App& app, Invocation& invocation) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print the completion script of a shell");
  command->add_option("SHELL", *shell, "Shell: bash, zsh or fish")
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

}  // namespace ipcmark
