#include "tools/commands/before_measuring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/machine/placement.hpp"
#include "tools/files/text_file.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

std::string suite_file(const std::string& suite) {
  return suite.ends_with(".json") || suite.find('/') != std::string::npos ? suite : std::string();
}

bool read_suite_file(Request& request) {
  if (suite_file(request.suite).empty()) return true;
  auto text = read_text_file(request.suite);
  if (!text) {
    complain(text.error());
    return false;
  }
  request.suite_text = std::move(*text);
  return true;
}

std::string wrong_cpus(const std::vector<int>& asked) {
  const std::vector<int> allowed = allowed_cpus();
  for (const int cpu : asked) {
    if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end()) {
      return fmt::format(
          "--cpus: CPU {} is not among those this process may use ({}); name only these", cpu,
          fmt::join(allowed, ","));
    }
  }
  return {};
}

}  // namespace ipcmark
