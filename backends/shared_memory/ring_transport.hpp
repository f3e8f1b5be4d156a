// The byte ring as a channel: what shm_ring and mmap_file share. They differ in the object that the
// ring lies in.
#pragma once

#include <memory>

#include "backends/transport.hpp"

namespace ipcmark {

Capabilities ring_capabilities(const ChannelSpec& spec);
// Bytes of the shared object for this spec, and the ring's part of it: a function of the spec, so
// that no size is ever read from shared memory.
std::uint64_t ring_object_bytes(const ChannelSpec& spec);
// The empty sentence, or why a ring for `spec` does not fit into `available` bytes of `where`.
std::string ring_room_sentence(const char* backend, const ChannelSpec& spec,
                               std::uint64_t available, const char* where);
// Takes over `memory`: a zero-filled object of ring_object_bytes(spec) bytes. Makes what wakes by
// descriptors.
Result<std::unique_ptr<Channel>> make_ring_channel(const char* backend, const ChannelSpec& spec,
                                                   std::uint64_t id, Fd memory,
                                                   std::string file_system);
Result<std::unique_ptr<Sender>> open_ring_sender(Address address, const OpenContext& context);
Result<std::unique_ptr<Receiver>> open_ring_receiver(Address address, const OpenContext& context);

}  // namespace ipcmark
