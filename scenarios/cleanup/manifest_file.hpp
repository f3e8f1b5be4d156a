// The text of a manifest, and the removal of what it names.
//
//   ipcmark-manifest 1 <run id> <pid>
//   file 3
//   posix_shm ipcmark.k3j5m2qa.4
//   sysv_queue 0x4950beef
//
// A struck line begins with '#'. A last line without its newline was never acted upon (its writer
// died inside claim()), so it is ignored.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/names.hpp"

namespace ipcmark {

inline constexpr std::string_view manifest_suffix = ".manifest";
inline constexpr std::string_view object_prefix = "ipcmark.";

const char* to_string(ObjectKind kind);

struct Claim {
  ObjectKind kind;
  std::string name;  // of a file: its leaf in the run's directory
};

struct ManifestText {
  std::string run_id;
  std::vector<Claim> claims;  // not struck
};

// Empty: not a manifest of ours (unknown head line or a line that makes no sense).
std::optional<ManifestText> parse_manifest(std::string_view text);
Result<std::string> read_whole(int fd);  // from offset 0

enum class Removal { removed, absent };
// Removes one object. `directory` is the run's private directory, or -1 when it is gone. Looks
// twice before it removes: a name must carry the run's id, a key ipcmark's prefix, and a SysV
// object must be of our making; otherwise invalid. `dry_run`: only says whether it exists.
Result<Removal> remove_object(const Claim& claim, const std::string& run_id, int directory,
                              bool dry_run);
// The run's directory `run_id` under `base`, with whatever plain entries are left in it: it was
// private, so they are the run's.
Result<Removal> remove_run_directory(int base, const std::string& run_id, bool dry_run);

// The SysV key written as "0x4950beef"; empty when it is not one of ours.
std::optional<int> parse_sysv_key(std::string_view text);
bool is_run_id(std::string_view text);

}  // namespace ipcmark
