#include "tests/unit/results/export/exporting.hpp"

#include "results/export/export.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {

std::string exported(const char* format, const ResultDocument& document, const std::string& only) {
  const auto text = export_format(format)->write({{&document, 1}, only});
  return text ? *text : "refused: " + text.error();
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

ResultDocument with_broken_pipe() {
  ResultDocument document = sample_document();
  document.cells[1].trials[3].state = State::deadlock;
  document.cells[1].trials[3].reason = "sender 0 and receiver 1 wait <for> each other & \x01";
  return document;
}

}  // namespace ipcmark
