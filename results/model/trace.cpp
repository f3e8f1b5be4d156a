#include "results/model/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "results/model/trial.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::json;

struct Line {
  const ProcessTrace* process;
  const TraceEvent* event;
};

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1000.0; }

std::vector<Line> in_order(const Trial& trial) {
  std::vector<Line> lines;
  for (const ProcessTrace& process : trial.trace) {
    for (const TraceEvent& event : process.events) lines.push_back({&process, &event});
  }
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return a.event->start_ns < b.event->start_ns;
  });
  return lines;
}

}  // namespace

std::string trace_to_log(const RunSpec& spec, const Trial& trial) {
  std::string text =
      fmt::format("{} round {}: {}{}{}\n", spec.key(), trial.round, to_string(trial.state),
                  trial.reason.empty() ? "" : ": ", trial.reason);
  const std::vector<Line> lines = in_order(trial);
  for (const Line& line : lines) {
    const TraceEvent& event = *line.event;
    text += fmt::format("  {:>14.3f} us  {:<16} pid {:<8} {:<22} {:>12.3f} us  {}\n",
                        microseconds(event.start_ns - lines.front().event->start_ns),
                        line.process->process, line.process->pid, event.name,
                        microseconds(event.duration_ns), event.outcome);
  }
  for (const ProcessTrace& process : trial.trace) {
    text += fmt::format(
        "  {} (pid {}) ended: {}{}\n", process.process, process.pid, process.outcome,
        process.dropped == 0 ? std::string()
                             : fmt::format("; {} more operations not recorded", process.dropped));
  }
  return text;
}

std::string trace_to_chrome(const RunSpec& spec, const Trial& trial) {
  std::string text;
  const auto add = [&text](const Json& json) { text += json.dump() + ",\n"; };
  for (const ProcessTrace& process : trial.trace) {
    add({{"name", "process_name"},
         {"ph", "M"},
         {"pid", process.pid},
         {"tid", process.pid},
         {"args", {{"name", fmt::format("{} ({})", process.process, spec.key())}}}});
  }
  for (const Line& line : in_order(trial)) {
    add({{"name", line.event->name},
         {"cat", spec.scenario},
         {"ph", "X"},
         {"ts", microseconds(line.event->start_ns)},
         {"dur", microseconds(line.event->duration_ns)},
         {"pid", line.process->pid},
         {"tid", line.process->pid},
         {"args", {{"outcome", line.event->outcome}, {"cell", spec.key()}}}});
  }
  return text;
}

}  // namespace ipcmark
