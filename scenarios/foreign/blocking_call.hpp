// What a task of another program sleeps in, from the line of /proc/PID/task/TID/syscall: which
// call, on what, and whether a time of its own ends it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ipcmark {

enum class CallKind : unsigned char {
  takes,   // reads, receives, waits for a message or a lock
  gives,   // writes or sends: what it waits for is room
  child,   // waits for a child process
  sleeps,  // until a time, which comes whatever others do
  other,   // what could end it is not known
};

struct BlockingCall {
  CallKind kind = CallKind::other;
  const char* name = "";  // "write"; a literal
  int fd = -1;            // that it waits on; -1: none, or several
  // No time of the call's own ends it.
  bool for_ever() const { return kind != CallKind::sleeps && kind != CallKind::other; }
  bool operator==(const BlockingCall&) const = default;
};

// `line`: "1 0x5 0x7f… 0x40000 0x0 0x0 0x0 0x7ffc… 0x7f…". Nothing: it runs, or is in no call.
// Times that poll(2) takes by value are looked at; those given by pointer count as none when it is
// null.
std::optional<BlockingCall> blocking_call(std::string_view line);

}  // namespace ipcmark
