// The option parser: one word a line. No action is run.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tools/command_line.hpp"
#include "tools/terminal/exit_code.hpp"

using namespace ipcmark;

namespace {

// libFuzzer keeps a copy of its own of stderr (-close_fd_mask=3).
void silence() {
  static const bool done = std::freopen("/dev/null", "w", stdout) != nullptr;
  if (!done) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Program program{built_in_registry(), built_in_scenarios()};
  silence();
  std::vector<std::string> words{"ipcmark", ""};
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n' || data[i] == '\0') {
      words.emplace_back();
    } else {
      words.back() += static_cast<char>(data[i]);
    }
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  const auto count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  Invocation invocation{program, {}, {}};
  const auto code = parse_command_line(count, arguments.data(), invocation);
  if (code && *code != exit_code::success && *code != exit_code::usage) std::abort();
  if (!code && !invocation.action) std::abort();
  return 0;
}
