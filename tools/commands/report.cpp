// ipcmark report: stored results as one page to look at and to mail; of directories, as a fleet.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "results/fleet/fleet_page.hpp"
#include "results/report/report.hpp"
#include "tools/command_line.hpp"
#include "tools/files/output_file.hpp"
#include "tools/files/result_file.hpp"
#include "tools/gather/gather_points.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

struct ReportOptions {
  std::vector<std::string> results;  // files
  std::string output;                // the page
};

// It is shown with the result before it. Empty, or a sentence.
std::string add_explanation(const std::string& path, std::vector<ReportedResult>& results) {
  if (results.empty()) {
    return fmt::format("'{}' is an explanation; name the result before it that it is shown with",
                       path);
  }
  auto cells = read_explanation_file(path);
  if (!cells) return cells.error();
  auto& all = results.back().document.explained;
  all.insert(all.end(), std::make_move_iterator(cells->begin()),
             std::make_move_iterator(cells->end()));
  return {};
}

bool is_directory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

int write_page(OutputFile& file, const std::string& page) {
  if (auto done = file.commit(page); !done) {
    print_error(done.error());
    return exit_code::usage;
  }
  if (const std::string lacks = report_lacks(); !lacks.empty()) {
    print_error(fmt::format("the report has tables but no charts: {}", lacks));
  }
  return exit_code::success;
}

int report_fleet(const Program& program, const ReportOptions& options, OutputFile& file) {
  auto gathered = gather_points(program, options.results, {});
  if (!gathered) {
    print_error(gathered.error());
    return exit_code::usage;
  }
  if (const std::string wrong = over_a_result({{"--output", options.output}}, gathered->fleet);
      !wrong.empty()) {
    print_error(wrong);
    return exit_code::usage;
  }
  const History found = history_of(std::move(gathered->fleet), catalogue_of(program));
  return write_page(
      file, fleet_to_html(found, host_scores(found.fleet), {std::move(gathered->notes), {}}));
}

int report(const Program& program, const ReportOptions& options) {
  std::vector<NamedFile> inputs;
  for (const std::string& path : options.results) inputs.push_back({"a result to be shown", path});
  const std::string wrong = wrong_outputs({{"--output", options.output}}, inputs);
  auto file = wrong.empty() ? OutputFile::open(options.output) : tl::make_unexpected(wrong);
  if (!file) {
    print_error(file.error());
    return exit_code::usage;
  }
  if (std::any_of(options.results.begin(), options.results.end(), is_directory)) {
    return report_fleet(program, options, *file);
  }
  const Catalogue catalogue = catalogue_of(program);
  std::vector<ReportedResult> results;
  results.reserve(options.results.size());
  for (const std::string& path : options.results) {
    if (is_explanation(path)) {
      if (const std::string wrong = add_explanation(path, results); !wrong.empty()) {
        print_error(wrong);
        return exit_code::usage;
      }
      continue;
    }
    auto document = read_result_file(path, catalogue);
    if (!document) {
      print_error(document.error());
      return exit_code::usage;
    }
    results.push_back({path, std::move(*document)});
  }
  return write_page(*file, report_to_html(results));
}

}  // namespace

void add_report(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report",
                                         "Write stored results as one page with charts and tables\n"
                                         "To look at and to mail.");
  command
      ->add_option(
          "RESULT", options->results,
          "Results of 'ipcmark run --json', or directories\n"
          "The others are compared to the first. Those of 'ipcmark explain --json' are shown with "
          "the result before them. With a directory among them, all results in it are shown as a "
          "fleet: odd hosts, suspected changes, trends.")
      ->required()
      ->type_name("");
  command->add_option("-o,--output", options->output, "Write the page here")
      ->default_str("report.html")
      ->type_name("FILE");
  options->output = "report.html";
  add_runner_option(*command, invocation);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return report(invocation.program, *options); };
  });
}

}  // namespace ipcmark
