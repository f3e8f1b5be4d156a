// ipcmark with a backend and a scenario of one's own: the same command, two more rows.
#include "scenarios/launch/launch.hpp"
#include "tests/out_of_tree/packet_pipe.hpp"
#include "tests/out_of_tree/sum_scenario.hpp"
#include "tools/command_line.hpp"

int main(int argc, char** argv) {
  ipcmark::Program program{ipcmark::built_in_registry(), ipcmark::built_in_scenarios()};
  program.registry.backends.push_back(packet_pipe_backend());
  program.scenarios.push_back(sum_scenario());
  if (const auto code = ipcmark::run_as_worker_if_asked(program, argc, argv)) return *code;
  ipcmark::Invocation invocation{program, {}, {}};
  if (const auto code = ipcmark::parse_command_line(argc, argv, invocation)) return *code;
  return invocation.action();
}
