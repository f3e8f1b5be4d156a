// The reader of results, and all that is made of what it has read.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "results/advice/advice.hpp"
#include "results/comparison/comparison.hpp"
#include "results/console/check_matrix.hpp"
#include "results/console/console.hpp"
#include "results/export/csv.hpp"
#include "results/export/export.hpp"
#include "results/json/json.hpp"

using namespace ipcmark;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = result_from_json(text);
  if (!document) {
    if (document.error().empty() || document.error().find('\n') != std::string::npos) std::abort();
    return 0;
  }
  // What was read can be written, and read again to the same.
  const std::string written = result_to_json(*document);
  const auto again = result_from_json(written);
  if (!again || result_to_json(*again) != written) std::abort();
  result_to_csv(*document);
  result_to_console(*document, {});
  check_to_console(*document, {});
  for (const ExportFormat& format : export_formats()) format.write({{&*document, 1}, {}});
  compare_results(*document, *again, {}, {});
  for (const NamedNeed& row : named_needs()) {
    advice_to_console(advise(*document, row.need), "a file", {});
  }
  return 0;
}
