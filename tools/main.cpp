// ipcmark: measures inter-process communication on this machine.
#include "scenarios/launch/launch.hpp"

int main(int argc, char** argv) {
  const ipcmark::Program program{ipcmark::built_in_registry(), ipcmark::built_in_scenarios()};
  if (const auto code = ipcmark::run_as_worker_if_asked(program, argc, argv)) return *code;
  return 0;
}
