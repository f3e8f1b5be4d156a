#include "tests/conformance/conformance.hpp"

int main(int argc, char** argv) {
  return ipcmark::run_conformance(ipcmark::built_in_registry(), argc, argv);
}
