// ipcmark history: trends of many results, and since when a figure may have changed.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <optional>
#include <vector>

#include "results/fleet/fleet_page.hpp"
#include "results/fleet/history_text.hpp"
#include "results/report/report.hpp"
#include "tools/command_line.hpp"
#include "tools/files/output_file.hpp"
#include "tools/files/text_file.hpp"
#include "tools/gather/gather_points.hpp"
#include "tools/options/run_options.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* what_history_is =
    "Show trends of many results, and suspected changes\n"
    "A suspect is the split of a series with the largest rank statistic, with at least five "
    "results "
    "a side, p below 0.001 for all splits and series together, and a change that the gate would "
    "judge (5 %, of a p99 10 %). Results of other host classes and states of the machine are other "
    "series. Suspects and odd hosts are advisory: each suspect comes with the 'ipcmark ab' that "
    "confirms it.";

constexpr const char* history_codes =
    R"(Exit codes:
  0  shown, whatever is suspected
  1  with --fail-on-suspect: something is suspected
  2  wrong usage, an output that cannot be written, or nothing to show)";

struct HistoryOptions {
  std::vector<std::string> places;  // directories, and files
  FleetChoice choice;
  HistoryText text;
  std::string json, page, otava;  // files; empty: none
  bool fail_on_suspect = false;
  ColorChoice color = ColorChoice::automatic;
};

// The change points in place of the rule's own; nothing after an error message.
std::optional<std::vector<OtavaChange>> read_otava(const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) {
    print_error(text.error());
    return std::nullopt;
  }
  auto changes = otava_changes(*text);
  if (!changes) {
    print_error(fmt::format("'{}' is not what Otava reports: {}", path, changes.error()));
    return std::nullopt;
  }
  return std::move(*changes);
}

std::vector<NamedFile> inputs_of(const HistoryOptions& options) {
  std::vector<NamedFile> inputs{{"what --otava reads", options.otava}};
  for (const std::string& place : options.places) inputs.push_back({"a result to be shown", place});
  return inputs;
}

std::vector<NamedFile> outputs_of(const HistoryOptions& options) {
  return {{"--json", options.json}, {"--html", options.page}};
}

// The files that were asked for, open before anything is read.
struct HistoryFiles {
  std::optional<OutputFile> json, page;

  tl::expected<void, std::string> open(const HistoryOptions& options) {
    std::string wrong = wrong_outputs(outputs_of(options), inputs_of(options));
    if (!wrong.empty()) return tl::make_unexpected(std::move(wrong));
    if (auto opened = open_output(options.json, json); !opened) return opened;
    return open_output(options.page, page);
  }
};

// Whether all of them could be written; what could not has been said.
bool write_history(HistoryFiles& files, const HistoryOptions& options, const History& found,
                   const std::vector<HostScore>& scores, std::vector<std::string> notes) {
  bool good = true;
  const auto commit = [&good](OutputFile& file, const std::string& content) {
    const auto done = file.commit(content);
    if (!done) print_error(done.error());
    good = good && done;
    return done.has_value();
  };
  const std::string& label = options.text.label;
  if (files.json) commit(*files.json, history_to_json(found, odd_hosts(scores), notes, label));
  if (!files.page) return good;
  const FleetPage how{std::move(notes), label};
  const bool written = commit(*files.page, fleet_to_html(found, scores, how));
  if (const std::string lacks = report_lacks(); written && !lacks.empty()) {
    print_error(fmt::format("the page has tables but no charts: {}", lacks));
  }
  return good;
}

int history(const Program& program, const HistoryOptions& options) {
  HistoryFiles files;
  if (const auto opened = files.open(options); !opened) {
    print_error(opened.error());
    return exit_code::usage;
  }
  std::optional<std::vector<OtavaChange>> changes;
  if (!options.otava.empty()) {
    changes = read_otava(options.otava);
    if (!changes) return exit_code::usage;
  }
  auto gathered = gather_points(program, options.places, options.choice);
  if (!gathered) {
    print_error(gathered.error());
    return exit_code::usage;
  }
  if (const std::string wrong = over_a_result(outputs_of(options), gathered->fleet);
      !wrong.empty()) {
    print_error(wrong);
    return exit_code::usage;
  }
  const Catalogue catalogue = catalogue_of(program);
  const History found = changes ? history_of(std::move(gathered->fleet), catalogue, *changes)
                                : history_of(std::move(gathered->fleet), catalogue);
  const std::vector<HostScore> scores = host_scores(found.fleet);
  show_text(
      history_to_console(found, odd_hosts(scores), style_of_stdout(options.color), options.text));
  if (!write_history(files, options, found, scores, std::move(gathered->notes))) {
    return exit_code::usage;
  }
  return options.fail_on_suspect && found.suspects > 0 ? exit_code::regression : exit_code::success;
}

void add_history_options(CLI::App& command, HistoryOptions& options) {
  command
      .add_option("DIR", options.places,
                  "Directories with results, or such files\n"
                  "Of 'ipcmark run --json'. Directories are searched to the bottom.")
      ->required()
      ->type_name("");
  command
      .add_option(
          "--figure", options.choice.figure,
          "This figure of each cell, such as p90\n"
          "Or 'cpu_per_message' (see 'ipcmark list figures'). Default: the headline of each.")
      ->type_name("NAME");
  command
      .add_option("--only", options.choice.only,
                  "Only these cells, such as 'latency/*/64B/*'\n"
                  "By key, pattern or part of a key. May be repeated.")
      ->allow_extra_args(false)
      ->type_name("KEY");
  command
      .add_option("--label", options.text.label,
                  "Name points by this label\nOf their run. Default: commit, else the day.")
      ->default_str("commit or day")
      ->type_name("NAME");
  command
      .add_option("--otava", options.otava,
                  "Take suspects from this file of Apache Otava\n"
                  "Which 'otava analyze --output json' wrote of an export of these results.")
      ->type_name("FILE");
  command.add_flag("--fail-on-suspect", options.fail_on_suspect,
                   "Exit with 1 when something is suspected");
  command.add_flag("--all", options.text.all, "Show every series, however many")->group("Output");
  command
      .add_option("--json", options.json,
                  "Write all of it here, as JSON\nEvery series, suspect and odd host.")
      ->type_name("FILE")
      ->group("Output");
  command.add_option("--html", options.page, "Write a page with charts here, too")
      ->type_name("FILE")
      ->group("Output");
  add_color_option(command, options.color)->group("Output");
}

}  // namespace

void add_history(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<HistoryOptions>();
  CLI::App* command = app.add_subcommand("history", what_history_is);
  add_history_options(*command, *options);
  add_runner_option(*command, invocation);
  command->footer([] { return std::string(history_codes); });
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return history(invocation.program, *options); };
  });
}

}  // namespace ipcmark
