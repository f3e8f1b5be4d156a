// What was recorded of one trial: events of the kernel and the workers' own stamps, as values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ipcmark {

enum class EventKind : std::uint8_t {
  // Stamps of the workers (results/model/trace.hpp).
  send_called,  // `other`: 1 if it begins with a loan
  send_returned,
  receive_called,
  received,
  // Of the kernel; `other` and `detail` hold:
  enter,          // into a system call; its number
  leave,          // out of it; its number
  waking,         // `thread` wakes a task; that task, and the CPU chosen
  runnable,       // a woken task is in a CPU's queue; that task, and that CPU
  switched,       // `thread` gives its CPU up; who gets it, and 1 if it gave it up to sleep
  migrated,       // a task was moved; that task, and the CPU it goes to
  ipi,            // `thread` sends an interrupt to another CPU; that CPU, or -1: not told
  interrupt_in,   // a handler begins; an Interrupt
  interrupt_out,  // it ends; an Interrupt
  idle_in,        // the CPU is halted; the idle state
  idle_out,       // it runs again
  softirq_in,     // deferred work of interrupts begins; its number
  softirq_out,    // it ends; its number
  fault,          // a page fault
};
// The name in stored captures: one word each.
const char* to_string(EventKind kind);
bool is_stamp(EventKind kind);

enum class Interrupt : std::uint8_t { reschedule, call_function, timer, device, other };

inline constexpr std::int32_t idle_task = 0;

struct Event {
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC
  EventKind kind = EventKind::enter;
  std::int16_t cpu = -1;    // a stamp's is found out from the events around it
  std::int32_t thread = 0;  // what ran on that CPU; of an interrupt: what it interrupted
  std::int32_t other = 0;   // see EventKind
  std::int32_t detail = 0;  // see EventKind
  bool operator==(const Event&) const = default;
};

struct CapturedThread {
  std::int32_t process = 0;
  std::string name;  // the kernel's, up to 15 characters
  bool operator==(const CapturedThread&) const = default;
};

// Which of the kernel's events are recorded, beside the workers' stamps.
enum class Detail : std::uint8_t {
  coarse,  // wakings and switches alone
  fine,    // all on a message's way
};

// Of a ping-pong of two processes, or of one with both ends.
struct Capture {
  std::int32_t initiator = 0;  // the threads that send and receive
  std::int32_t echo = 0;
  std::vector<Event> events;  // in any order
  // Of the workers' processes all that were seen, and others by name alone (process 0).
  std::map<std::int32_t, CapturedThread> threads;
  std::map<std::int32_t, std::string> calls;  // names of system calls, by number
  // Events of the trips that were left out, because a buffer had no room for them.
  std::uint64_t lost = 0;
  // Within these times every event was kept.
  std::uint64_t whole_from_ns = 0, whole_until_ns = UINT64_MAX;
  // All of Detail::fine. False: stamps, and wakings and switches at most.
  bool has_kernel_events = false;
  // A trip begins where the one before ended, as the cell's own clock has it, so that what the
  // initiator does in between is part of it. False: with the call of send.
  bool back_to_back = false;
};

// What some CPUs' buffers, once full, did not take, by CPU: the capture is whole until the earliest
// of the times at which the last event of one of these was recorded. Called while it holds all
// events.
void end_where_lost(Capture& capture, const std::map<std::int16_t, std::uint64_t>& lost_by_cpu);

// A text of one line an event, times as distances: what captures are kept as. Reads what it writes;
// nothing when the text is none, with the line in `wrong`.
std::string to_text(const Capture& capture);
bool capture_from_text(const std::string& text, Capture& capture, std::string& wrong);

}  // namespace ipcmark
