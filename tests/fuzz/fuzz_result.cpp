// The reader of results, and all that is made of what it has read.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "results/advice/advice.hpp"
#include "results/comparison/comparison.hpp"
#include "results/comparison/comparison_text.hpp"
#include "results/console/check_matrix.hpp"
#include "results/console/console.hpp"
#include "results/export/export.hpp"
#include "results/fleet/fleet_tables.hpp"
#include "results/fleet/read_fleet.hpp"
#include "results/json/json.hpp"
#include "results/report/report.hpp"
#include "results/text/printable.hpp"
#include "scenarios/scenario.hpp"

using namespace ipcmark;

namespace {

// Whatever the document holds, a terminal is given text.
void check_shown(const std::string& text) {
  if (printable_lines(text) != text) std::abort();
}

void check_console(const ResultDocument& document) {
  check_shown(result_to_console(document, {}));
  check_shown(check_to_console(document, {}));
  for (const NamedNeed& row : named_needs()) {
    check_shown(advice_to_console(advise(document, row.need), "a file", {}));
  }
}

void check_comparison(const ResultDocument& document, const ResultDocument& again) {
  const Comparison comparison = compare_results(document, again, {}, {});
  check_shown(comparison_to_console(comparison, {}, true));
  check_shown(comparison_to_markdown(comparison));
  comparison_to_json(comparison);
}

// What is not JSON, which has its own way of writing them, has no control characters.
void check_exports(const ResultDocument& document) {
  for (const ExportFormat& format : export_formats()) {
    const Exported text = format.write({{&document, 1}, {}});
    if (!text) continue;
    const bool json = text->front() == '{' || text->front() == '[';
    if (!json) check_shown(*text);
  }
}

// A row of a table is one line of text, or several where a field has newlines.
void check_tables(const ResultDocument& document) {
  const FleetRun run = fleet_run(document, "a file");
  WideTable wide;
  const std::string draft = wide.draft(run);
  wide.use(draft);
  for (const std::string& text : {rows_of_runs(run), rows_of_labels(run), rows_of_figures(run),
                                  wide.head(), wide.rows(draft), rows_of_columns(wide.columns())}) {
    check_shown(text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const Catalogue catalogue =
      catalogue_of(Program{built_in_registry(), built_in_scenarios()});
  const auto document = result_from_json(text, catalogue);
  if (!document) {
    if (document.error().empty() || document.error().find('\n') != std::string::npos) std::abort();
    return 0;
  }
  // What was read can be written, and read again to the same.
  const std::string written = result_to_json(*document);
  const auto again = result_from_json(written, catalogue);
  if (!again || result_to_json(*again) != written) std::abort();
  check_console(*document);
  check_exports(*document);
  check_tables(*document);
  check_comparison(*document, *again);
  report_to_html(std::vector<ReportedResult>{{"a.json", *document}, {"b.json", *again}});
  return 0;
}
