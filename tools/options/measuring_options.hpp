// The options that every command which measures has: its turn among other runs, and hanging trials.
#pragma once

#include <cstdint>

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct MeasuringOptions {
  bool share = false;                         // do not wait for the turn
  std::uint64_t wait_ns = 3'600'000'000'000;  // for the turn, at most
  std::uint64_t trial_timeout_ns = 0;         // 0: by what the trial plans
};

// `options` must outlive the parse. `group` of --help; empty: the general one.
void add_measuring_options(CLI::App& command, MeasuringOptions& options, const char* group);
// --trial-timeout alone.
void add_trial_timeout(CLI::App& command, std::uint64_t& timeout_ns, const char* group);

}  // namespace ipcmark
