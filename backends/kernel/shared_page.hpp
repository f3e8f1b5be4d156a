// What the locks and notifiers that live in shared memory have in common: one zeroed, anonymous
// page of a size that is sealed, passed as a descriptor.
#pragma once

#include <cstddef>

#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

// The address of a new page. `initialise` is given the page and returns 0 or an errno; null: zeroed
// memory will do.
Result<Address> create_shared_page(const char* name, int (*initialise)(std::byte* page) = nullptr);
// Maps the page of an address made by create_shared_page().
Result<Mapping> map_shared_page(const Address& address);

}  // namespace ipcmark
