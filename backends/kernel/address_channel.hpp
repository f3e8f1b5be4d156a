// Channels that consist of an address and of what was granted.
#pragma once

#include <memory>
#include <utility>

#include "backends/transport.hpp"

namespace ipcmark {

// Owns the descriptors of the address, until it is sealed. Whoever owns more, or an object with a
// name, derives from it.
class AddressChannel : public Channel {
 public:
  AddressChannel(Address address, Granted granted)
      : address_(std::move(address)), granted_(std::move(granted)) {}
  AddressChannel(const AddressChannel&) = delete;
  AddressChannel& operator=(const AddressChannel&) = delete;
  Address address() const override { return address_.clone(); }
  Granted granted() const override { return granted_; }
  void seal() override { address_.descriptors.clear(); }

 protected:
  Address address_;
  Granted granted_;
};

// Its address is named by a path, which it removes in the end, if it is still there. `names`
// outlives it.
class PathChannel final : public AddressChannel {
 public:
  PathChannel(Address address, Granted granted, Names& names)
      : AddressChannel(std::move(address), std::move(granted)), names_(names) {}
  ~PathChannel() override;
  // What was found out only once the object was there.
  void grant(Granted granted) { granted_ = std::move(granted); }

 private:
  Names& names_;
};

inline Address make_address(const char* backend, const ChannelSpec& spec, std::uint64_t id) {
  return {.id = id, .backend = backend, .name = {}, .descriptors = {}, .spec = spec};
}

}  // namespace ipcmark
