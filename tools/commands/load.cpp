// ipcmark load: mechanisms under an offered load → table, JSON, CSV → exit code.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <random>
#include <set>

#include "scenarios/plan/plan.hpp"
#include "scenarios/plan/selection.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/measuring.hpp"
#include "tools/commands/preflight.hpp"
#include "tools/files/result_output.hpp"
#include "tools/options/load_options.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/session/load_sweep.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

LoadRequest completed(LoadRequest request) {
  Request& cells = request.cells;
  cells.named["scenario"] = {"load"};
  const bool by_key = std::any_of(cells.only.begin(), cells.only.end(),
                                  [](const std::string& only) { return !is_pattern(only); });
  const bool replay = cells.names("replay");  // says the sizes, and the rate
  if (!cells.names("size") && !by_key && !replay) cells.named["size"] = {"64"};
  if (cells.seed == 0) cells.seed = std::random_device{}() | 1U;
  if (request.rates.empty() && request.p99_ns == 0 && !replay) {
    request.rates = {{0.25, true}, {0.50, true}, {0.75, true}, {0.90, true}};
  }
  return request;
}

// Before anything is waited for: what cannot be measured, in one sentence. Empty: all can.
std::string refusal(const Program& program, const LoadRequest& request) {
  const Request& cells = request.cells;
  if (std::string why = wrong_cpus(cells); !why.empty()) return why;
  if (cells.names("replay") && !request.rates.empty())
    return "--rate and --replay exclude each other";
  if (cells.names("replay") && request.p99_ns != 0) return "--p99 and --replay exclude each other";
  for (const std::string& key : cells.only) {
    std::set<std::string> stated;
    const auto cell =
        is_pattern(key) ? RunSpec{} : parse_key(program, key, stated).value_or(RunSpec{});
    if (!cell.scenario.empty() && cell.scenario != "load") {
      return fmt::format("'{}' is a cell of {}; 'ipcmark run --only' measures it", key,
                         cell.scenario);
    }
    if (!stated.contains("rate") || stated.contains("replay")) continue;
    return fmt::format("the key '{}' states a rate; leave it out, and name rates with --rate", key);
  }
  const auto plan = make_plan(program, cells);
  return plan ? "" : plan.error();
}

// What was named as a list, as it was understood; quiet says nothing.
void show_understood(const Program& program, const LoadOptions& options) {
  if (options.quiet) return;
  show_lists(program, options.request.cells);
  const std::vector<OfferedRate>& rates = options.request.rates;
  if (rates.size() < 2) return;
  std::vector<std::string> texts;
  texts.reserve(rates.size());
  for (const OfferedRate& rate : rates) {
    texts.push_back(rate.of_capacity ? fmt::format("{}%", rate.amount * 100)
                                     : fmt::format("{}", rate.amount));
  }
  print_stderr("--rate: {}\n", fmt::join(texts, ", "));
}

int load(const Program& program, const LoadOptions& options, const std::string& command_line) {
  const LoadRequest request = completed(options.request);
  if (const std::string why = refusal(program, request); !why.empty()) {
    print_error(why);
    return exit_code::usage;
  }
  show_understood(program, options);
  Measuring measuring({options.measuring, options.quiet, options.labels}, catalogue_of(program));
  ResultOutputs outputs;
  const std::string wrong = wrong_outputs({{"--json", options.json}, {"--csv", options.csv}});
  const auto opened = wrong.empty() ? outputs.open(options.json, options.csv, &measuring.stop())
                                    : tl::make_unexpected(wrong);
  if (!opened) return measuring.refuse(opened.error());
  if (const auto code = measuring.begin()) return *code;
  auto document =
      run_load(program, request, measuring.manifest(), measuring.session(), measuring.observer());
  measuring.finish();
  if (!document) return measuring.refuse(document.error());
  measuring.sign(*document, command_line, "load");
  const bool good = outputs.write(*document);
  show("{}", result_to_console(*document, style_of_stdout(options.color)));
  if (!good) return exit_code::usage;
  return exit_code_of(*document, document->run.interrupted ? measuring.stop().load() : 0);
}

}  // namespace

void add_load(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<LoadOptions>();
  CLI::App* command = app.add_subcommand(
      "load",
      "Offer messages at given rates: response times, saturation\nAnd the highest good rate.");
  add_load_options(*command, invocation.program, *options);
  add_runner_option(*command, invocation);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      return load(invocation.program, *options, invocation.command_line);
    };
  });
}

}  // namespace ipcmark
