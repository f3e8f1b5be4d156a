#include "tools/files/result_file.hpp"

#include <fmt/core.h>

#include "results/explain/explained.hpp"
#include "results/json/json.hpp"
#include "tools/files/text_file.hpp"

namespace ipcmark {

tl::expected<ResultDocument, std::string> read_result_file(const std::string& path,
                                                           const Catalogue& catalogue) {
  const auto text = read_text_file(path);
  if (!text) return tl::make_unexpected(text.error());
  auto document = result_from_json(*text, catalogue);
  if (!document) {
    return tl::make_unexpected(
        fmt::format("'{}' is not a result of 'ipcmark run --json': {}", path, document.error()));
  }
  return document;
}

tl::expected<std::vector<ExplainedCell>, std::string> read_explanation_file(
    const std::string& path) {
  const auto text = read_text_file(path);
  if (!text) return tl::make_unexpected(text.error());
  auto cells = explanations_from_json(*text);
  if (!cells) {
    return tl::make_unexpected(fmt::format(
        "'{}' is not an explanation of 'ipcmark explain --json': {}", path, cells.error()));
  }
  return cells;
}

bool is_explanation(const std::string& path) {
  const auto text = read_text_file(path);
  return text && document_major(*text, "ipcmark.explanation") > 0;
}

bool is_newer_result(const std::string& path) {
  const auto text = read_text_file(path);
  return text && document_major(*text, "ipcmark.result") > schema_major;
}

}  // namespace ipcmark
