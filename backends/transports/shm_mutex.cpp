// A bounded queue in POSIX shared memory under a robust process-shared mutex; waiting by
// futex, or by tokens where it is asked for (--wake).
// Many senders, many receivers: each message reaches exactly one of them.
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <utility>

#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/queue_transport.hpp"
#include "backends/shared_memory/wake_up.hpp"
#include "backends/transport.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

Result<Mapping> map_queue(int fd, const ChannelSpec& spec) {
  return map_mirrored(fd, queue_control_bytes(), queue_ring_bytes(spec));
}

Result<Mapping> map_queue(const Address& address) {
  if (address.descriptors.empty()) return fail(Errc::invalid, "shm_mutex address");
  return map_queue(address.descriptors[0].get(), address.spec);
}

std::string probe(const ChannelSpec& spec) {
  struct statvfs space {};
  if (::statvfs("/dev/shm", &space) != 0) return fmt::format("shm_mutex: {}", no_shm_directory);
  const std::uint64_t available = std::uint64_t{space.f_bavail} * space.f_frsize;
  if (queue_object_bytes(spec) <= available) return {};
  return "shm_mutex: a queue of " + size_text(queue_object_bytes(spec)) + " exceeds the " +
         size_text(available) + " left in /dev/shm; lower --depth or --size, or free some";
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  if (!queue_capabilities(spec).unsupported_reason.empty())
    return fail(Errc::unsupported, "shm_mutex");
  auto memory = create_posix_memory(queue_object_bytes(spec), names);
  if (!memory) return tl::make_unexpected(memory.error());
  auto mapping = map_queue(memory->get(), spec);
  if (!mapping) return tl::make_unexpected(mapping.error());
  if (Status status = initialise_queue(*mapping); !status) {
    return tl::make_unexpected(status.error());
  }
  Address address = make_address("shm_mutex", spec, id);
  address.descriptors.push_back(std::move(*memory));  // followed by what wakes
  if (Status added = ring::add_wake_descriptors(spec.wake, address.descriptors); !added) {
    return tl::make_unexpected(added.error());
  }
  return std::make_unique<AddressChannel>(std::move(address), queue_granted(spec));
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto mapping = map_queue(address);
  if (!mapping) return tl::make_unexpected(mapping.error());
  auto wake = ring::take_wake_ends(address, 1);
  if (!wake) return tl::make_unexpected(wake.error());
  return make_queue_sender(std::move(*mapping), std::move(*wake), address.spec, context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  auto mapping = map_queue(address);
  if (!mapping) return tl::make_unexpected(mapping.error());
  auto wake = ring::take_wake_ends(address, 1);
  if (!wake) return tl::make_unexpected(wake.error());
  return make_queue_receiver(std::move(*mapping), std::move(*wake), address.spec, context);
}

}  // namespace

BackendEntry shm_mutex_entry() {
  return {.name = "shm_mutex",
          .summary = "bounded queue in POSIX shared memory under a robust mutex",
          .group = MechanismGroup::shared_memory,
          .note =
              "A queue in shared memory under a robust mutex: many processes on both sides, and "
              "the next locker repairs what a killed one left. Pays for the lock on every message.",
          .snippet = "shm_mutex",
          .capabilities = queue_capabilities,
          .probe = probe,
          .create = create,
          .open_sender = open_sender,
          .open_receiver = open_receiver};
}

}  // namespace ipcmark
