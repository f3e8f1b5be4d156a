// The explicit tables. Passed by reference from main; no globals, no static constructors. A user's
// own backend is one file with one entry, pushed into `backends` by a short main
// (tests/out_of_tree).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backends/lock.hpp"
#include "backends/notifier.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

struct Registry {
  std::vector<BackendEntry> backends;
  std::vector<LockEntry> locks;
  std::vector<NotifierEntry> notifiers;

  const BackendEntry* backend(std::string_view name) const;  // null: unknown
  const LockEntry* lock(std::string_view name) const;
  const NotifierEntry* notifier(std::string_view name) const;
};

Registry built_in_registry();

}  // namespace ipcmark
