#include "scenarios/foreign/runner_list.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "backends/foreign_mechanism.hpp"
#include "results/json/runner_description.hpp"
#include "results/text/nearest.hpp"
#include "results/text/printable.hpp"
#include "scenarios/foreign/own_program.hpp"
#include "scenarios/foreign/runner_process.hpp"
#include "scenarios/launch/watchdog.hpp"

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t list_ns = 30'000'000'000;
constexpr std::uint64_t tick_ns = 200'000'000;
constexpr const char* entry_file = "runner";  // in the folder of each that is installed

template <class... Values>
tl::unexpected<std::string> refuse(fmt::format_string<Values...> text, Values&&... values) {
  return tl::make_unexpected(fmt::format(text, std::forward<Values>(values)...));
}

// Beside the program as installed, else in the sources around its build folder.
std::vector<fs::path> runner_folders() {
  const fs::path above = fs::path(own_folder()).parent_path();
  return {above / "share/ipcmark/runners",
          above.parent_path() / "backends/runners"};  // of build/NAME
}

std::string quoted_for_shell(const std::string& path) {
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

std::string installed_command(const std::string& name) {
  for (const fs::path& folder : runner_folders()) {
    std::error_code ignored;
    const fs::path file = folder / name / entry_file;
    if (fs::is_regular_file(file, ignored)) return quoted_for_shell(file.string());
  }
  return {};
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 40 && name.front() >= 'a' && name.front() <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

tl::expected<Runner, std::string> parsed(const std::string& named) {
  const auto equals = named.find('=');
  Runner runner;
  runner.name = named.substr(0, equals);
  if (!is_name(runner.name)) {
    return refuse(
        "--runner: '{}' is no name of a runner; write NAME=COMMAND, NAME of a to z, 0 to "
        "9 and _, beginning with a letter",
        runner.name);
  }
  if (equals != std::string::npos) {
    runner.command = named.substr(equals + 1);
    if (runner.command.find_first_not_of(' ') != std::string::npos) return runner;
    return refuse("--runner: '{}' has no command; write NAME=COMMAND", named);
  }
  runner.command = installed_command(runner.name);
  if (!runner.command.empty()) return runner;
  const auto known = installed_runners();
  const std::string meant = nearest(runner.name, known);
  return refuse(
      "--runner: no runner '{}' is installed{}; name a command of your own with "
      "NAME=COMMAND",
      runner.name,
      !meant.empty()  ? fmt::format(" (did you mean '{}'?)", meant)
      : known.empty() ? std::string()
                      : fmt::format(" (there are {})", fmt::join(known, ", ")));
}

tl::expected<std::string, std::string> asked(const Runner& runner, const std::atomic<int>* stop) {
  auto process =
      RunnerProcess::start(runner.name, runner.command, {"trial", "--list"}, std::string());
  if (!process) {
    return refuse("--runner {}: cannot be started: {}", runner.name, explain(process.error()));
  }
  WatchedTime time(real_machine_probe());
  for (std::uint64_t now = 0; !process->end(); now = time.now_ns()) {
    if (now > list_ns &&
        static_cast<double>(now) > static_cast<double>(list_ns) * time.tasks_per_cpu()) {
      return refuse("--runner {}: '{}' has not said within {} which mechanisms it has", runner.name,
                    runner.command, seconds_text(now));
    }
    process->wait(tick_ns);
    if (stop != nullptr && stop->load() != 0) return refuse("ended by a signal");
  }
  const ProcessEnd end = *process->end();
  if (end.clean()) return process->output();
  const std::string said = printable(process->last_error_line());
  return refuse("--runner {}: '{} trial --list' {}{}", runner.name, runner.command, describe(end),
                said.empty() ? "" : fmt::format(" ({})", said));
}

bool is_taken(const Registry& registry, const std::string& runner) {
  const auto has = [&runner](const auto& entry) {
    return entry.foreign != nullptr && entry.foreign->runner->name == runner;
  };
  return std::any_of(registry.backends.begin(), registry.backends.end(), has) ||
         std::any_of(registry.locks.begin(), registry.locks.end(), has);
}

void add_row(Registry& registry, const std::shared_ptr<const ForeignMechanism>& mechanism) {
  const RunnerMechanism& about = mechanism->about;
  if (about.lock) {
    LockEntry entry{};
    entry.group = MechanismGroup::language;
    entry.name = mechanism->name.c_str();
    entry.summary = about.summary.c_str();
    entry.exclusive = about.exclusive;
    entry.foreign = mechanism;
    registry.locks.push_back(std::move(entry));
    return;
  }
  BackendEntry entry{};
  entry.group = MechanismGroup::language;
  entry.name = mechanism->name.c_str();
  entry.summary = about.summary.c_str();
  entry.note = about.note.c_str();
  entry.capabilities = [mechanism](const ChannelSpec&) { return mechanism->about.capabilities; };
  entry.probe = [](const ChannelSpec&) { return std::string(); };
  entry.foreign = mechanism;
  registry.backends.push_back(std::move(entry));
}

// The scenarios that it names are ours, or it was written for another ipcmark.
std::string unknown_scenario(const Program& program, const RunnerDescription& description) {
  for (const RunnerMechanism& each : description.mechanisms) {
    for (const std::string& name : each.scenarios) {
      if (program.scenario(name) == nullptr) {
        return fmt::format("'{}' of '{}' is no scenario of this ipcmark", printable(name),
                           each.name);
      }
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> installed_runners() {
  std::vector<std::string> names;
  for (const fs::path& folder : runner_folders()) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      std::error_code ignored;
      if (fs::is_regular_file(entry.path() / entry_file, ignored)) {
        names.push_back(entry.path().filename().string());
      }
    }
    if (!names.empty()) break;
  }
  std::sort(names.begin(), names.end());
  return names;
}

tl::expected<void, std::string> add_runner(Program& program, const std::string& named,
                                           const std::atomic<int>* stop) {
  if (::access("/proc/self/stat", F_OK) != 0) {
    return refuse("--runner: runners are followed through /proc, which is not there; mount it");
  }
  auto runner = parsed(named);
  if (!runner) return tl::make_unexpected(runner.error());
  if (is_taken(program.registry, runner->name)) {
    return refuse("--runner: '{}' is named twice; give one of them another name", runner->name);
  }
  const auto text = asked(*runner, stop);
  if (!text) return tl::make_unexpected(text.error());
  auto description = read_runner_description(*text);
  if (!description) {
    return refuse("--runner {}: '{} trial --list' gave no list of mechanisms: {}", runner->name,
                  runner->command, description.error());
  }
  if (const auto unknown = unknown_scenario(program, *description); !unknown.empty()) {
    return refuse("--runner {}: {}; 'ipcmark list scenarios' shows them", runner->name, unknown);
  }
  runner->version = printable(description->version);
  runner->facts = description->facts;
  const auto owner = std::make_shared<const Runner>(std::move(*runner));
  for (RunnerMechanism& about : description->mechanisms) {
    about.summary = printable(about.summary);
    about.note = printable(about.note);
    const auto mechanism = std::make_shared<const ForeignMechanism>(
        ForeignMechanism{owner, owner->name + "." + about.name, std::move(about)});
    if (program.registry.backend(mechanism->name) != nullptr ||
        program.registry.lock(mechanism->name) != nullptr) {
      return refuse("--runner {}: it lists '{}' twice", owner->name, mechanism->about.name);
    }
    add_row(program.registry, mechanism);
  }
  return {};
}

std::map<std::string, std::string> runner_facts(const Program& program) {
  std::map<std::string, std::string> facts;
  const auto add = [&facts](const auto& entries) {
    for (const auto& entry : entries) {
      if (entry.foreign == nullptr) continue;
      const Runner& runner = *entry.foreign->runner;
      std::string text = runner.version;
      for (const auto& [name, value] : runner.facts) text += fmt::format(", {} {}", name, value);
      facts[runner.name] = printable(text);
    }
  };
  add(program.registry.backends);
  add(program.registry.locks);
  return facts;
}

}  // namespace ipcmark
