#include "tools/options/label_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vector>

#include "scenarios/machine/environment_probe.hpp"
#include "tools/options/checks.hpp"

namespace ipcmark {

void add_label_option(CLI::App& command, const char* option, RunLabels& labels,
                      const std::string& help) {
  command
      .add_option_function<std::vector<std::string>>(
          option,
          [&labels, option](const std::vector<std::string>& words) {
            for (const std::string& word : words) {
              if (const auto added = add_label(word, labels); !added) {
                refuse(option, added.error());
              }
            }
          },
          help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST")
      ->group("Output");
}

void add_label_options(CLI::App& command, LabelOptions& options) {
  add_label_option(
      command, "--label", options.labels,
      fmt::format(
          "Label the run, such as commit=4f2a9c1,kernel=6.1\n"
          "Every output has the labels. May be repeated; a value has at most {} characters.",
          max_label_value));
  command
      .add_flag("--host-name", options.host_name, "Write the name of this host into every output")
      ->group("Output");
}

std::string asked_host_name(const LabelOptions& options) {
  return options.host_name ? host_name() : std::string();
}

}  // namespace ipcmark
