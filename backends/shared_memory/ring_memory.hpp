// The shared object of a byte ring, mapped: the control block, then the data bytes twice.
#pragma once

#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/transport.hpp"

namespace ipcmark::ring {

struct Memory {
  Mapping mapping;
  View view;  // into it
};

// Bytes of the control block, in whole pages of that kind.
std::size_t control_bytes(HugePages pages = HugePages::off);
// `corrupt`: the object is not of the size that the spec asks for.
Result<Memory> map_memory(const Address& address);

}  // namespace ipcmark::ring
