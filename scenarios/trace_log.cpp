#include "scenarios/trace_log.hpp"

#include <string>

namespace ipcmark {

TraceLog::TraceLog(std::size_t max_operations) : max_operations_(max_operations) {
  events_.resize(max_operations_);  // touches it
  events_.clear();                  // and keeps it
}

void TraceLog::note(const char* name, std::size_t place, std::uint64_t start_ns,
                    const Error* error) {
  add({name, place, start_ns, now_ns(), error == nullptr ? "ok" : to_string(error->code)});
}

void TraceLog::add(const Event& event) {
  if (events_.size() == max_operations_) {
    ++dropped_;
    return;
  }
  events_.push_back(event);
}

ProcessTrace TraceLog::take() {
  ProcessTrace trace;
  trace.dropped = dropped_;
  trace.events.reserve(events_.size());
  for (const Event& event : events_) {
    trace.events.push_back({std::string(event.name) + " " + std::to_string(event.place),
                            event.start_ns, event.end_ns - event.start_ns, event.outcome});
  }
  events_.clear();
  return trace;
}

}  // namespace ipcmark
