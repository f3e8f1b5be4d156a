// ipcmark explain: where the microseconds of a message go → waterfalls, sentences, JSON.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "results/explain/explained.hpp"
#include "results/explain/perfetto.hpp"
#include "results/explain/waterfall.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/plan/plan.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/measuring.hpp"
#include "tools/explain/explain_session.hpp"
#include "tools/files/output_file.hpp"
#include "tools/files/output_place.hpp"
#include "tools/files/result_file.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/options/run_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* what_it_is =
    R"(Show where the time of a round trip goes
It names what would save some of it, too. KEY is a cell of the scenario latency. Each round runs a
trial without tracing, one with the kernel's wake-ups and switches traced, and one with all events
of a message's path traced, in random order. A trip is followed backwards from its end along what it
waited for last; trips that went one path are shown together. 'traced' is as measured, 'scaled' what
is left without the probes. Where all events would make trips of 20 us and more over 30 % longer,
trials with wake-ups and switches alone are shown (--detail), and how often a trip makes which system
call is taken from the others.

As root, with tracefs mounted, all of the path is seen. Without, the workers' own timestamps and
their context switches; where these are refused as well, the timestamps alone: a line says what to
change.

Several keys, or one and --against, are followed by what changed from the first to each other one:
the kind of work whose time changed by the largest amount, and what a trip does more or less
often.)";

constexpr const char* explain_codes =
    R"(Exit codes:
  0        success
  2        wrong usage, or an output that cannot be written
  5        a cell failed
  77       nothing could run
  128 + N  ended by the signal N (130: SIGINT, 143: SIGTERM))";

constexpr std::uint32_t rounds_of_explain = 8;
constexpr std::uint32_t rounds_to_break = 100;
constexpr const char* trace_of_break = "ipcmark-break.trace.json";

struct ExplainCommand {
  std::vector<std::string> keys;
  ExplainOptions session;
  std::size_t slowest = 0;
  std::size_t paths = 0;
  std::string detail;  // the word; empty: not asked for
  std::string json, capture, trace, against;
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
    if (!can_be_explained(*spec)) {
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

// What --against names: for each cell to be explained, the one it is compared with.
using Counterparts = std::vector<ExplainedCell>;

tl::expected<Counterparts, std::string> counterparts_of(const std::string& path,
                                                        const std::vector<RunSpec>& cells) {
  Counterparts found;
  if (path.empty()) return found;
  const auto stored = read_explanation_file(path);
  if (!stored) return tl::make_unexpected(stored.error());
  for (const RunSpec& cell : cells) {
    const auto same =
        std::find_if(stored->begin(), stored->end(),
                     [key = cell.key()](const ExplainedCell& each) { return each.cell == key; });
    const bool only = stored->size() == 1 && cells.size() == 1;
    if (same == stored->end() && !only) {
      return tl::make_unexpected(fmt::format(
          "'{}' does not hold {}; explain that key with --json first", path, cell.key()));
    }
    found.push_back(only ? stored->front() : *same);
    found.back().cell += " in " + path;
  }
  return found;
}

// What is asked for, else what the explanations have that these are to be compared with; nothing:
// by what it costs.
std::optional<Detail> detail_of(const ExplainCommand& command, const Counterparts& counterparts) {
  const std::string seen = counterparts.empty() ? "" : counterparts.front().seen;
  if (command.detail == "coarse") return Detail::coarse;
  if (command.detail == "fine") return Detail::fine;
  if (seen == to_string(Seen::wakings)) return Detail::coarse;
  if (seen == to_string(Seen::kernel)) return Detail::fine;
  return std::nullopt;
}

// Empty, or why they cannot be compared with what can be seen here.
std::string wrong_view(const ExplainCommand& command, const Counterparts& counterparts) {
  if (counterparts.empty()) return {};
  Seen here = seen_here();
  if (here == Seen::kernel && detail_of(command, counterparts) == Detail::coarse) {
    here = Seen::wakings;
  }
  const std::string seen = to_string(here);
  for (const ExplainedCell& before : counterparts) {
    if (std::string wrong = not_comparable(before, seen); !wrong.empty()) return wrong;
  }
  return {};
}

// The files that were asked for, open before anything is measured.
struct ExplainFiles {
  std::optional<OutputFile> json, capture, trace;

  tl::expected<void, std::string> open(const ExplainCommand& command,
                                       const std::atomic<int>& stop) {
    const std::string wrong = wrong_outputs(
        {{"--json", command.json}, {"--capture", command.capture}, {"--trace", command.trace}},
        {{"what --against reads", command.against}});
    if (!wrong.empty()) return tl::make_unexpected(wrong);
    auto opened = open_output(command.json, json, &stop);
    if (opened) opened = open_output(command.capture, capture, &stop);
    if (opened) opened = open_output(command.trace, trace, &stop);
    return opened;
  }
};

bool commit(std::optional<OutputFile>& file, const std::string& text) {
  if (!file) return true;
  const auto written = file->commit_measured(text);
  if (!written) print_error(written.error());
  return written.has_value();
}

// What changed from one explanation to another, and the text of it.
struct Changes {
  std::vector<TripDifference> differences;
  std::string text;
};

Changes changes_of(const std::vector<ExplainedCell>& cells, const Counterparts& counterparts,
                   const ConsoleStyle& style) {
  if (counterparts.empty()) return {differences_of(cells), side_by_side_to_console(cells, style)};
  Changes changes;
  for (const ExplainedCell& cell : cells) {
    for (const ExplainedCell& before : counterparts) {
      if (counterparts.size() > 1 && !before.cell.starts_with(cell.cell + " in ")) continue;
      changes.differences.push_back(difference_between(before, cell));
      changes.text += side_by_side_to_console({before, cell}, style);
    }
  }
  return changes;
}

std::string text_of_break(const ExplainRun& run, const ExplainCommand& command,
                          const ConsoleStyle& style) {
  if (run.stopped_at) {
    const CellObservations& cell = run.cells.front();
    return long_trip_to_console(cell.key, *cell.rounds.front().timeline, run.stopped_at->trip,
                                run.stopped_at->round, style);
  }
  if (run.traced_trials == 0) return "no traced trial was measured to its end\n";
  return fmt::format("no trip took {} or longer: {} trip{} in {} traced trial{}\n",
                     duration_text(command.session.break_ns), run.traced_trips,
                     run.traced_trips == 1 ? "" : "s", run.traced_trials,
                     run.traced_trials == 1 ? "" : "s");
}

// Shows and writes what was observed: whether all of it could be written.
bool report(const ExplainRun& run, const ExplainCommand& command, const Counterparts& counterparts,
            ExplainFiles& files) {
  const std::vector<Explanation> explanations =
      explain_alike(run.cells, command.slowest, detail_of(command, counterparts));
  std::vector<ExplainedCell> cells;
  cells.reserve(explanations.size());
  for (const Explanation& each : explanations) cells.push_back(explained(each));
  const ConsoleStyle style = style_of_stdout(command.color);
  const Changes changes = changes_of(cells, counterparts, style);
  if (command.session.break_ns > 0) {
    show("{}", text_of_break(run, command, style));
  } else {
    show("{}{}", to_console(explanations, command.paths, style), changes.text);
  }
  for (const std::string& problem : run.problems) print_error(problem);
  bool good = commit(files.json, explanations_to_json(cells, changes.differences));
  if (run.cells.empty()) return good;
  good &= commit(files.capture, to_text(run.cells.front().rounds.back().timeline->capture()));
  // A trace is of the trip that was waited for; without one there is none to keep.
  if (command.session.break_ns == 0 || run.stopped_at) {
    good &= commit(files.trace, to_perfetto(run.cells));
  }
  return good;
}

// What follows from what was given.
void settle(ExplainCommand& command) {
  ExplainOptions& options = command.session;
  const bool breaks = options.break_ns > 0;
  if (breaks && command.trace.empty()) command.trace = trace_of_break;
  if (options.rounds == 0) options.rounds = breaks ? rounds_to_break : rounds_of_explain;
  if (options.seed == 0) options.seed = std::random_device{}() | 1U;
  options.trial_timeout_ns = command.measuring.trial_timeout_ns;
}

int explain_cells(const Program& program, ExplainCommand& command) {
  settle(command);
  const auto cells = cells_of(program, command.keys);
  const auto counterparts =
      cells ? counterparts_of(command.against, *cells) : tl::make_unexpected(cells.error());
  const std::string wrong =
      counterparts ? wrong_view(command, *counterparts) : counterparts.error();
  if (!wrong.empty()) {
    print_error(wrong);
    return exit_code::usage;
  }
  Measuring measuring({command.measuring, command.quiet}, catalogue_of(program));
  ExplainFiles files;
  if (auto opened = files.open(command, measuring.stop()); !opened) {
    return measuring.refuse(opened.error());
  }
  if (command.json == "-" || command.capture == "-" || command.trace == "-") show_on_stderr();
  if (const auto code = measuring.begin()) return *code;
  ExplainOptions& options = command.session;
  options.stop_signal = &measuring.stop();
  options.say = [&measuring](const std::string& why) { measuring.say(why); };
  const bool reported = !command.quiet && stderr_is_terminal();
  options.progress = [reported](std::size_t done, std::size_t trials) {
    if (reported) print_stderr("\r{} of {} trials ", done, trials);
  };
  const ExplainRun run = observe(program, *cells, measuring.manifest(), options);
  if (reported) print_stderr("\r{:30}\r", "");
  measuring.finish();
  if (!report(run, command, *counterparts, files)) return exit_code::usage;
  return exit_code_of(run, measuring);
}

void add_output_options(CLI::App& sub, ExplainCommand& command) {
  sub.add_option("--json", command.json, "Write the explanations here, as JSON")
      ->type_name("FILE")
      ->group("Output");
  sub.add_option("--capture", command.capture,
                 "Write the events of a traced trial here, as text\n"
                 "Of the last one of the first cell.")
      ->type_name("FILE")
      ->group("Output");
  sub.add_option(
         "--trace", command.trace,
         "Write traced trials here, for Perfetto\n"
         "The last one of each cell: operations, events of the kernel by CPU, and the path of "
         "each trip.")
      ->type_name("FILE")
      ->group("Output");
  sub.add_flag("--quiet", command.quiet, "No progress on stderr")->group("Output");
  add_color_option(sub, command.color)->group("Output");
}

void add_options(CLI::App& sub, ExplainCommand& command) {
  sub.add_option("KEY", command.keys,
                 fmt::format("Cells of latency\nDefault: {}.", fmt::join(default_keys, " and ")))
      ->type_name("KEY");
  add_number(sub, "--rounds", command.session.rounds,
             "Rounds of trials\n"
             "Of a plain, a coarsely and a finely traced one. With --break, of a finely traced one "
             "at most.",
             1, 1000)
      ->default_str(fmt::format("{}, with --break {}", rounds_of_explain, rounds_to_break));
  add_number(sub, "--messages", command.session.messages,
             "Round trips of a trial\n"
             "Default of cells that only spin: 100000, each 64th stamped.",
             50, 6000)
      ->default_str("2000");
  sub.add_option(
         "--detail", command.detail,
         "Events shown\n"
         "coarse: wake-ups and switches alone. fine: all. auto: coarse where all would make "
         "trips of 20 us and more over 30 % longer.")
      ->check(one_of({"auto", "coarse", "fine"}))
      ->type_name("HOW")
      ->default_str("auto");
  add_number(sub, "--paths", command.paths,
             "Paths to draw\n"
             "The commonest first. Default: those of a fifth of the trips and more, 3 at most.",
             1, 100);
  add_number(sub, "--slowest", command.slowest, "Show the N slowest trips\nEach by itself.", 1,
             1000);
  sub.add_option("--against", command.against,
                 "Say what changed since this file\nExplanations that --json wrote before.")
      ->type_name("FILE");
  sub.add_option_function<std::string>(
         "--break",
         [&command](const std::string& word) {
           const auto time = parse_duration(word);
           if (!time || *time == 0) {
             refuse("--break", fmt::format("'{}' is not a time; write one such as 1ms", word));
           }
           command.session.break_ns = *time;
         },
         "Stop at the first trip that takes so long: 1ms\n"
         "It is shown by itself, and its trace is kept in --trace (ipcmark-break.trace.json).")
      ->excludes("--against")
      ->excludes("--detail")
      ->excludes("--slowest")
      ->excludes("--paths")
      ->type_name("TIME");
  add_number(sub, "--seed", command.session.seed, "Order of the trials", 1, ~std::uint64_t{0})
      ->default_str("random");
}

}  // namespace

void add_explain(CLI::App& app, Invocation& invocation) {
  auto command = std::make_shared<ExplainCommand>();
  command->session.seed = 0;
  command->session.rounds = 0;
  CLI::App* sub = app.add_subcommand("explain", what_it_is);
  add_options(*sub, *command);
  add_output_options(*sub, *command);
  add_measuring_options(*sub, command->measuring, "Measuring");
  sub->footer([] { return std::string(explain_codes); });
  sub->callback([command, &invocation] {
    invocation.action = [command, &invocation] {
      return explain_cells(invocation.program, *command);
    };
  });
}

}  // namespace ipcmark
