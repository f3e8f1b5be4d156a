#include "tools/command_line.hpp"

#include <array>

namespace ipcmark {

// Each in a file of its name: commands/NAME.cpp, and the last two in shell/shell_commands.cpp.
void add_run(CLI::App&, Invocation&);
void add_check(CLI::App&, Invocation&);  // run.cpp
void add_load(CLI::App&, Invocation&);
void add_list(CLI::App&, Invocation&);
void add_stress(CLI::App&, Invocation&);
void add_compare(CLI::App&, Invocation&);  // and gate
void add_ab(CLI::App&, Invocation&);
void add_trial(CLI::App&, Invocation&);
void add_explain(CLI::App&, Invocation&);
void add_export(CLI::App&, Invocation&);
void add_report(CLI::App&, Invocation&);
void add_merge(CLI::App&, Invocation&);  // gather/merge.cpp
void add_history(CLI::App&, Invocation&);
void add_selfcheck(CLI::App&, Invocation&);
void add_advise(CLI::App&, Invocation&);
void add_clean(CLI::App&, Invocation&);
void add_doctor(CLI::App&, Invocation&);
void add_version(CLI::App&, Invocation&);
void add_completion(CLI::App&, Invocation&);
void add_man(CLI::App&, Invocation&);

std::span<const AddCommand> command_rows() {
  static constexpr auto rows = std::to_array<AddCommand>(
      {add_run,    add_check, add_load,   add_explain,    add_list,  add_stress,  add_compare,
       add_ab,     add_trial, add_export, add_report,     add_merge, add_history, add_selfcheck,
       add_advise, add_clean, add_doctor, add_completion, add_man,   add_version});
  return rows;
}

}  // namespace ipcmark
