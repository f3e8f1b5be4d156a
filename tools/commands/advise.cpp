// ipcmark advise: a need → the figures that decide, stored or measured now → a ranking in words.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "results/comparison/fingerprint.hpp"
#include "results/json/json.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/advise_plan.hpp"
#include "tools/commands/measuring.hpp"
#include "tools/commands/snippets.hpp"
#include "tools/files/output_file.hpp"
#include "tools/files/result_file.hpp"
#include "tools/options/advise_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

// An exit code after an error message, or nothing and the document, which a signal may have cut
// short.
std::optional<int> measure(const Program& program, const Plan& plan, Measuring& measuring,
                           ResultDocument& document) {
  if (const auto code = measuring.begin()) return code;
  document =
      run_session(program, plan, measuring.manifest(), measuring.session(), measuring.observer());
  measuring.finish();
  return std::nullopt;
}

// Where --json says, or nowhere. Opened before anything is measured.
std::optional<int> open_json(const AdviseOptions& options, const Measuring& measuring,
                             std::optional<OutputFile>& file) {
  // --from and --json may be one file, to which cells are added; not when --backend leaves out
  // others that it holds.
  const std::string wrong = wrong_outputs(
      {{"--json", options.json}}, {{"what --from reads, and --backend leaves a part of it out",
                                    options.backends.empty() ? std::string() : options.from}});
  const auto opened = wrong.empty() ? open_output(options.json, file, &measuring.stop())
                                    : tl::make_unexpected(wrong);
  if (opened) return std::nullopt;
  return measuring.refuse(opened.error());
}

// Also of a run that was ended: what was measured is worth keeping, though no advice is given.
std::optional<int> keep(const ResultDocument& document, const Measuring& measuring,
                        std::optional<OutputFile>& file) {
  if (file) {
    if (auto written = file->commit_measured(result_to_json(document)); !written) {
      print_error(written.error());
      return exit_code::usage;
    }
  }
  if (!document.run.interrupted) return std::nullopt;
  return measuring.refuse(
      file ? fmt::format("ended by a signal, without advice; what was measured is in '{}'",
                         file->path())
           : "ended by a signal, without advice");
}

tl::expected<Plan, std::string> plan_of(const Program& program, const Need& need,
                                        const AdviseOptions& options) {
  return plan_for(program, need,
                  {options.cells, options.backends, options.trials, std::random_device{}() | 1U});
}

// The plan measured, and kept where --json says.
std::optional<int> measure_now(const Program& program, const Need& need,
                               const AdviseOptions& options, const std::string& command_line,
                               ResultDocument& document) {
  const auto plan = plan_of(program, need, options);
  if (!plan) {
    print_error(plan.error());
    return exit_code::usage;
  }
  for (const std::string& note : plan->notes) print_error(note);
  Measuring measuring({options.measuring, options.quiet}, catalogue_of(program));
  std::optional<OutputFile> file;
  if (const auto code = open_json(options, measuring, file)) return code;
  if (const auto code = measure(program, *plan, measuring, document)) return code;
  measuring.sign(document, command_line, plan->suite);
  return keep(document, measuring, file);
}

// The command that measures what a file lacks.
std::string how_to_measure(const AdviseOptions& options, const Need& need,
                           const Catalogue& catalogue) {
  return fmt::format(
      "leave out --from to measure {} now, or add it to what the file has by --measure-missing",
      need.name.empty() ? basis_text(need, catalogue) : options.name);
}

// Where every mechanism of a document is left out by --backend, nothing would be ranked.
void keep_only(const std::vector<std::string>& backends, ResultDocument& document) {
  if (backends.empty()) return;
  std::erase_if(document.cells, [&backends](const Cell& cell) {
    return !cell.spec.backend.empty() &&
           std::find(backends.begin(), backends.end(), cell.spec.backend) == backends.end();
  });
}

// The cells of the plan that the stored result lacks, measured and added to it.
std::optional<int> add_missing(const Program& program, const AdviseOptions& options, Plan plan,
                               ResultDocument& document) {
  const auto differences = fingerprint_differences(document.environment, probe_environment());
  if (!differences.empty()) {
    print_error(
        fmt::format("incomparable: '{}' is from another machine, of other settings or another "
                    "kind of build ({}{}); leave out --from to measure all of it here",
                    options.from, differences.front(), differences.size() > 1 ? "; ..." : ""));
    return exit_code::incomparable;
  }
  Measuring measuring({options.measuring, options.quiet}, catalogue_of(program));
  std::optional<OutputFile> file;
  if (const auto code = open_json(options, measuring, file)) return code;
  ResultDocument fresh;
  if (const auto code = measure(program, plan, measuring, fresh)) return code;
  document.run.shared_machine = document.run.shared_machine || options.measuring.share;
  document.run.interrupted = document.run.interrupted || fresh.run.interrupted;
  std::move(fresh.cells.begin(), fresh.cells.end(), std::back_inserter(document.cells));
  return keep(document, measuring, file);
}

// `missing`: what of the plan is in neither the file nor measured now.
std::optional<int> read_stored(const Program& program, const AdviseOptions& options,
                               const Need& need, ResultDocument& document,
                               std::vector<RunSpec>& missing) {
  auto read = read_result_file(options.from, catalogue_of(program));
  if (!read) {
    print_error(read.error());
    return exit_code::usage;
  }
  document = std::move(*read);
  keep_only(options.backends, document);
  if (auto plan = plan_of(program, need, options)) {
    missing = not_in(document, need, plan->cells);
    if (options.measure_missing && !missing.empty()) {
      plan->cells = std::exchange(missing, {});
      if (const auto code = add_missing(program, options, std::move(*plan), document)) return code;
    }
  }
  const Catalogue& catalogue = document.catalogue;
  const Advice advice = advise(document, need);
  if (advice.fitting.empty() && advice.unfit.empty()) {
    print_error(fmt::format("'{}' has no figures of {} to answer from; {}", options.from,
                            basis_text(need, catalogue), how_to_measure(options, need, catalogue)));
    return exit_code::usage;
  }
  return std::nullopt;
}

void print_snippet(const MechanismFacts* mechanism) {
  for (const Snippet& snippet : snippets()) {
    if (mechanism == nullptr || mechanism->snippet != snippet.name) continue;
    show("\nTo start with (tools/snippets/{}.cpp)\n\n{}", snippet.name, snippet.text);
  }
}

int answer(const ResultDocument& document, const Need& need, const AdviseOptions& options,
           const std::vector<RunSpec>& missing) {
  Advice advice = advise(document, need);
  for (const RunSpec& spec : missing) {
    if (spec.scenario == advice.basis.scenario) advice.absent.push_back(candidate_label(spec));
  }
  const std::string run = document.run.id.empty() ? "" : fmt::format(", run {}", document.run.id);
  const std::string source =
      options.from.empty()
          ? fmt::format("what was measured now{}", run)
          : fmt::format("'{}'{}{}", options.from, run,
                        options.measure_missing ? " and what was measured now" : "");
  show("{}", advice_to_console(advice, source, style_of_stdout(options.color)));
  if (!advice.fitting.empty() && !options.no_code) print_snippet(advice.fitting.front().mechanism);
  return advice.fitting.empty() ? exit_code::nothing_ran : exit_code::success;
}

int advise(const Program& program, const AdviseOptions& options, const std::string& command_line) {
  const auto need = need_of(options);
  if (!need) {
    print_error(need.error());
    return exit_code::usage;
  }
  ResultDocument document;
  std::vector<RunSpec> missing;
  const auto code = options.from.empty()
                        ? measure_now(program, *need, options, command_line, document)
                        : read_stored(program, options, *need, document, missing);
  if (code) return *code;
  return answer(document, *need, options, missing);
}

}  // namespace

void add_advise(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<AdviseOptions>();
  CLI::App* command = app.add_subcommand(
      "advise", "Say which mechanism fits a need best, by figures measured here");
  add_advise_options(*command, invocation.program, *options);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      return advise(invocation.program, *options, invocation.command_line);
    };
  });
}

}  // namespace ipcmark
