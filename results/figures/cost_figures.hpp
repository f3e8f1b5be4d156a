// What a trial cost, in figures that can be held against another trial's: all its processes
// together, per message where messages are counted.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "results/model/trial.hpp"

namespace ipcmark {

// Their names, all in fields.hpp: "cpu_per_message", "switches_per_message", …
std::span<const char* const> cost_figures();
// From the first start of its processes' measured intervals to the last end; 0: it has none.
std::uint64_t measured_span_ns(const Trial& trial);
// Nothing when the trial has no costs, or none per message.
std::optional<double> cost_figure(const Trial& trial, std::string_view name);

}  // namespace ipcmark
