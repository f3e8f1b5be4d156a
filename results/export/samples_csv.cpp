#include "results/export/samples_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "results/export/csv.hpp"

namespace ipcmark {
namespace {

struct EventKind {
  const char* name;
  const std::vector<TimedEvent> ProcessSamples::*events;
};

std::vector<EventKind> event_kinds(const Trial& trial) {
  std::vector<EventKind> kinds{{"messages", &ProcessSamples::messages}};
  if (!is_saturated(trial)) kinds.insert(kinds.begin(), {"trip", &ProcessSamples::trips});
  return kinds;
}

std::uint64_t first_of(const Trial& trial, const std::vector<EventKind>& kinds) {
  std::uint64_t first = ~std::uint64_t{0};
  for (const ProcessSamples& each : trial.samples) {
    for (const EventKind& kind : kinds) {
      const auto& events = each.*kind.events;
      if (!events.empty()) first = std::min(first, events.front().at_ns);
    }
  }
  return first;
}

}  // namespace

bool is_saturated(const Trial& trial) {
  const auto found = trial.counts.find("saturated");
  return found != trial.counts.end() && found->second != 0;
}

std::string samples_to_csv(const RunSpec& spec, const Trial& trial) {
  const std::vector<EventKind> kinds = event_kinds(trial);
  const std::uint64_t first = first_of(trial, kinds);
  std::string text;
  for (const ProcessSamples& each : trial.samples) {
    const std::string front =
        fmt::format("{},{},{}", csv_field(spec.key()), trial.round, csv_field(each.process));
    for (const EventKind& kind : kinds) {
      for (const TimedEvent& sample : each.*kind.events) {
        fmt::format_to(std::back_inserter(text), "{},{},{},{}\n", front, kind.name,
                       sample.at_ns - first, sample.value);
      }
    }
  }
  return text;
}

}  // namespace ipcmark
