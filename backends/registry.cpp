#include "backends/registry.hpp"

namespace ipcmark {
namespace {

template <class Entry>
const Entry* find(const std::vector<Entry>& entries, std::string_view name) {
  for (const Entry& entry : entries) {
    if (name == entry.name) return &entry;
  }
  return nullptr;
}

}  // namespace

const BackendEntry* Registry::backend(std::string_view name) const { return find(backends, name); }
const LockEntry* Registry::lock(std::string_view name) const { return find(locks, name); }
const NotifierEntry* Registry::notifier(std::string_view name) const {
  return find(notifiers, name);
}

}  // namespace ipcmark
