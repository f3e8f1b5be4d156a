#include "results/json/json_place.hpp"

#include <algorithm>

#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

std::string line_and_column(std::string_view text, std::size_t byte) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i + 1 < byte && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// How deep arrays and objects lie in each other. What lies in a string does not count.
std::size_t nesting_of(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

std::string Place::escaped(const std::string& name) {
  std::string text;
  for (const char c : name) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

// Names and values of the document are in the sentence, whatever they hold.
void Place::refuse(const std::string& why) const {
  if (!mistake_->empty()) return;
  const std::string sentence = (pointer_.empty() ? "/" : pointer_) + ": " + why;
  constexpr std::size_t longest = 1000;
  *mistake_ = printable(sentence.substr(0, longest)) + (sentence.size() > longest ? "..." : "");
}

tl::expected<nlohmann::json, std::string> parse_json(std::string_view text) {
  // The library copies and writes a tree by recursion.
  if (nesting_of(text) > max_nesting) {
    return tl::make_unexpected("not usable JSON: nested deeper than " +
                               std::to_string(max_nesting) + " levels");
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return tl::make_unexpected("not JSON: " + line_and_column(text, error.byte));
  } catch (const nlohmann::json::out_of_range&) {
    return tl::make_unexpected(std::string("not usable JSON: a number is too large to be read"));
  } catch (const nlohmann::json::exception& error) {
    return tl::make_unexpected(std::string("not usable JSON: ") + error.what());
  }
}

}  // namespace ipcmark
