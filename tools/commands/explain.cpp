// ipcmark explain: where the microseconds of a message go → waterfalls, sentences, JSON.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "results/explain/explanation_json.hpp"
#include "results/explain/waterfall.hpp"
#include "scenarios/plan/plan.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/measuring.hpp"
#include "tools/explain/explain_session.hpp"
#include "tools/files/output_file.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/options/run_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* what_it_is =
    R"(KEY is a cell of the scenario latency. Each round runs a trial without tracing, one with the
kernel's wakings and switches traced, and one with all that lies on a message's way, in random
order. A trip is followed backwards from its end along what it waited for last; trips that went one
way are shown together. 'traced' is as measured, 'scaled' what is left without the probes.

As root, with tracefs mounted, all of the way is seen. Without, the workers' own stamps and their
context switches; where these are refused as well, the stamps alone: a line says what to change.

Exit codes: 0 success; 2 wrong usage or an output that cannot be written; 5 a cell failed; 77
nothing could run; 128 + N ended by the signal N.)";

struct ExplainCommand {
  std::vector<std::string> keys;
  ExplainOptions session;
  std::size_t slowest = 0;
  std::size_t paths = 1;
  std::string json, capture;
  bool quiet = false;
  MeasuringOptions measuring;
  ColorChoice color = ColorChoice::automatic;
};

const std::vector<std::string> default_keys = {"latency/pipe/64B/block/cross-cpu",
                                               "latency/shm_ring/64B/spin/cross-cpu"};

tl::expected<std::vector<RunSpec>, std::string> cells_of(const Program& program,
                                                         const std::vector<std::string>& keys) {
  std::vector<RunSpec> cells;
  for (const std::string& key : keys.empty() ? default_keys : keys) {
    auto spec = parse_key(program, key);
    if (!spec) return tl::make_unexpected(spec.error());
    const bool there_and_back = spec->scenario == "latency" && spec->option("one_way", 0) == 0;
    if (!there_and_back) {
      return tl::make_unexpected(fmt::format(
          "'{}' is no round trip; name a cell of latency, such as {}", key, default_keys.front()));
    }
    cells.push_back(std::move(*spec));
  }
  return cells;
}

int exit_code_of(const ExplainRun& run, const Measuring& measuring) {
  if (measuring.stop().load() != 0) return exit_code::signal_base + measuring.stop().load();
  if (run.problems.empty()) return exit_code::success;
  if (!run.skipped) return exit_code::correctness;
  return run.cells.empty() ? exit_code::nothing_ran : exit_code::success;
}

int explain_cells(const Program& program, ExplainCommand& command) {
  const auto cells = cells_of(program, command.keys);
  if (!cells) {
    complain(cells.error());
    return exit_code::usage;
  }
  Measuring measuring({command.measuring, command.quiet}, catalogue_of(program));
  std::optional<OutputFile> json;
  if (auto opened = open_output(command.json, json, &measuring.stop()); !opened) {
    return measuring.refuse(opened.error());
  }
  std::optional<OutputFile> capture;
  if (auto opened = open_output(command.capture, capture, &measuring.stop()); !opened) {
    return measuring.refuse(opened.error());
  }
  if (command.json == "-" || command.capture == "-") show_on_stderr();
  if (const auto code = measuring.begin()) return *code;
  ExplainOptions& options = command.session;
  options.stop_signal = &measuring.stop();
  options.trial_timeout_ns = command.measuring.trial_timeout_ns;
  if (options.seed == 0) options.seed = std::random_device{}() | 1U;
  options.say = [&measuring](const std::string& why) { measuring.say(why); };
  const bool told = !command.quiet && stderr_is_terminal();
  options.progress = [told](std::size_t done, std::size_t trials) {
    if (told) tell("\r{} of {} trials ", done, trials);
  };
  const ExplainRun run = observe(program, *cells, measuring.manifest(), options);
  if (told) tell("\r{:30}\r", "");
  measuring.finish();
  std::vector<Explanation> explanations;
  for (const CellObservations& cell : run.cells) {
    explanations.push_back(explain(cell, command.slowest));
  }
  show("{}", to_console(explanations, command.paths, style_of_stdout(command.color)));
  for (const std::string& problem : run.problems) complain(problem);
  bool good = true;
  const auto commit = [&good](std::optional<OutputFile>& file, const std::string& text) {
    if (!file) return;
    auto written = file->commit_measured(text);
    if (!written) complain(written.error());
    good &= written.has_value();
  };
  commit(json, to_json(explanations));
  if (!run.cells.empty()) {
    commit(capture, to_text(run.cells.front().timelines.back().capture()));
  }
  if (!good) return exit_code::usage;
  return exit_code_of(run, measuring);
}

void add_options(CLI::App& sub, ExplainCommand& command) {
  sub.add_option("KEY", command.keys,
                 "Cells of latency (latency/pipe/64B/block/cross-cpu and "
                 "latency/shm_ring/64B/spin/cross-cpu)")
      ->type_name("KEY");
  sub.add_option("--rounds", command.session.rounds,
                 "Rounds of a plain, a coarsely and a finely traced trial (8)")
      ->check(whole_number(1U, 1000U))
      ->type_name("N");
  sub.add_option("--messages", command.session.messages, "Round trips of a trial (2000)")
      ->check(whole_number(std::uint64_t{50}, std::uint64_t{8000}))
      ->type_name("N");
  sub.add_option("--paths", command.paths, "Ways to draw, the commonest first (1)")
      ->check(whole_number(std::size_t{1}, std::size_t{100}))
      ->type_name("N");
  sub.add_option("--slowest", command.slowest, "Show so many of the slowest trips, each by itself")
      ->check(whole_number(std::size_t{1}, std::size_t{1000}))
      ->type_name("N");
  sub.add_option("--seed", command.session.seed, "Of the order of trials (random)")
      ->check(whole_number(std::uint64_t{1}, ~std::uint64_t{0}))
      ->type_name("N");
  sub.add_option("--json", command.json, "Write the explanations here")
      ->type_name("FILE")
      ->group("Output");
  sub.add_option("--capture", command.capture,
                 "Write what was recorded in the last traced trial of the first cell here, as text")
      ->type_name("FILE")
      ->group("Output");
  sub.add_flag("--quiet", command.quiet, "No progress on stderr")->group("Output");
  add_color_option(sub, command.color)->group("Output");
  add_measuring_options(sub, command.measuring, "Measuring");
}

}  // namespace

void add_explain(CLI::App& app, Invocation& invocation) {
  auto command = std::make_shared<ExplainCommand>();
  command->session.seed = 0;
  CLI::App* sub = app.add_subcommand(
      "explain", "Show where the time of a round trip goes, and what would save some of it");
  add_options(*sub, *command);
  sub->footer([] { return std::string(what_it_is); });
  sub->callback([command, &invocation] {
    invocation.action = [command, &invocation] {
      return explain_cells(invocation.program, *command);
    };
  });
}

}  // namespace ipcmark
