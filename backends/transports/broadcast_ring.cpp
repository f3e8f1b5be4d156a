// A lock-free ring in anonymous shared memory (memfd) from one sender to many receivers.
// broadcast_ring: each of them gets every message, and the slowest holds the sender up. lossy_ring:
// the sender never waits, and each gets what it is quick enough for.
#include "backends/cells/broadcast_ends.hpp"
#include "backends/cells/cell_channel.hpp"
#include "backends/cells/lossy_ring.hpp"

namespace ipcmark {
namespace {

struct BroadcastMechanism {
  static constexpr const char* name = "broadcast_ring";
  using SendingEnd = ring::BroadcastSender<>;
  using ReceivingEnd = ring::BroadcastReceiver<>;
  static std::uint64_t object_bytes(const ChannelSpec& spec) {
    return ring::broadcast_object_bytes(spec);
  }
  static Capabilities capabilities(const ChannelSpec& spec) {
    Capabilities capabilities = ring::cell_capabilities(spec);
    capabilities.broadcast = true;
    if (spec.senders > 1) capabilities.unsupported_reason = "needs many_senders";
    return capabilities;
  }
};

struct LossyMechanism {
  static constexpr const char* name = "lossy_ring";
  using SendingEnd = ring::LossySender<>;
  using ReceivingEnd = ring::LossyReceiver<>;
  static std::uint64_t object_bytes(const ChannelSpec& spec) {
    return ring::lossy_object_bytes(spec);
  }
  static Capabilities capabilities(const ChannelSpec& spec) {
    Capabilities lossy = BroadcastMechanism::capabilities(spec);
    lossy.lossy = true;
    lossy.zero_copy = false;  // a place that is lent may be overwritten
    return lossy;
  }
};

}  // namespace

BackendEntry broadcast_ring_entry() {
  return ring::cell_entry<BroadcastMechanism>(
      "lock-free ring in shared memory, every receiver gets every message",
      "The message is written once, however many receivers read it, and the slowest of them holds "
      "the sender up; one that was killed is left out, and one that comes later gets what is sent "
      "from then on.");
}

BackendEntry lossy_ring_entry() {
  return ring::cell_entry<LossyMechanism>(
      "the broadcast ring whose sender never waits: a slow receiver misses messages",
      "No receiver can hold the sender up, nor break it: for readings of which the newest counts. "
      "What was overwritten before it was read is lost to that receiver, which goes on with the "
      "newest.");
}

}  // namespace ipcmark
