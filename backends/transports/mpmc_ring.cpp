// A lock-free ring in anonymous shared memory (memfd) for many senders and many receivers: each
// message reaches exactly one of them.
#include <utility>

#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/cell_ends.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t largest_supported = std::uint64_t{1} << 30U;

class MpmcChannel final : public Channel {
 public:
  MpmcChannel(const ChannelSpec& spec, std::uint64_t id, Fd memory)
      : spec_(spec), id_(id), memory_(std::move(memory)) {}

  Address address() const override {
    Address address{
        .id = id_, .backend = "mpmc_ring", .name = {}, .descriptors = {}, .spec = spec_};
    if (auto copy = duplicate(memory_)) address.descriptors.push_back(std::move(*copy));
    return address;
  }
  Granted granted() const override {
    const ring::CellLayout layout = ring::cell_layout_for(spec_);
    return {.values = {{"buffer_bytes",
                        static_cast<std::int64_t>(layout.cells * layout.cell_bytes)},
                       {"depth", static_cast<std::int64_t>(layout.cells)}},
            .note = {}};
  }
  void seal() override { memory_.reset(); }

 private:
  ChannelSpec spec_;
  std::uint64_t id_;
  Fd memory_;
};

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities capabilities;
  capabilities.many_senders = true;
  capabilities.many_receivers = true;
  capabilities.spin = true;
  capabilities.hybrid = true;
  capabilities.zero_copy = true;
  capabilities.reports_peer_death = true;
  capabilities.survives_peer_kill = true;
  capabilities.largest_message = largest_supported;
  if (spec.largest_message > largest_supported) {
    capabilities.refusal = "needs messages above 1GiB";
    return capabilities;
  }
  if (std::uint64_t{spec.senders} + spec.receivers > ring::max_ends) {
    capabilities.refusal = "needs more than 256 ends of one channel";
    return capabilities;
  }
  const std::uint64_t cells = ring::cell_layout_for(spec).cells;
  if (cells > ring::max_cells) {
    capabilities.refusal = "needs a depth above 2147483648";
    return capabilities;
  }
  capabilities.depth = static_cast<std::uint32_t>(cells);
  return capabilities;
}

std::string probe(const ChannelSpec& spec) {
  const std::uint64_t available = available_memory();
  const std::uint64_t needed = ring::cell_object_bytes(spec);
  if (available == 0 || needed <= available) return {};
  return "mpmc_ring: a ring of " + size_text(needed) + " exceeds the " + size_text(available) +
         " left in memory; lower --depth or --size, or free some";
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  if (!capabilities(spec).refusal.empty()) return fail(Errc::unsupported, "mpmc_ring");
  auto memory = create_anonymous_memory(ring::cell_object_bytes(spec));
  if (!memory) return tl::make_unexpected(memory.error());
  return std::make_unique<MpmcChannel>(spec, id, std::move(*memory));
}

template <class End, class Interface>
Result<std::unique_ptr<Interface>> open_end(const Address& address, const OpenContext& context) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "mpmc_ring address");
  const Fd& memory = address.descriptors[0];
  auto mapping = map_object(memory.get(), ring::cell_object_bytes(address.spec));
  if (!mapping) return tl::make_unexpected(mapping.error());
  auto own = reopen(memory);
  if (!own) return tl::make_unexpected(own.error());
  auto end = std::make_unique<End>(std::move(*mapping), std::move(*own), address.spec, context);
  if (Status joined = end->join(); !joined) return tl::make_unexpected(joined.error());
  return end;
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  return open_end<ring::CellSender<>, Sender>(address, context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  return open_end<ring::CellReceiver<>, Receiver>(address, context);
}

}  // namespace

BackendEntry mpmc_ring_entry() {
  return {.name = "mpmc_ring",
          .summary = "lock-free ring in shared memory, many senders and many receivers",
          .note =
              "Many processes on both sides without a lock: one that stands still in the middle of "
              "a message holds up nobody else until the ring is full, and what a killed one left "
              "is repaired. Each message takes a place of the largest size.",
          .snippet = "mpmc_ring",
          .capabilities = capabilities,
          .probe = probe,
          .create = create,
          .open_sender = open_sender,
          .open_receiver = open_receiver};
}

}  // namespace ipcmark
