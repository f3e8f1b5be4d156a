#include "scenarios/machine/facts.hpp"

#include <fcntl.h>

#include <cstddef>

#include "backends/fd.hpp"
#include "backends/kernel/file_text.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t longest_fact = std::size_t{1} << 20U;

}  // namespace

std::string read_fact(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return {};
  const Result<std::string> raw = read_to_end(file.get(), longest_fact);
  if (!raw) return {};
  std::string text;
  for (const char c : raw->substr(0, raw->find_last_not_of(" \t\r\n\0") + 1)) {
    if (c == '\n') {
      text += "; ";
    } else {
      text += c == '\0' || c == '\t' ? ' ' : c;
    }
  }
  return text;
}

std::string fact_or_na(const std::string& path) {
  std::string text = read_fact(path);
  return text.empty() ? "n/a" : text;
}

void add_file(Facts& facts, const std::string& name, const std::string& path) {
  facts[name] = fact_or_na(path);
}

}  // namespace ipcmark
