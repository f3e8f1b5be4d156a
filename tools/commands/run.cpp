// ipcmark run: argv → plan → trials → result → table, JSON, CSV → exit code.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <system_error>

#include "results/console/check_matrix.hpp"
#include "results/console/view.hpp"
#include "results/explain/waterfall.hpp"
#include "results/figures/statistics.hpp"
#include "results/figures/summary.hpp"
#include "results/text/nearest.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/measuring.hpp"
#include "tools/commands/preflight.hpp"
#include "tools/commands/run_baseline.hpp"
#include "tools/explain/explain_session.hpp"
#include "tools/files/result_output.hpp"
#include "tools/files/sample_file.hpp"
#include "tools/files/trace_files.hpp"
#include "tools/options/run_options.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/session/run_journal.hpp"
#include "tools/session/session.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

void print_plan(const Program& program, const Plan& plan) {
  std::uint64_t all_trials = 0;
  for (const RunSpec& cell : plan.cells) {
    const ScenarioEntry* scenario = program.scenario(cell.scenario);
    const bool timed = scenario != nullptr && scenario->timed;
    const std::uint32_t trials = timed ? plan.trials : plan.untimed_trials;
    show("{}  x{}\n", cell.key(), trials);
    all_trials += trials;
  }
  show("{} cells{}, {} trials in rounds of one trial a cell, seed {}, about {} s\n",
       plan.cells.size(),
       plan.shard.empty() ? ""
                          : fmt::format(" (shard {} of {})", plan.shard, plan.cells_of_all_shards),
       all_trials, plan.seed, (plan.estimated_ns + 999'999'999U) / 1'000'000'000U);
  if (plan.explain_rounds > 0) {
    show("then each round trip that passed is explained, in {} rounds\n", plan.explain_rounds);
  }
}

// All files of a run.
struct RunFiles {
  ResultOutputs results;
  std::optional<RunBaseline> baseline;
  std::optional<SampleFile> samples;
  std::optional<TraceFiles> trace;
  std::string journal;                      // where it goes; empty: nowhere
  std::optional<std::size_t> journal_held;  // it cannot be written any more, and has so many trials

  // Whom the session tells: those of the files that there are, and `last`.
  Observer& observer(Observer& last) {
    if (trace) return *trace;
    return samples ? *samples : last;
  }
  // Before anything is measured. The error is one sentence.
  tl::expected<void, std::string> open(const RunOptions& options, const Catalogue& catalogue,
                                       Observer& observer, const std::atomic<int>& stop);
};

// Empty, or a sentence: two of the files of this run are one.
std::string wrong_files(const RunOptions& options, const std::string& journal) {
  // A run that goes on in its own journal writes it on purpose.
  const bool goes_on =
      !options.resume.empty() && !journal.empty() && is_same_file(options.resume, journal);
  return wrong_outputs({{"--json", options.json},
                        {"the journal of --json", journal},
                        {"--csv", options.csv},
                        {"--samples", options.samples},
                        {"--trace", options.trace},
                        {"the log of --trace", name_beside(options.trace, ".log")}},
                       {{"what --suite reads", suite_file(options.request.suite)},
                        {"what --resume reads", goes_on ? std::string() : options.resume}});
}

tl::expected<void, std::string> RunFiles::open(const RunOptions& options,
                                               const Catalogue& catalogue, Observer& observer,
                                               const std::atomic<int>& stop) {
  std::string wrong = wrong_files(options, {});
  if (wrong.empty()) {
    if (auto opened = results.open(options.json, options.csv, &stop); !opened) {
      wrong = opened.error();
    }
  }
  if (wrong.empty() && results.json) {
    journal = journal_path_for(options.json);
    wrong = wrong_files(options, journal);
  }
  if (wrong.empty()) {
    auto opened = RunBaseline::open(options.baseline, options.save_baseline, catalogue, &stop);
    if (opened) baseline.emplace(std::move(*opened));
    if (!opened) wrong = opened.error();
  }
  if (wrong.empty() && !options.samples.empty()) {
    auto file = SampleFile::open(options.samples, observer, &stop);
    if (file) samples.emplace(std::move(*file));
    if (!file) wrong = file.error();
  }
  if (wrong.empty() && !options.trace.empty()) {
    Observer& next = samples ? *samples : observer;
    auto files = TraceFiles::open(options.trace, next, &stop);
    if (files) trace.emplace(std::move(*files));
    if (!files) wrong = files.error();
  }
  if (!wrong.empty()) return tl::make_unexpected(wrong);
  return {};
}

// The document to the files and the table, and what all that came to.
int report(const ResultDocument& document, const RunOptions& options, RunFiles& files,
           RunJournal& journal, int stop_signal) {
  const bool written = files.results.write(document);
  if (!written && !files.journal.empty()) {
    const std::string held = files.journal_held
                                 ? fmt::format("{} finished trials are", *files.journal_held)
                                 : "every finished trial is";
    print_error(fmt::format("{} in '{}': go on with --resume", held, files.journal));
  }
  // Everything is in the document now; an interrupted run's journal stays, to be resumed.
  if (written && !document.run.interrupted) journal.remove();
  const ConsoleStyle style = style_of_stdout(options.color);
  TableChoice choice{options.order, options.reference, {}, {}};
  files.baseline->compare(document, choice);
  show("{}", options.check ? check_to_console(document, style)
                           : result_to_console(document, style, choice));
  show("{}", explained_to_console(document.explained, style));
  const bool stored = files.baseline->save(document);
  if (!written || !stored) return exit_code::usage;
  return exit_code_of(document, document.run.interrupted ? stop_signal : 0);
}

// A number of trials that was asked for, or fits a budget, is kept to.
bool completes_intervals(const RunOptions& options, const Plan& plan) {
  return options.until == 0 && options.request.trials == 0 && options.request.budget_ns == 0 &&
         plan.trials >= min_trials_for_interval();
}

// Nothing after an error message.
std::optional<RunJournal> open_journal(const Program& program, const RunOptions& options,
                                       const Plan& plan, const std::string& run_id,
                                       const std::string& path) {
  const bool adds_rounds = options.until > 0 || completes_intervals(options, plan);
  JournalHead head = journal_head(plan, run_id, probe_environment());
  head.host = asked_host_name(options.labels);
  head.labels = options.labels.labels;
  auto journal =
      RunJournal::open({path, options.resume, options.fresh}, program, plan, head, adds_rounds);
  if (!journal) {
    print_error(journal.error());
    return std::nullopt;
  }
  for (const std::string& note : journal->notes()) print_error(note);
  return std::move(*journal);
}

std::vector<ExplainedCell> explained_cells(const Program& program, const RunOptions& options,
                                           const Plan& plan, const ResultDocument& document,
                                           Measuring& measuring) {
  ExplainOptions explain;
  explain.rounds = plan.explain_rounds;
  explain.seed = plan.seed;
  explain.trial_timeout_ns = options.measuring.trial_timeout_ns;
  explain.stop_signal = &measuring.stop();
  explain.say = [&measuring](const std::string& why) { measuring.say(why); };
  return explain_passed(program, document, measuring.manifest(), explain);
}

int measure(const Program& program, const RunOptions& options, const Plan& plan,
            const std::string& command_line) {
  Measuring measuring({options.measuring, options.quiet, options.labels}, catalogue_of(program));
  RunFiles files;
  const auto opened =
      files.open(options, catalogue_of(program), measuring.observer(), measuring.stop());
  if (!opened) return measuring.refuse(opened.error());
  if (const auto code = measuring.begin()) return *code;
  auto journal = open_journal(program, options, plan, measuring.manifest().run_id(), files.journal);
  if (!journal) return exit_code::usage;
  SessionOptions session = measuring.session();
  session.journal = &*journal;
  session.until = options.until;
  session.until_ns = options.for_ns;
  session.complete_intervals = completes_intervals(options, plan);
  session.journal_lost = [&](const std::string& why, std::size_t trials) {
    files.journal_held = trials;
    measuring.say(fmt::format("{}; it holds {} trials, and is given up", why, trials));
  };
  session.trace = files.trace.has_value();
  session.samples = files.samples.has_value();
  auto document = run_session(program, plan, measuring.manifest(), session,
                              files.observer(measuring.observer()));
  const bool traced = !files.trace || files.trace->finish();
  if (!traced) {
    print_error(
        fmt::format("the trace in '{}' is not complete; name a place with room", options.trace));
  }
  if (plan.explain_rounds > 0 && !document.run.interrupted) {
    document.explained = explained_cells(program, options, plan, document, measuring);
  }
  measuring.finish();
  const bool sampled = !files.samples || files.samples->good();
  if (!sampled) {
    print_error(fmt::format("the samples in '{}' are not complete; name a place with room",
                            options.samples));
  } else if (files.samples && !options.quiet) {
    print_stderr("--samples: {}\n", files.samples->summary());
  }
  measuring.sign(document, command_line, options.check ? "check" : plan.suite);
  const int code = report(document, options, files, *journal, measuring.stop().load());
  return (traced && sampled) || code != exit_code::success ? code : exit_code::usage;
}

// The seed the user gave, else the resumed journal's, else a random one; 0 after an error message.
std::uint64_t seed_of(const RunOptions& options) {
  std::error_code unknown;  // reading it says more
  const bool there = options.resume.empty() || std::filesystem::exists(options.resume, unknown);
  if (options.request.seed != 0 && there) return options.request.seed;
  if (options.resume.empty()) return std::random_device{}() | 1U;
  // The order of the turns hangs on it, and the user was never asked for it.
  const auto journal = read_journal(options.resume);
  if (journal) return journal->text.head.seed;
  print_error(journal.error());
  return 0;
}

// Empty, or a sentence: no cell of the run has the key of --reference.
std::string wrong_reference(const Plan& plan, const std::string& key) {
  const auto has = [&key](const RunSpec& cell) { return cell.key() == key; };
  if (key.empty() || std::any_of(plan.cells.begin(), plan.cells.end(), has)) return {};
  std::vector<std::string> keys;
  for (const RunSpec& cell : plan.cells) keys.push_back(cell.key());
  const std::string meant = nearest(key, keys);
  return fmt::format(
      "--reference: no cell of this run has the key '{}'{}", key,
      meant.empty() ? "; --dry-run shows them" : fmt::format("; did you mean '{}'?", meant));
}

// A job that is started again and again has one command, also for its first start.
RunOptions begun_where_nothing_is(const RunOptions& given) {
  RunOptions options = given;
  if (!is_yet_to_begin(options.json, options.resume)) return options;
  if (!options.quiet)
    print_stderr("--resume: nothing is in '{}' yet; it is begun\n", options.resume);
  options.resume.clear();
  return options;
}

int run(Invocation& invocation, const RunOptions& given) {
  const Program& program = invocation.program;
  const RunOptions options = begun_where_nothing_is(given);
  Request request = options.request;
  request.seed = seed_of(options);
  if (request.seed == 0 || !read_suite_file(request)) return exit_code::usage;
  if (!take_suite_runners(request, invocation)) return exit_code::usage;
  auto plan = make_plan(program, request);
  if (!plan) {
    print_error(plan.error());
    return exit_code::usage;
  }
  if (plan->cells.empty()) {
    print_error(fmt::format("none of the {} cells falls into shard {}: nothing to run",
                            plan->cells_of_all_shards, plan->shard));
    return exit_code::nothing_ran;
  }
  plan->first_table = first_table(plan->cells, catalogue_of(program));
  if (const std::string why = wrong_cpus(request); !why.empty()) {
    print_error(why);
    return exit_code::usage;
  }
  if (const std::string why = wrong_reference(*plan, options.reference); !why.empty()) {
    print_error(why);
    return exit_code::usage;
  }
  for (const std::string& note : plan->notes) print_error(note);
  if (!options.quiet) show_lists(program, request);
  if (options.dry_run) {
    print_plan(program, *plan);
    return exit_code::success;
  }
  return measure(program, options, *plan, invocation.command_line);
}

}  // namespace

void add_run(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Measure latency, throughput and correctness");
  add_run_options(*command, invocation.program, *options);
  add_runner_option(*command, invocation);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return run(invocation, *options); };
  });
}

void add_check(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("check",
                         "Run every correctness scenario, and show what passed\n"
                         "Over the mechanisms of the quick suite, unless --backend says which.");
  add_check_options(*command, invocation.program, *options);
  add_runner_option(*command, invocation);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return run(invocation, *options); };
  });
}

}  // namespace ipcmark
