// A lock-free ring in anonymous shared memory (memfd): nothing to leave behind.
#include "backends/kernel/huge_pages.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/ring_transport.hpp"

namespace ipcmark {
namespace {

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities capabilities = ring_capabilities(spec);
  capabilities.huge_pages = true;
  return capabilities;
}

std::string probe(const ChannelSpec& spec) {
  const std::uint64_t bytes = ring_object_bytes(spec);
  if (auto why = huge_pages_unsupported("shm_ring", spec.huge_pages, bytes); !why.empty())
    return why;
  const std::uint64_t available = available_memory();
  if (available == 0) return {};
  return ring_room_sentence("shm_ring", spec, available, "memory");
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  if (!ring_capabilities(spec).unsupported_reason.empty())
    return fail(Errc::unsupported, "shm_ring");
  auto memory = create_anonymous_memory(ring_object_bytes(spec), spec.huge_pages);
  if (!memory) return tl::make_unexpected(memory.error());
  return make_ring_channel("shm_ring", spec, id, std::move(*memory), {});
}

}  // namespace

BackendEntry shm_ring_entry() {
  return {.name = "shm_ring",
          .summary = "lock-free ring in shared memory, one sender and one receiver",
          .group = MechanismGroup::shared_memory,
          .note =
              "The message is written where the other process reads it, without a system call; how "
              "the two wait for each other is yours to write, and memory corrupted by one "
              "process is corrupted for both.",
          .snippet = "shm_ring",
          .capabilities = capabilities,
          .probe = probe,
          .create = create,
          .open_sender = open_ring_sender,
          .open_receiver = open_ring_receiver};
}

}  // namespace ipcmark
