// ipcmark list: the tables of backends, locks and scenarios, and whether each works here and now.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tools/commands.hpp"
#include "tools/exit_code.hpp"
#include "tools/terminal.hpp"

namespace ipcmark {

namespace {

// Left-aligned columns, each as wide as its widest cell; the last one runs free.
void print_rows(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    fmt::print("  {}\n", line);
  }
}

std::string waits(const Capabilities& capabilities) {
  std::string text;
  const auto add = [&text](bool has, const char* name) {
    if (has) text += (text.empty() ? "" : ",") + std::string{name};
  };
  add(capabilities.block, "block");
  add(capabilities.spin, "spin");
  add(capabilities.hybrid, "hybrid");
  return text;
}

std::string traits(const BackendEntry& backend, const Capabilities& one_to_one) {
  ChannelSpec many;
  many.senders = 4;
  const bool many_senders = backend.capabilities(many).many_senders;
  many.senders = 1;
  many.receivers = 4;
  const bool many_receivers = backend.capabilities(many).many_receivers;
  return fmt::format("{}:{}{}{}", many_senders ? "n" : "1", many_receivers ? "n" : "1",
                     one_to_one.zero_copy ? " zero-copy" : "", one_to_one.lossy ? " lossy" : "");
}

void list_backends(const Program& program) {
  fmt::print("Backends (name, waits, senders:receivers for small messages)\n");
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> impossible;
  for (const BackendEntry& backend : program.registry.backends) {
    if (*backend.compiled_out != '\0') {
      rows.push_back({backend.name, "-", "-", backend.summary});
      impossible.push_back(
          fmt::format("{}: not in this build: {}", backend.name, backend.compiled_out));
      continue;
    }
    const ChannelSpec plain;
    const Capabilities capabilities = backend.capabilities(plain);
    rows.push_back(
        {backend.name, waits(capabilities), traits(backend, capabilities), backend.summary});
    if (const std::string why = backend.probe(plain); !why.empty()) impossible.push_back(why);
  }
  print_rows(rows);
  for (const std::string& why : impossible) fmt::print("  not possible now: {}\n", why);
}

void list_locks(const Program& program) {
  fmt::print("Locks (name, what the next locker meets when the holder was killed)\n");
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> impossible;
  for (const LockEntry& lock : program.registry.locks) {
    rows.push_back({lock.name, lock.exclusive ? to_string(lock.owner_death) : "-", lock.summary});
    if (*lock.compiled_out != '\0') {
      impossible.push_back(fmt::format("{}: not in this build: {}", lock.name, lock.compiled_out));
    } else if (const std::string why = lock.probe == nullptr ? "" : lock.probe(); !why.empty()) {
      impossible.push_back(why);
    }
  }
  print_rows(rows);
  for (const std::string& why : impossible) fmt::print("  not possible now: {}\n", why);
}

void list_scenarios(const Program& program) {
  fmt::print("Scenarios\n");
  std::vector<std::vector<std::string>> rows;
  for (const ScenarioEntry& scenario : program.scenarios) {
    rows.push_back({scenario.name, scenario.timed ? "timed" : "checked", scenario.summary});
  }
  print_rows(rows);
}

}  // namespace

int list(const Program& program, const std::string& what) {
  if (what.empty() || what == "backends") list_backends(program);
  if (what.empty() || what == "locks") list_locks(program);
  if (what.empty() || what == "scenarios") list_scenarios(program);
  return exit_code::success;
}

}  // namespace ipcmark
