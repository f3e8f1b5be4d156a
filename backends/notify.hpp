// One event between processes: signal and wait. A signal given before the wait is not lost; several
// signals before one wait may be seen as one or as several (`counts`).
#pragma once

#include <memory>
#include <string>

#include "backends/transport.hpp"

namespace ipcmark {

class Notifier {
 public:
  virtual ~Notifier() = default;
  virtual Status signal() = 0;  // never blocks
  virtual Status wait(Deadline deadline) = 0;
};

class NotifierObject {
 public:
  virtual ~NotifierObject() = default;
  virtual Address address() const = 0;
};

struct NotifierEntry {
  const char* name;
  const char* summary;
  const char* compiled_out = "";
  bool counts = false;  // n signals allow n waits
  std::string (*probe)() = nullptr;
  Result<std::unique_ptr<NotifierObject>> (*create)(Names&) = nullptr;
  Result<std::unique_ptr<Notifier>> (*open)(Address, const OpenContext&) = nullptr;
};

}  // namespace ipcmark
