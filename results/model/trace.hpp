// What every worker of a trial did, operation by operation: values, and their two written forms.
//
// A trace is for reading, not for measuring: recording costs two clock reads an operation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ipcmark {

struct RunSpec;
struct Trial;

struct TraceEvent {
  std::string name;            // "send channel 1", "lock 0", "stage run"
  std::uint64_t start_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t duration_ns = 0;
  std::string outcome;  // "ok", or how it failed ("timeout")
};

struct ProcessTrace {
  std::string process;  // "receiver 1"
  std::int32_t pid = 0;
  std::vector<TraceEvent> events;
  std::uint64_t dropped = 0;  // operations after the buffer was full
  std::string outcome;        // "ok", or why the worker failed
};

// One line per operation, in order of time, with the process's name, pid, start (relative to the
// trial's first event), duration and outcome.
std::string trace_to_log(const RunSpec& spec, const Trial& trial);

// The elements of a Chrome trace-event JSON array (complete events, ph "X", in microseconds;
// process names as metadata), each followed by ",\n"; what Perfetto and chrome://tracing open. The
// format's array form may lack its closing bracket, so a file can be written trial by trial.
// Source: "Trace Event Format", the Chromium project.
std::string trace_to_chrome(const RunSpec& spec, const Trial& trial);

}  // namespace ipcmark
