// The options of `ipcmark ab`, from words to values.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/comparison/threshold.hpp"
#include "scenarios/plan/plan.hpp"
#include "tools/files/comparison_output.hpp"
#include "tools/options/label_options.hpp"
#include "tools/options/measuring_options.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct AbCommand {
  std::string a, b;            // programs; empty: this one
  std::string a_args, b_args;  // options of one side, in the words of a command line
  Request request;             // which cells, for both
  std::uint32_t rounds = 0;    // 0: 30, or as many as fit into for_ns
  std::uint64_t for_ns = 0;
  std::vector<Threshold> thresholds;  // in place of the figures' own
  FailOn fail_on;
  bool confirm = false;
  MeasuringOptions measuring;
  bool quiet = false;
  LabelOptions labels;           // of both sides
  RunLabels a_labels, b_labels;  // of one
  std::string results;           // a directory for both results; empty: none
  ComparisonOutputOptions output;
};

// `options` must outlive the parse.
void add_ab_options(CLI::App& command, const Program& program, AbCommand& options);

// `common` with what the words of one side (--a-args, --b-args) say instead. The error is one
// sentence that names `option`.
tl::expected<Request, std::string> side_request(const Program& program, const Request& common,
                                                const std::string& option,
                                                const std::string& words);

}  // namespace ipcmark
