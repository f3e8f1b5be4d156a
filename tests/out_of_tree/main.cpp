// ipcmark with a backend and a scenario of one's own: the same command, two more rows.
#include "tests/out_of_tree/packet_pipe.hpp"
#include "tests/out_of_tree/sum_scenario.hpp"
#include "tools/command_line.hpp"

int main(int argc, char** argv) {
  ipcmark::Program program{ipcmark::built_in_registry(), ipcmark::built_in_scenarios()};
  program.registry.backends.push_back(packet_pipe_backend());
  program.scenarios.push_back(sum_scenario());
  return ipcmark::run_command(program, argc, argv);
}
