// A file to lock: made in the run's private directory and unlinked at once, so that nothing is left
// behind. Locks of whole files belong to open file descriptions, so each opener gets one of its
// own.
#pragma once

#include <memory>
#include <utility>

#include "backends/fd.hpp"
#include "backends/lock.hpp"

namespace ipcmark {

Result<std::unique_ptr<LockObject>> create_lock_file(const char* lock_name, Names& names);
// A new description of the file in an address made by create_lock_file(); close-on-exec.
Result<Fd> open_lock_file(const Address& address);
template <class FileLock>
Result<std::unique_ptr<Lock>> open_file_lock(Address address, const OpenContext& context) {
  auto file = open_lock_file(address);
  if (!file) return tl::make_unexpected(file.error());
  return std::make_unique<FileLock>(std::move(*file), context);
}

}  // namespace ipcmark
