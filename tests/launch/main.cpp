// The tests' own program is worker and, for one test, coordinator too.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "tests/launch/toy_scenarios.hpp"
#include "tests/launch/trials.hpp"

int main(int argc, char** argv) {
  const ipcmark::Program program = ipcmark::toy::program();
  if (const auto code = ipcmark::run_as_worker_if_asked(program, argc, argv)) return *code;
  if (argc > 1 && std::strcmp(argv[1], ipcmark::toy::coordinate_argument) == 0) {
    return ipcmark::toy::coordinate_for_ever();
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
