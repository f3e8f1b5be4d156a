// The conformance suite: what every backend must do, written once against backends/transport.hpp.
//
// Link ipcmark_conformance and call run_conformance() from main with a Registry that holds your own
// backend; its cases are named Conformance/<backend>.<Case>, those of locks
// Conformance/lock.<name>.<Case>. A case whose capability the backend
// does not declare is skipped with the reason, or tests that the backend refuses.
#pragma once

#include "backends/registry.hpp"

namespace ipcmark {

// Registers every case for every backend and lock and runs them; takes googletest's options
// (--gtest_filter=Conformance/pipe.*) and `--ctest-entries FILE FILTER`, which writes one CTest
// entry a backend and runs nothing. Returns main's exit code. Forks: call it before any thread is
// started.
int run_conformance(const Registry& registry, int argc, char** argv);

}  // namespace ipcmark
