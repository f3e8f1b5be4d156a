#include "backends/kernel/lock_file.hpp"

#include "backends/kernel/address_object.hpp"
#include "backends/kernel/mapping.hpp"

namespace ipcmark {

Result<std::unique_ptr<LockObject>> create_lock_file(const char* lock_name, Names& names) {
  auto file = create_file_memory(page_bytes(), names);
  if (!file) return tl::make_unexpected(file.error());
  Address address;
  address.backend = lock_name;
  address.descriptors.push_back(std::move(*file));
  return object_of<LockObject>(std::move(address));
}

Result<Fd> open_lock_file(const Address& address) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "address of a lock file");
  // dup(2) would share the description, and with it the lock.
  return reopen(address.descriptors[0]);
}

}  // namespace ipcmark
