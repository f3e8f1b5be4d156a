// The text of a manifest.
//
//   ipcmark-manifest 2 <run id> <pid> <boot id> <IPC namespace> <device of /dev/shm>
//   file 3
//   posix_shm ipcmark.k3j5m2qa.4
//   sysv_queue 0x4950beef
//
// Version 1 has no words after the pid. A struck line begins with '#'. A last line without its
// newline was never acted upon (its writer died inside claim()), so it is ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "backends/names.hpp"
#include "scenarios/cleanup/origin.hpp"

namespace ipcmark {

inline constexpr std::string_view manifest_suffix = ".manifest";
inline constexpr std::uint64_t largest_manifest = 16U << 20U;  // more is neither written nor read

const char* to_string(ObjectKind kind);

struct Claim {
  ObjectKind kind;
  std::string name;  // of a file: its leaf in the run's directory
};

struct ManifestText {
  std::string run_id;
  std::optional<Origin> origin;  // empty in version 1
  std::vector<Claim> claims;     // not struck
};

struct Unreadable {
  bool ours = false;   // begins with a head line of ipcmark's; else it is somebody's file
  std::string reason;  // completes "the manifest …"
};

std::string manifest_head(const std::string& run_id, int pid, const Origin& origin);
tl::expected<ManifestText, Unreadable> parse_manifest(std::string_view text);
// Of an open file, from its beginning, whatever its length.
tl::expected<ManifestText, Unreadable> read_manifest(int fd);

bool is_run_id(std::string_view text);

}  // namespace ipcmark
