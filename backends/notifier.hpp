// One event between processes: signal and wait.
//
// A signal stays until one wait takes it, so that one given before the wait is not lost; what the
// signaller wrote before it is seen after that wait. Any number of processes may signal and any
// number may wait, through a Notifier of their own each, used by one thread at a time. Which waiter
// gets a signal is not said.
//
// Where the notifier counts (`counts`), n signals allow exactly n waits. Else signals given while
// one is pending may be seen as one, and of several waiters only one is sure to wake: whoever wakes
// looks at everything that may have happened, and several waiters need a notifier each.
//
// A process killed in wait() may take one signal with it, one killed in signal() may or may not
// have given it; the notifier goes on for the others, who may then sleep for 100 ms too long.
#pragma once

#include <memory>
#include <string>

#include "backends/transport.hpp"

namespace ipcmark {

class Notifier {
 public:
  virtual ~Notifier() = default;
  // Never waits for somebody to take a signal. limit: as many are pending as the mechanism holds
  // (at least 4000), and this one was not given; only notifiers that count answer so.
  virtual Status signal() = 0;
  // timeout; would_block (immediate); peer_died when none is pending and context.peer_died is
  // raised. A pending signal is taken whatever the deadline.
  virtual Status wait(Deadline deadline) = 0;
};

// Owns the kernel object or shared memory; lives in the coordinator and outlives every Notifier.
class NotifierObject {
 public:
  virtual ~NotifierObject() = default;
  virtual Address address() const = 0;
};

struct NotifierEntry {
  const char* name;
  const char* summary;
  MechanismGroup group = MechanismGroup::library;
  const char* compiled_out = "";
  const char* note = "";             // as BackendEntry's
  const char* snippet = "";          // likewise
  bool counts = false;               // n signals allow n waits
  std::string (*probe)() = nullptr;  // as BackendEntry::probe; null: always possible
  Result<std::unique_ptr<NotifierObject>> (*create)(Names&) = nullptr;
  // `context` outlives the Notifier.
  Result<std::unique_ptr<Notifier>> (*open)(Address, const OpenContext&) = nullptr;
};

}  // namespace ipcmark
