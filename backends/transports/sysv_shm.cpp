// sysv_shm: the queue of shm_mutex in a System V shared memory segment (shmget(2)), as older
// programs have it. The segment is named by a key from the run's manifest and removed with the
// channel; who has attached it keeps it.
#include <utility>

#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/sysv_memory.hpp"
#include "backends/shared_memory/queue_transport.hpp"

namespace ipcmark {

BackendEntry sysv_shm_entry();

namespace {

class SysvShmChannel final : public AddressChannel {
 public:
  SysvShmChannel(Address address, Granted granted, SysvMemoryId memory, Names& names)
      : AddressChannel(std::move(address), std::move(granted)),
        memory_(std::move(memory)),
        names_(names) {}
  ~SysvShmChannel() override { remove_sysv_memory(memory_, names_); }

 private:
  SysvMemoryId memory_;
  Names& names_;
};

// A segment is found by its name alone, so there is nothing to hand descriptors over with.
Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can = queue_capabilities(spec);
  can.chooses_wake = false;
  can.pollable = false;
  if (spec.wake != Wake::futex) can.unsupported_reason = "needs wake-ups by futex";
  return can;
}

std::string probe(const ChannelSpec& spec) {
  return sysv_memory_unsupported("sysv_shm", queue_object_bytes(spec));
}

Result<Mapping> map_queue(const Address& address) {
  return map_sysv_mirrored(address.name, queue_control_bytes(), queue_ring_bytes(address.spec));
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  if (!capabilities(spec).unsupported_reason.empty()) return fail(Errc::unsupported, "sysv_shm");
  auto memory = create_sysv_memory(queue_object_bytes(spec), names);
  if (!memory) return tl::make_unexpected(memory.error());
  Address address = make_address("sysv_shm", spec, id);
  address.name = memory->name;
  auto channel = std::make_unique<SysvShmChannel>(std::move(address), queue_granted(spec),
                                                  std::move(*memory), names);
  const auto mapping = map_queue(channel->address());
  if (!mapping) return tl::make_unexpected(mapping.error());
  if (const Status set = initialise_queue(*mapping); !set) {
    return tl::make_unexpected(set.error());
  }
  return channel;
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto mapping = map_queue(address);
  if (!mapping) return tl::make_unexpected(mapping.error());
  return make_queue_sender(std::move(*mapping), {}, address.spec, context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  auto mapping = map_queue(address);
  if (!mapping) return tl::make_unexpected(mapping.error());
  return make_queue_receiver(std::move(*mapping), {}, address.spec, context);
}

}  // namespace

BackendEntry sysv_shm_entry() {
  BackendEntry entry;
  entry.name = "sysv_shm";
  entry.summary = "bounded queue in System V shared memory under a robust mutex";
  entry.group = MechanismGroup::shared_memory;
  entry.note =
      "The queue of shm_mutex in a segment of System V: it is found by a key, seen by ipcs, and "
      "stays until somebody removes it.";
  entry.snippet = "sysv_shm";
  entry.basic = false;
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
