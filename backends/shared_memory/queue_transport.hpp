// Bounded queues in shared memory under a robust mutex (locked_queue.hpp), as channels: what
// shm_mutex and sysv_shm have in common. Each brings the memory, mapped by map_mirrored() or alike:
// queue_control_bytes() once, then queue_ring_bytes() twice.
#pragma once

#include <cstdint>
#include <memory>

#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/wake_up.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

Capabilities queue_capabilities(const ChannelSpec& spec);
std::size_t queue_control_bytes();
std::uint64_t queue_ring_bytes(const ChannelSpec& spec);
// Of the shared object.
std::uint64_t queue_object_bytes(const ChannelSpec& spec);
Granted queue_granted(const ChannelSpec& spec);

// Once, by the creator, over zero-filled memory.
Status initialise_queue(const Mapping& memory);
// The endpoints own the mapping, and what wakes (of a futex nothing).
std::unique_ptr<Sender> make_queue_sender(Mapping memory, ring::WakeEnds wake,
                                          const ChannelSpec& spec, const OpenContext& context);
std::unique_ptr<Receiver> make_queue_receiver(Mapping memory, ring::WakeEnds wake,
                                              const ChannelSpec& spec, const OpenContext& context);

}  // namespace ipcmark
