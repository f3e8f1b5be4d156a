// ipcmark report: stored results as one page to look at and to mail.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vector>

#include "results/report/report.hpp"
#include "tools/command_line.hpp"
#include "tools/files/output_file.hpp"
#include "tools/files/result_file.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

struct ReportOptions {
  std::vector<std::string> results;  // files
  std::string output;                // the page
};

int report(const Program& program, const ReportOptions& options) {
  std::vector<NamedFile> inputs;
  for (const std::string& path : options.results) inputs.push_back({"a result to be shown", path});
  const std::string wrong = wrong_outputs({{"--output", options.output}}, inputs);
  auto file = wrong.empty() ? OutputFile::open(options.output) : tl::make_unexpected(wrong);
  if (!file) {
    complain(file.error());
    return exit_code::usage;
  }
  const Catalogue catalogue = catalogue_of(program);
  std::vector<ReportedResult> results;
  results.reserve(options.results.size());
  for (const std::string& path : options.results) {
    auto document = read_result_file(path, catalogue);
    if (!document) {
      complain(document.error());
      return exit_code::usage;
    }
    results.push_back({path, std::move(*document)});
  }
  if (auto done = file->commit(report_to_html(results)); !done) {
    complain(done.error());
    return exit_code::usage;
  }
  if (const std::string lacks = report_lacks(); !lacks.empty()) {
    complain(fmt::format("the report has tables but no charts: {}", lacks));
  }
  return exit_code::success;
}

}  // namespace

void add_report(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand(
      "report", "Write stored results as one page with charts and tables, to look at and to mail");
  command
      ->add_option(
          "RESULT", options->results,
          "Files written by 'ipcmark run --json'; the first is what others are held against")
      ->required()
      ->type_name("");
  command->add_option("-o,--output", options->output, "Write the page here (report.html)")
      ->default_str("")
      ->type_name("FILE");
  options->output = "report.html";
  add_runner_option(*command, invocation);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return report(invocation.program, *options); };
  });
}

}  // namespace ipcmark
