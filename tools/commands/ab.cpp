// ipcmark ab: two builds, or two settings, measured in turns; verdicts and an exit code.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <random>
#include <set>

#include "results/comparison/confirmation.hpp"
#include "results/json/json.hpp"
#include "scenarios/foreign/foreign_trial.hpp"
#include "scenarios/foreign/own_program.hpp"
#include "scenarios/foreign/runner_list.hpp"
#include "scenarios/machine/placement.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/measuring.hpp"
#include "tools/commands/preflight.hpp"
#include "tools/files/output_file.hpp"
#include "tools/options/ab_options.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/session/ab_session.hpp"
#include "tools/terminal/ab_progress.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* ab_codes =
    R"(Exit codes:
  0        no regression, inconclusive figures included
  1        a regression; with --fail-on-improvement also an improvement
  2        wrong usage, a program that cannot be run, or an output that
           cannot be written
  3        incomparable: another format or kind of build, or a cell or
           figure on one side only
  4        too few rounds to find a regression, nothing that is judged, or
           inconclusive with --fail-on-inconclusive
  5        a cell of B failed
  77       nothing could run
  128 + N  ended by the signal N (130: SIGINT, 143: SIGTERM), no verdict)";

constexpr std::uint32_t default_rounds = 30;
constexpr std::uint32_t max_rounds = 100'000;

using Sentence = tl::expected<void, std::string>;
Sentence say(std::string sentence) { return tl::make_unexpected(std::move(sentence)); }

// Both results, or neither.
struct ResultFiles {
  std::optional<OutputFile> base, candidate;
  std::string directory;  // made for them; removed again if nothing is written

  ResultFiles() = default;
  ResultFiles(const ResultFiles&) = delete;
  ResultFiles& operator=(const ResultFiles&) = delete;
  ~ResultFiles() {
    if (!directory.empty()) ::rmdir(directory.c_str());
  }
};

Sentence make_directory(const std::string& directory, ResultFiles& files) {
  if (directory.empty()) return {};
  if (::mkdir(directory.c_str(), 0777) == 0) {
    files.directory = directory;
  } else if (errno != EEXIST) {
    return say(fmt::format("cannot create the directory '{}': {}; name one that can be written",
                           directory, std::strerror(errno)));
  }
  return {};
}

Sentence open_files(const AbCommand& command, const std::atomic<int>& stop, ResultFiles& files,
                    std::optional<ComparisonOutput>& comparison) {
  const std::string& directory = command.results;
  if (auto made = make_directory(directory, files); !made) return made;
  const std::string base = directory.empty() ? "" : directory + "/base.json";
  const std::string candidate = directory.empty() ? "" : directory + "/candidate.json";
  std::string wrong = wrong_outputs({{"--json", command.output.json},
                                     {"--markdown", command.output.markdown},
                                     {"base.json of --results", base},
                                     {"candidate.json of --results", candidate}},
                                    {{"what --suite reads", suite_file(command.request.suite)}});
  if (!wrong.empty()) return say(std::move(wrong));
  auto opened = ComparisonOutput::open(command.output, &stop);
  if (!opened) return say(opened.error());
  comparison.emplace(std::move(*opened));
  if (auto done = open_output(base, files.base, &stop); !done) return done;
  return open_output(candidate, files.candidate, &stop);
}

bool write_results(const AbMeasured& measured, ResultFiles& files) {
  bool good = true;
  const auto commit = [&good](std::optional<OutputFile>& file, const ResultDocument& document) {
    if (!file) return;
    if (auto done = file->commit_measured(result_to_json(document)); !done) {
      print_error(done.error());
      good = false;
    }
  };
  commit(files.base, measured.a);
  commit(files.candidate, measured.b);
  return good;
}

// The cells of one side.
tl::expected<std::vector<RunSpec>, std::string> cells_of(Invocation& invocation,
                                                         const Request& common,
                                                         const std::string& option,
                                                         const std::string& words) {
  const Program& program = invocation.program;
  const auto request = side_request(program, common, option, words);
  if (!request) return tl::make_unexpected(request.error());
  Request read = *request;
  if (!read_suite_file(read) || !take_suite_runners(read, invocation)) {
    return tl::make_unexpected(std::string());
  }
  const auto plan = make_plan(program, read);
  if (!plan) {
    return tl::make_unexpected(words.empty() ? plan.error()
                                             : fmt::format("{}: {}", option, plan.error()));
  }
  if (std::string why = wrong_cpus(read); !why.empty()) return tl::make_unexpected(why);
  return plan->cells;
}

// A label that was named for one side and for both; empty: none.
std::string label_of_both(const AbCommand& command) {
  for (const auto& [name, value] : command.labels.labels) {
    if (command.a_labels.contains(name) || command.b_labels.contains(name)) return name;
  }
  return {};
}

// A measuring run of both sides, from the programs' names to the comparison.
class AbCommandRun {
 public:
  AbCommandRun(Invocation& invocation, const AbCommand& command)
      : invocation_(invocation),
        program_(invocation.program),
        command_(command),
        measuring_({command.measuring, command.quiet}, catalogue_of(program_)),
        stop_(measuring_.stop()) {}
  int run();

 private:
  Sentence choose();
  std::optional<int> measure(const AbOptions& options, AbMeasured& measured);
  std::optional<int> look_again(AbMeasured& measured, Comparison& comparison);
  AbOptions options() const;
  // What was said of both, and of one side.
  RunLabels labels_of(RunLabels side) const {
    side.insert(command_.labels.labels.begin(), command_.labels.labels.end());
    return side;
  }
  Comparison compare(AbMeasured& measured) const;

  Invocation& invocation_;
  const Program& program_;
  const AbCommand& command_;
  Measuring measuring_;
  const std::atomic<int>& stop_;
  std::uint64_t seed_ = 0;
  AbContender a_, b_;
};

Sentence AbCommandRun::choose() {
  if (command_.a.empty() && command_.b.empty() && command_.a_args.empty() &&
      command_.b_args.empty()) {
    return say(
        "name what to compare: two builds (--a OLD --b NEW) or two settings (--a-args '...' "
        "--b-args '...')");
  }
  if (const std::string twice = label_of_both(command_); !twice.empty()) {
    return say(fmt::format(
        "--label and --a-label or --b-label both name '{}'; leave out one of them", twice));
  }
  Request request = command_.request;
  seed_ = request.seed != 0 ? request.seed : std::random_device{}() | 1U;
  request.seed = seed_;
  a_.program = command_.a.empty() ? own_program() : command_.a;
  b_.program = command_.b.empty() ? own_program() : command_.b;
  for (const std::string& path : {a_.program, b_.program}) {
    // Names without a slash are looked for along PATH, later.
    if (path.find('/') == std::string::npos || ::access(path.c_str(), X_OK) == 0) continue;
    return say(fmt::format("cannot run '{}': {}; name an ipcmark", path, std::strerror(errno)));
  }
  auto ours = cells_of(invocation_, request, "--a-args", command_.a_args);
  if (!ours) return say(ours.error());
  auto theirs = cells_of(invocation_, request, "--b-args", command_.b_args);
  if (!theirs) return say(theirs.error());
  if (ours->size() != theirs->size()) {
    return say(
        fmt::format("A has {} cells and B has {}; choose the same number, which are compared "
                    "with each other in their order",
                    ours->size(), theirs->size()));
  }
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < ours->size(); ++i) {
    keys.push_back(joint_key((*ours)[i].key(), (*theirs)[i].key()));
  }
  const std::string wrong = wrong_threshold(command_.thresholds, catalogue_of(program_), keys);
  if (!wrong.empty()) return say(wrong);
  if (!command_.quiet) show_lists(program_, request);
  a_.cells = std::move(*ours);
  b_.cells = std::move(*theirs);
  for (AbContender* side : {&a_, &b_}) {
    const bool foreign = std::any_of(
        side->cells.begin(), side->cells.end(),
        [this](const RunSpec& cell) { return foreign_mechanism(program_, cell) != nullptr; });
    if (!foreign) continue;  // an older ipcmark does not know the option
    for (const std::string& named : invocation_.runners) {
      side->options.insert(side->options.end(), {"--runner", named});
    }
  }
  return {};
}

AbOptions AbCommandRun::options() const {
  AbOptions options;
  options.rounds = command_.rounds != 0   ? command_.rounds
                   : command_.for_ns != 0 ? max_rounds
                                          : default_rounds;
  options.for_ns = command_.for_ns;
  options.seed = seed_;
  options.stop_signal = &stop_;
  options.trial_timeout_ns = command_.measuring.trial_timeout_ns;
  options.runners = runner_facts(program_);
  options.program = &program_;
  return options;
}

std::optional<int> AbCommandRun::measure(const AbOptions& options, AbMeasured& measured) {
  AbProgress progress(stderr_is_terminal(), stderr_width(), options.for_ns);
  AbObserver silence;
  auto done =
      run_ab(a_, b_, options, command_.quiet ? silence : static_cast<AbObserver&>(progress));
  if (!command_.quiet) progress.finish();
  if (stop_.load() != 0 && !done) {
    print_error("ended by a signal before the first round: no verdict");
    return exit_code::signal_base + stop_.load();
  }
  if (!done) {
    print_error(done.error().sentence);
    return done.error().incomparable ? exit_code::incomparable : exit_code::usage;
  }
  measured = std::move(*done);
  measured.a.run.labels = labels_of(command_.a_labels);
  measured.b.run.labels = labels_of(command_.b_labels);
  for (ResultDocument* each : {&measured.a, &measured.b}) {
    each->run.host = asked_host_name(command_.labels);
    each->run.shared_machine = command_.measuring.share;
    each->catalogue = catalogue_of(program_);
  }
  if (!measured.interrupted) return std::nullopt;
  print_error(fmt::format("ended by a signal after {} rounds: no verdict", measured.rounds));
  return exit_code::signal_base + stop_.load();
}

Comparison AbCommandRun::compare(AbMeasured& measured) const {
  ComparisonOptions how;
  how.thresholds = command_.thresholds;
  Comparison comparison = compare_rounds(measured.a, measured.b, std::move(measured.voids), how);
  for (const std::string& note : measured.notes) comparison.notes.push_back(note);
  if (const std::string unused = unused_threshold(comparison); !unused.empty()) {
    comparison.unjudged.push_back(unused + ".");
    comparison.notes.push_back(unused + ".");
  }
  if (measured.again > 0) {
    comparison.notes.push_back(
        fmt::format("{} rounds were measured again, of the cells that had void ones (at most {}).",
                    measured.again, measured.rounds));
  }
  const auto name = [](const AbContender& side, const std::string& words) {
    return words.empty() ? side.program : side.program + " " + words;
  };
  comparison.base.name = name(a_, command_.a_args);
  comparison.candidate.name = name(b_, command_.b_args);
  return comparison;
}

void append_trials(ResultDocument& to, ResultDocument& fresh) {
  for (Cell& cell : fresh.cells) {
    const auto same = std::find_if(to.cells.begin(), to.cells.end(), [&cell](const Cell& each) {
      return each.spec.key() == cell.spec.key();
    });
    if (same == to.cells.end()) continue;
    std::move(cell.trials.begin(), cell.trials.end(), std::back_inserter(same->trials));
  }
}

// Fresh rounds of the flagged cells alone. Their trials join those that were measured before.
std::optional<int> AbCommandRun::look_again(AbMeasured& measured, Comparison& comparison) {
  const bool improvements = command_.fail_on.improvement;
  const std::set<std::string> flagged = flagged_cells(comparison, improvements);
  if (flagged.empty()) return std::nullopt;
  AbContender a{a_.program, {}, a_.options};
  AbContender b{b_.program, {}, b_.options};
  for (std::size_t i = 0; i < a_.cells.size(); ++i) {
    if (!flagged.contains(joint_key(a_.cells[i].key(), b_.cells[i].key()))) continue;
    a.cells.push_back(a_.cells[i]);
    b.cells.push_back(b_.cells[i]);
  }
  std::swap(a, a_);
  std::swap(b, b_);
  if (!command_.quiet) {
    print_stderr("measuring {} flagged cell{} again\n", flagged.size(),
                 flagged.size() == 1 ? "" : "s");
  }
  AbOptions fresh = options();
  const std::uint32_t first = measured.rounds + measured.again;
  fresh.rounds = measured.rounds;
  fresh.first_round = first + first % 2;
  AbMeasured again;
  const auto code = measure(fresh, again);
  if (!code) confirm(comparison, compare(again), improvements);
  append_trials(measured.a, again.a);
  append_trials(measured.b, again.b);
  return code;
}

int AbCommandRun::run() {
  if (auto chosen = choose(); !chosen) {
    if (!chosen.error().empty()) print_error(chosen.error());
    return exit_code::usage;
  }
  ResultFiles files;
  std::optional<ComparisonOutput> output;
  if (auto opened = open_files(command_, stop_, files, output); !opened) {
    return measuring_.refuse(opened.error());
  }
  if (const auto code = measuring_.take_turn()) return *code;
  AbMeasured measured;
  auto ended = measure(options(), measured);
  if (ended && measured.rounds == 0) return *ended;
  Comparison comparison = compare(measured);
  if (!ended && command_.confirm) ended = look_again(measured, comparison);
  const bool kept = measured.rounds == 0 || write_results(measured, files);
  // What was measured is kept, though nothing can be said of it.
  if (ended) withhold_verdicts(comparison, "the run was ended before its last round");
  if (!output->write(comparison, true) || !kept) return exit_code::usage;
  return ended ? *ended : verdict_code(comparison, command_.fail_on);
}

int ab(Invocation& invocation, const AbCommand& command) {
  return AbCommandRun(invocation, command).run();
}

}  // namespace

void add_ab(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<AbCommand>();
  CLI::App* command =
      app.add_subcommand("ab",
                         "Measure two builds or settings in turns, and compare them\n"
                         "The exit code says whether the second one is worse.");
  add_ab_options(*command, invocation.program, *options);
  add_runner_option(*command, invocation);
  command->footer([] { return std::string(ab_codes); });
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return ab(invocation, *options); };
  });
}

}  // namespace ipcmark
