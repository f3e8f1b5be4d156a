// ipcmark: measures inter-process communication on this machine.
#include "tools/command_line.hpp"

int main(int argc, char** argv) {
  const ipcmark::Program program{ipcmark::built_in_registry(), ipcmark::built_in_scenarios()};
  return ipcmark::run_command(program, argc, argv);
}
