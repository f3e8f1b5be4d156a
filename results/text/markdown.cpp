#include "results/text/markdown.hpp"

#include "results/text/printable.hpp"

namespace ipcmark {

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::string_view("\\|<>*_`[]~#&").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  std::string out = "`";
  for (const char c : printable(text)) {
    if (c == '|') out += '\\';  // ends a table's cell even here
    out += c == '`' ? '\'' : c;
  }
  return out + "`";
}

}  // namespace ipcmark
