// Holds the user's own backend to what every built-in one must do.
#include "tests/conformance/conformance.hpp"
#include "tests/out_of_tree/packet_pipe.hpp"

int main(int argc, char** argv) {
  ipcmark::Registry registry;
  registry.backends.push_back(packet_pipe_backend());
  return ipcmark::run_conformance(registry, argc, argv);
}
