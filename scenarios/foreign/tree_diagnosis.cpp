#include "scenarios/foreign/tree_diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ipcmark {
namespace {

constexpr std::size_t max_named = 6;

bool sleeps_for_ever(const TaskSample& task) {
  return task.state == 'S' && task.known && task.call.for_ever();
}

bool same_and_still(const ProcessSample& before, const ProcessSample& now) {
  return before.pid == now.pid && before.cpu_ns == now.cpu_ns && before.switches == now.switches &&
         before.tasks == now.tasks;
}

// What a person should know of it: a thread that waits for room, else the main thread.
const TaskSample& telling_task(const ProcessSample& process) {
  const auto gives =
      std::find_if(process.tasks.begin(), process.tasks.end(), [](const TaskSample& task) {
        return task.call.kind == CallKind::gives && task.state == 'S';
      });
  return gives == process.tasks.end() ? process.tasks.front() : *gives;
}

std::string doing(const ProcessSample& process) {
  if (process.ended()) return "has ended";
  if (process.stopped()) return "is stopped";
  const TaskSample& task = telling_task(process);
  if (task.state == 'R') return "runs";
  if (!task.known) return "sleeps in a call that may not be read";
  if (task.call.kind == CallKind::sleeps) return fmt::format("sleeps in {}", task.call.name);
  return fmt::format("waits in {}{}{}", task.call.name, task.on.empty() ? "" : " on ", task.on);
}

}  // namespace

Stillness stillness(const std::vector<ProcessSample>& first,
                    const std::vector<ProcessSample>& second) {
  if (first.empty() || first.size() != second.size()) return Stillness::none;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!same_and_still(first[i], second[i])) return Stillness::none;
    if (second[i].ended()) continue;
    const auto& tasks = second[i].tasks;
    if (!std::all_of(tasks.begin(), tasks.end(), sleeps_for_ever)) return Stillness::none;
  }
  const bool all_ended = std::all_of(second.begin(), second.end(),
                                     [](const ProcessSample& each) { return each.ended(); });
  return all_ended ? Stillness::none : Stillness::for_ever;
}

std::string waits_text(const std::vector<ProcessSample>& processes) {
  std::vector<const ProcessSample*> named;
  for (const ProcessSample& each : processes) {
    if (!each.ended() && telling_task(each).call.kind == CallKind::gives) named.push_back(&each);
  }
  if (named.size() < 2) {
    named.clear();
    for (const ProcessSample& each : processes) named.push_back(&each);
  }
  std::string text;
  for (std::size_t i = 0; i < named.size() && i < max_named; ++i) {
    text += fmt::format("{}{} ({}) {}", i == 0 ? "" : ", ", named[i]->name, named[i]->pid,
                        doing(*named[i]));
  }
  if (named.size() > max_named) text += fmt::format(" and {} more", named.size() - max_named);
  return text;
}

}  // namespace ipcmark
