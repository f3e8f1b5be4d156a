// A lock-free ring in anonymous shared memory (memfd) for many senders and many receivers: each
// message reaches exactly one of them.
#include "backends/cells/cell_channel.hpp"
#include "backends/cells/cell_ends.hpp"

namespace ipcmark {
namespace {

struct MpmcMechanism {
  static constexpr const char* name = "mpmc_ring";
  using SendingEnd = ring::CellSender<>;
  using ReceivingEnd = ring::CellReceiver<>;
  static std::uint64_t object_bytes(const ChannelSpec& spec) {
    return ring::cell_object_bytes(spec);
  }
  static Capabilities capabilities(const ChannelSpec& spec) {
    Capabilities capabilities = ring::cell_capabilities(spec);
    capabilities.many_senders = true;
    capabilities.many_receivers = true;
    return capabilities;
  }
};

}  // namespace

BackendEntry mpmc_ring_entry() {
  return ring::cell_entry<MpmcMechanism>(
      "lock-free ring in shared memory, many senders and many receivers",
      "Many processes on both sides without a lock: one that stands still in the middle of a "
      "message holds up nobody else until the ring is full, and what a killed one left is "
      "repaired. Each message takes a place of the largest size.");
}

}  // namespace ipcmark
