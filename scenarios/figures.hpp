// Kinds of figures that many scenarios have, for the tables in their entries.
#pragma once

#include <span>

#include "results/model/catalogue.hpp"

namespace ipcmark {

// What the launcher adds to a trial of any scenario.
inline constexpr const char* create_figure = "create_ns";
inline constexpr const char* spawn_figure = "spawn_ns";
inline constexpr const char* open_figure = "open_ns";
inline constexpr const char* diagnosed_figure = "diagnosed_ns";
inline constexpr const char* deadlock_figure = "deadlock_found";
std::span<const FigureEntry> launch_figures();

// What a mechanism lost that may lose messages (Capabilities::lossy): in the trials of scenarios
// that measure losses (ScenarioEntry::measures_losses), set by publish_losses()
// (traffic/losses.hpp); named in results/model/capabilities.hpp.
std::span<const FigureEntry> loss_figures();

// A histogram of single measurements of time.
constexpr FigureEntry time_figure(const char* name, const char* sentence) {
  return {.name = name,
          .unit = Unit::nanoseconds,
          .better = Better::lower,
          .sentence = sentence,
          .as = Recorded::histogram};
}

// The metric `rate`, which the scenario's cells are ranked and judged by.
constexpr FigureEntry rate_figure(Unit unit, const char* sentence) {
  return {.name = "rate",
          .unit = unit,
          .better = Better::higher,
          .sentence = sentence,
          .headline = true,
          .gated = true,
          .header = unit == Unit::messages_per_second ? "messages" : "operations"};
}

// Payload bytes in a second, beside a rate or a time that is followed.
constexpr FigureEntry bytes_rate_figure(const char* sentence) {
  return {.name = "bytes_rate",
          .unit = Unit::bytes_per_second,
          .better = Better::higher,
          .sentence = sentence,
          .followed = false,
          .header = "bytes"};
}

// What the very first operation took, once a trial.
constexpr FigureEntry first_message_figure(const char* sentence) {
  return {.name = "first_message_ns",
          .unit = Unit::nanoseconds,
          .better = Better::lower,
          .sentence = sentence,
          .followed = false,
          .column = false};
}

// A number that proves something rather than measures it.
constexpr FigureEntry count_figure(const char* name, const char* sentence,
                                   Proof proof = Proof::none, Unit unit = Unit::count) {
  return {.name = name, .unit = unit, .sentence = sentence, .as = Recorded::count, .proof = proof};
}

}  // namespace ipcmark
