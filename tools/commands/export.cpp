// ipcmark export: a stored result in the format of another tool.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <vector>

#include "results/export/export.hpp"
#include "results/text/nearest.hpp"
#include "scenarios/plan/plan.hpp"
#include "tools/command_line.hpp"
#include "tools/files/output_file.hpp"
#include "tools/files/result_file.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

struct ExportOptions {
  std::vector<std::string> results;  // files
  std::string format, only;
  std::string output = "-";  // stdout
};

using Done = tl::expected<void, std::string>;

std::string unknown(const char* what, const std::string& name,
                    const std::vector<std::string>& known, const std::string& fallback) {
  const std::string meant = nearest(name, known);
  return fmt::format("{} '{}'; {}", what, name,
                     meant.empty() ? fallback : fmt::format("did you mean '{}'?", meant));
}

tl::expected<const ExportFormat*, std::string> chosen_format(const ExportOptions& options) {
  std::vector<std::string> known;
  for (const ExportFormat& format : export_formats()) known.emplace_back(format.name);
  const ExportFormat* format = export_format(options.format);
  if (format == nullptr) {
    return tl::make_unexpected(unknown("unknown format", options.format, known,
                                       fmt::format("known are {}", fmt::join(known, ", "))));
  }
  if (options.results.size() > 1 && !format->several) {
    return tl::make_unexpected(
        fmt::format("the format {} takes one result, {} were given; export them one by one",
                    format->name, options.results.size()));
  }
  if (!options.only.empty() && !format->one_cell) {
    return tl::make_unexpected(
        fmt::format("the format {} writes every cell; leave out --only", format->name));
  }
  return format;
}

Done check_cell(const std::string& key, const std::string& path, const ResultDocument& document) {
  std::vector<std::string> known;
  for (const Cell& cell : document.cells) known.push_back(cell.spec.key());
  if (key.empty() || std::find(known.begin(), known.end(), key) != known.end()) return {};
  return tl::make_unexpected(unknown(fmt::format("'{}' has no cell", path).c_str(), key, known,
                                     "the format csv shows the keys of all"));
}

Done write(const ExportOptions& options, const std::string& text) {
  std::vector<NamedFile> inputs;
  for (const std::string& path : options.results) inputs.push_back({"a result to export", path});
  const std::string wrong = wrong_outputs({{"--output", options.output}}, inputs);
  if (!wrong.empty()) return tl::make_unexpected(wrong);
  auto file = OutputFile::open(options.output);
  if (!file) return tl::make_unexpected(file.error());
  return file->commit(text);
}

Done convert(const Program& program, const ExportOptions& options) {
  const auto format = chosen_format(options);
  if (!format) return tl::make_unexpected(format.error());
  const Catalogue catalogue = catalogue_of(program);
  std::vector<ResultDocument> documents;
  for (const std::string& path : options.results) {
    auto document = read_result_file(path, catalogue);
    if (!document) return tl::make_unexpected(document.error());
    if (auto done = check_cell(options.only, path, *document); !done) return done;
    // An older result says nothing of options that stood at their defaults.
    for (Cell& cell : document->cells) resolve_options(program, cell.spec);
    documents.push_back(std::move(*document));
  }
  const auto text = (*format)->write({documents, options.only});
  if (!text) return tl::make_unexpected(text.error());
  return write(options, *text);
}

int export_result(const Program& program, const ExportOptions& options) {
  if (auto done = convert(program, options); !done) {
    print_error(done.error());
    return exit_code::usage;
  }
  return exit_code::success;
}

}  // namespace

std::string format_table() {
  std::string text = "Formats:";
  for (const ExportFormat& format : export_formats()) {
    text += fmt::format("\n  {:<25}{}", format.name, format.summary);
  }
  return text;
}

void add_export(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command =
      app.add_subcommand("export", "Write a stored result in the format of another tool");
  command->add_option("RESULT", options->results, "Files written by 'ipcmark run --json'")
      ->required()
      ->type_name("");
  command->add_option("--format", options->format, "Output format, from the list below")
      ->required()
      ->type_name("NAME");
  command->add_option("--only", options->only, "Only this cell, by its key\nFor hgrm.")
      ->type_name("KEY");
  command->add_option("-o,--output", options->output, "Write here")
      ->default_str("standard output")
      ->type_name("FILE");
  command->footer(format_table);
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      return export_result(invocation.program, *options);
    };
  });
}

}  // namespace ipcmark
