// The same ring in a memory-mapped regular file. The file lies in the run's private directory and
// is unlinked as soon as it is open, so nothing can be left behind; which file system it lies on is
// part of the result.
#include "backends/kernel/file_system.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/ring_transport.hpp"

namespace ipcmark {
namespace {

// Where its file will lie is the run's affair: create() finds out whether there is room.
std::string probe(const ChannelSpec&) { return {}; }

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  if (!ring_capabilities(spec).unsupported_reason.empty())
    return fail(Errc::unsupported, "mmap_file");
  auto memory = create_file_memory(ring_object_bytes(spec), names);
  if (!memory) return tl::make_unexpected(memory.error());
  std::string file_system = file_system_name(memory->get());
  return make_ring_channel("mmap_file", spec, id, std::move(*memory), std::move(file_system));
}

}  // namespace

BackendEntry mmap_file_entry() {
  return {.name = "mmap_file",
          .summary = "the lock-free ring in a memory-mapped regular file",
          .group = MechanismGroup::shared_memory,
          .note =
              "Shared memory backed by a file: unrelated processes find it by its path, and what "
              "was written can outlive them; write-back to a real disk can disturb it.",
          .snippet = "mmap_file",
          .capabilities = ring_capabilities,
          .probe = probe,
          .create = create,
          .open_sender = open_ring_sender,
          .open_receiver = open_ring_receiver};
}

}  // namespace ipcmark
