// The same ring in a memory-mapped regular file. The file lies in the run's private directory and
// is unlinked as soon as it is open, so nothing can be left behind; which file system it lies on is
// part of the result.
#include <linux/magic.h>
#include <sys/vfs.h>

#include <cstdio>
#include <filesystem>

#include "backends/kernel/mapping.hpp"
#include "backends/ring_transport.hpp"

namespace ipcmark {
namespace {

// The names of the file systems that such files usually lie on; statfs(2) gives a number only.
std::string file_system_name(int fd) {
  struct statfs status {};
  if (::fstatfs(fd, &status) != 0) return "unknown file system";
  struct Row {
    long type;
    const char* name;
  };
  constexpr long xfs_magic = 0x58465342;  // in no header that programs may include
  constexpr long zfs_magic = 0x2fc12fc1;
  constexpr Row rows[] = {
      {EXT4_SUPER_MAGIC, "ext4"},
      {TMPFS_MAGIC, "tmpfs"},
      {BTRFS_SUPER_MAGIC, "btrfs"},
      {xfs_magic, "xfs"},
      {OVERLAYFS_SUPER_MAGIC, "overlayfs"},
      {F2FS_SUPER_MAGIC, "f2fs"},
      {NFS_SUPER_MAGIC, "nfs"},
      {FUSE_SUPER_MAGIC, "fuse"},
      {zfs_magic, "zfs"},
      {V9FS_MAGIC, "9p"},
      {RAMFS_MAGIC, "ramfs"},
  };
  for (const Row& row : rows) {
    if (status.f_type == row.type) return row.name;
  }
  char text[40];
  std::snprintf(text, sizeof text, "file system 0x%lx", static_cast<unsigned long>(status.f_type));
  return text;
}

std::string probe(const ChannelSpec& spec) {
  std::error_code error;
  const auto directory = std::filesystem::temp_directory_path(error);
  if (error) return "mmap_file: no temporary directory; set TMPDIR";
  const auto space = std::filesystem::space(directory, error);
  if (error) return {};
  return ring_room_sentence("mmap_file", spec, space.available, directory.c_str());
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  if (!ring_capabilities(spec).refusal.empty()) return fail(Errc::unsupported, "mmap_file");
  auto memory = create_file_memory(ring_object_bytes(spec), names);
  if (!memory) return tl::make_unexpected(memory.error());
  std::string note = file_system_name(memory->get());
  return make_ring_channel("mmap_file", spec, id, std::move(*memory), std::move(note));
}

}  // namespace

BackendEntry mmap_file_entry() {
  return {.name = "mmap_file",
          .summary = "the lock-free ring in a memory-mapped regular file",
          .capabilities = ring_capabilities,
          .probe = probe,
          .create = create,
          .open_sender = open_ring_sender,
          .open_receiver = open_ring_receiver};
}

}  // namespace ipcmark
