#include "results/export/samples_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "results/export/csv.hpp"

namespace ipcmark {
namespace {

std::uint64_t first_of(const Trial& trial) {
  std::uint64_t first = ~std::uint64_t{0};
  for (const ProcessSamples& each : trial.samples) {
    for (const auto* samples : {&each.trips, &each.messages}) {
      if (!samples->empty()) first = std::min(first, samples->front().at_ns);
    }
  }
  return first;
}

}  // namespace

std::string samples_to_csv(const RunSpec& spec, const Trial& trial) {
  const std::uint64_t first = first_of(trial);
  std::string text;
  for (const ProcessSamples& each : trial.samples) {
    const std::string front =
        fmt::format("{},{},{}", csv_field(spec.key()), trial.round, csv_field(each.process));
    const auto write = [&](const char* kind, const std::vector<TimedEvent>& samples) {
      for (const TimedEvent& sample : samples) {
        fmt::format_to(std::back_inserter(text), "{},{},{},{}\n", front, kind, sample.at_ns - first,
                       sample.value);
      }
    };
    write("trip", each.trips);
    write("messages", each.messages);
  }
  return text;
}

}  // namespace ipcmark
