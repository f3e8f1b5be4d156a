// The options that say which run of many a result is from: --label and --host-name.
#pragma once

#include "results/model/run_labels.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ipcmark {

struct LabelOptions {
  RunLabels labels;
  bool host_name = false;  // the result has the host's name
};

// `options` must outlive the parse.
void add_label_options(CLI::App& command, LabelOptions& options);
// One that takes labels, under the name `option`.
void add_label_option(CLI::App& command, const char* option, RunLabels& labels,
                      const std::string& help);
// What to write for --host-name: the name, or nothing where it was not asked for.
std::string asked_host_name(const LabelOptions& options);

}  // namespace ipcmark
