#include "results/text/markdown.hpp"

#include <cstddef>

#include "results/text/printable.hpp"

namespace ipcmark {

namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// An underscore within a word is one: "cpu_per_message".
bool within_word(std::string_view text, std::size_t at) {
  return at > 0 && at + 1 < text.size() && is_alphanumeric(text[at - 1]) &&
         is_alphanumeric(text[at + 1]);
}

}  // namespace

std::string markdown_text(std::string_view words) {
  const std::string text = printable(words);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool special = std::string_view("\\|<>*_`[]~#&").find(text[i]) != std::string_view::npos;
    if (special && !(text[i] == '_' && within_word(text, i))) out += '\\';
    out += text[i];
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
