#include "tools/options/measuring_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <string>

#include "results/text/quantities.hpp"
#include "scenarios/launch/trial_timeout.hpp"
#include "tools/options/checks.hpp"

namespace ipcmark {
namespace {

CLI::Option* add_time(CLI::App& command, const char* name, std::uint64_t& value, bool may_be_0,
                      const std::string& help) {
  return command
      .add_option_function<std::string>(
          name,
          [&value, name, may_be_0](const std::string& word) {
            const auto time = parse_duration(word);
            if (!time || (*time == 0 && !may_be_0)) {
              refuse(name, fmt::format("'{}' is not a time; write one such as 30s or 10m", word));
            }
            value = *time;
          },
          help)
      ->type_name("TIME");
}

}  // namespace

void add_trial_timeout(CLI::App& command, std::uint64_t& timeout_ns, const char* group) {
  CLI::Option* option =
      add_time(command, "--trial-timeout", timeout_ns, false,
               fmt::format("End a trial after this time, though it moves\n"
                           "Default: {} times what it plans, at least {}.",
                           trial_timeout_factor, duration_text(min_trial_timeout_ns)));
  if (*group != '\0') option->group(group);
}

void add_measuring_options(CLI::App& command, MeasuringOptions& options, const char* group) {
  add_trial_timeout(command, options.trial_timeout_ns, group);
  CLI::Option* share = command.add_flag(
      "--share", options.share,
      "Measure beside other runs\nAnother run may be measuring. Marks the result.");
  CLI::Option* wait =
      add_time(command, "--wait-for-turn", options.wait_ns, true,
               "Wait for other runs\nFor another measuring run to end, at most this time.")
          ->default_str(duration_text(options.wait_ns))
          ->excludes(share);
  if (*group == '\0') return;
  share->group(group);
  wait->group(group);
}

}  // namespace ipcmark
