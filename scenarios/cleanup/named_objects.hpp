// Removal of the objects that a manifest names, each proven to be its run's first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backends/error.hpp"
#include "scenarios/cleanup/manifest_file.hpp"

namespace ipcmark {

inline constexpr std::string_view object_prefix = "ipcmark.";

enum class Removal {
  removed,
  absent,
  unproven,  // a System V object that may have been made after the run: left alone
};

// A file in the run's private directory (`directory`; -1: gone), shared memory or a POSIX queue. A
// file's name is a number, the others carry the run's id, and all are this user's, or the answer is
// an error of the code invalid. `dry_run`: only says whether it exists.
Result<Removal> remove_named(const Claim& claim, const std::string& run_id, int directory,
                             bool dry_run);

bool is_sysv(ObjectKind kind);
// The id of what is under that key now; negative where there is nothing (errno says why).
int find_sysv_object(ObjectKind kind, int key);
// The id of what is under the claim's System V key, which nothing made under that key later has.
std::optional<int> sysv_id(const Claim& claim);
// The object of that id. Absent also when it is another user's or of another key; unproven when it
// was made or changed after the second `not_after_s` of the real-time clock.
Result<Removal> remove_sysv(const Claim& claim, int id, std::int64_t not_after_s, bool dry_run);

// The SysV key written as "0x4950beef"; empty when it is not one of ours.
std::optional<int> parse_sysv_key(std::string_view text);
// Whether that is the name of a file of a run's in its directory.
bool is_run_file(std::string_view leaf);

}  // namespace ipcmark
