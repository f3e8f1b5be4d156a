#include "scenarios/launch/process_state.hpp"

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace ipcmark {
namespace {

std::string place(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

}  // namespace

ProcessState process_state(pid_t pid) {
  ProcessState result;
  std::ifstream status(place(pid, "status"));
  for (std::string line; std::getline(status, line);) {
    const std::string_view text(line);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = text.substr(0, colon);
    const auto value = text.find_first_not_of(" \t", colon + 1);
    if (value == std::string_view::npos) continue;
    if (name == "State") result.state = text[value];
    if (name == "voluntary_ctxt_switches" || name == "nonvoluntary_ctxt_switches") {
      result.switches += std::strtoull(line.c_str() + value, nullptr, 10);
    }
  }
  std::ifstream wchan(place(pid, "wchan"));
  std::getline(wchan, result.waiting_in);
  if (result.waiting_in == "0") result.waiting_in.clear();  // running, or not for us to see
  return result;
}

}  // namespace ipcmark
