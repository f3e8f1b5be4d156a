// What a process would do between its calls, as a pause: --think-time.
#pragma once

#include <time.h>

#include "scenarios/scenario.hpp"

namespace ipcmark {

inline std::int64_t think_time_of(const RunSpec& spec) { return spec.option("think_time_ns"); }

inline void pause_for(std::int64_t ns) {
  if (ns <= 0) return;
  constexpr std::int64_t second = 1'000'000'000;
  const timespec time{ns / second, ns % second};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

// Whoever thinks waits for nobody, and must not look like it to the search for deadlocks: the next
// call is to be entered afresh.
inline void think(WorkerContext& context, std::int64_t ns) {
  if (ns <= 0) return;
  context.progress().leave();
  pause_for(ns);
}

}  // namespace ipcmark
