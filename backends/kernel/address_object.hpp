// An object of a lock or notifier that consists of the descriptors in its address: nothing has a
// name, so nothing can be left behind.
#pragma once

#include <memory>
#include <utility>

#include "backends/transport.hpp"

namespace ipcmark {

// Base: LockObject or NotifierObject.
template <class Base>
class AddressObject final : public Base {
 public:
  explicit AddressObject(Address address) : address_(std::move(address)) {}
  Address address() const override { return address_.clone(); }

 private:
  Address address_;
};

template <class Base>
Result<std::unique_ptr<Base>> object_of(Result<Address> address) {
  if (!address) return tl::make_unexpected(address.error());
  return std::make_unique<AddressObject<Base>>(std::move(*address));
}

}  // namespace ipcmark
