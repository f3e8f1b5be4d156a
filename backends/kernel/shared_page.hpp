// What the locks and notifiers that live in shared memory have in common: one zeroed, anonymous
// page of a size that is sealed, passed as a descriptor.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

// The address of a new page. `initialise` is given the page and returns 0 or an errno; null: zeroed
// memory will do.
Result<Address> create_shared_page(const char* name, int (*initialise)(std::byte* page) = nullptr);
// Maps the page of an address made by create_shared_page().
Result<Mapping> map_shared_page(const Address& address);
// Opens one process's hold on what lies in it. Base: Lock or Notifier.
template <class Base, class Hold>
Result<std::unique_ptr<Base>> open_in_page(Address address, const OpenContext& context) {
  auto page = map_shared_page(address);
  if (!page) return tl::make_unexpected(page.error());
  return std::make_unique<Hold>(std::move(*page), context);
}

}  // namespace ipcmark
