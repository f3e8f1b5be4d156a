// ipcmark: measures inter-process communication on this machine.
#include <exception>

#include "scenarios/launch/launch.hpp"
#include "tools/command_line.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace {

int answer(const ipcmark::Program& program, int argc, char** argv) {
  ipcmark::Invocation invocation{program, {}, {}};
  if (const auto code = ipcmark::parse_command_line(argc, argv, invocation)) return *code;
  return invocation.action();
}

}  // namespace

int main(int argc, char** argv) try {
  const ipcmark::Program program{ipcmark::built_in_registry(), ipcmark::built_in_scenarios()};
  if (const auto code = ipcmark::run_as_worker_if_asked(program, argc, argv)) return *code;
  const int code = answer(program, argc, argv);
  if (ipcmark::shown()) return code;
  ipcmark::complain("cannot write to standard output; redirect it to a place with room");
  return ipcmark::exit_code::usage;
} catch (const std::exception& bug) {
  ipcmark::complain(std::string{"internal error, please report it: "} + bug.what());
  return ipcmark::exit_code::usage;
}
