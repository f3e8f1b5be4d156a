#include "scenarios/machine/facts.hpp"

#include <fstream>
#include <iterator>

namespace ipcmark {

std::string read_fact(const std::string& path) {
  std::ifstream file(path);
  if (!file) return {};
  const std::string raw{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::string text;
  for (const char c : raw.substr(0, raw.find_last_not_of(" \t\r\n\0") + 1)) {
    if (c == '\n') {
      text += "; ";
    } else {
      text += c == '\0' || c == '\t' ? ' ' : c;
    }
  }
  return text;
}

void add_file(Facts& facts, const std::string& name, const std::string& path) {
  auto text = read_fact(path);
  facts[name] = text.empty() ? "n/a" : std::move(text);
}

}  // namespace ipcmark
