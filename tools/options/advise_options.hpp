// The options of `ipcmark advise`, from words to a need.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/advice/advice.hpp"
#include "scenarios/plan/request.hpp"
#include "scenarios/scenario.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/terminal/terminal.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct AdviseOptions {
  std::string name;        // of a need; empty: traits alone
  std::string from, json;  // a stored result to answer from; where to keep what was measured
  std::vector<std::string> backends;
  Request cells;             // how to measure: options of cells, of those that are named
  std::uint32_t trials = 0;  // 0: as many as the need takes
  bool measure_missing = false;
  bool quiet = false, no_code = false;
  MeasuringOptions measuring;
  ColorChoice color = ColorChoice::automatic;
  // Traits; empty: not named.
  std::optional<std::uint64_t> size, rate, p99_ns;
  std::optional<std::int64_t> producers, receivers;
  std::optional<double> cpus;
  bool survive_crash = false, ordered = false, network = false;
};

// `options` must outlive the parse. Names are checked by need_of().
void add_advise_options(CLI::App& command, const Program& program, AdviseOptions& options);

// What was asked for, or one sentence on what to change: an unknown name, nothing asked at all, or
// traits that exclude each other.
tl::expected<Need, std::string> need_of(const AdviseOptions& options);

}  // namespace ipcmark
