#include "tools/commands/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "results/model/option_value.hpp"
#include "scenarios/foreign/runner_list.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/plan/named_options.hpp"
#include "scenarios/plan/suite.hpp"
#include "tools/commands/stop_signal.hpp"
#include "tools/files/text_file.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

std::string suite_file(const std::string& suite) {
  return suite.ends_with(".json") || suite.find('/') != std::string::npos ? suite : std::string();
}

bool read_suite_file(Request& request) {
  if (suite_file(request.suite).empty()) return true;
  auto text = read_text_file(request.suite);
  if (!text) {
    print_error(text.error());
    return false;
  }
  request.suite_text = std::move(*text);
  return true;
}

bool take_suite_runners(const Request& request, Invocation& invocation) {
  std::string text = request.suite_text.value_or("");
  const bool built_in = !request.suite_text;
  for (const SuiteText& suite : built_in_suites()) {
    if (built_in && request.suite == suite.name) text = suite.json;
  }
  for (const std::string& named : runners_of_suite(text)) {
    const auto& taken = invocation.runners;
    if (std::find(taken.begin(), taken.end(), named) != taken.end()) continue;
    // Who asks for a suite of ours has not asked for that interpreter.
    if (!built_in) {
      if (!take_runners(invocation, {named})) return false;
    } else if (const auto added = add_runner(*invocation.extensible, named, &catch_stop_signals());
               !added) {
      if (catch_stop_signals().load() != 0) return false;
      print_error(
          fmt::format("suite '{}' goes on without {}: {}", request.suite, named, added.error()));
      continue;
    }
    invocation.runners.push_back(named);
  }
  return true;
}

std::string wrong_cpus(const Request& request) {
  const std::vector<int> allowed = allowed_cpus();
  for (const std::string& value : request.values("cpus")) {
    for (const int cpu : cpus_value(value).value_or(std::vector<int>{})) {
      if (std::find(allowed.begin(), allowed.end(), cpu) != allowed.end()) continue;
      if (may_run_on(cpu)) continue;
      return fmt::format(
          "--cpus: the kernel lets no process of this run onto CPU {}; it may use {}", cpu,
          cpus_text(allowed));
    }
  }
  return {};
}

void show_lists(const Program& program, const Request& request) {
  for (const std::string& list : understood_lists(program, request.named))
    print_stderr("{}\n", list);
}

}  // namespace ipcmark
