// ipcmark report: stored results as one page to look at and to mail.
#include <fmt/format.h>

#include <vector>

#include "results/report/report.hpp"
#include "tools/commands/commands.hpp"
#include "tools/files/output_file.hpp"
#include "tools/files/result_file.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

int report(const ReportOptions& options) {
  auto file = OutputFile::open(options.output);
  if (!file) {
    complain(file.error());
    return exit_code::usage;
  }
  std::vector<ReportedResult> results;
  results.reserve(options.results.size());
  for (const std::string& path : options.results) {
    auto document = read_result_file(path);
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

}  // namespace ipcmark
