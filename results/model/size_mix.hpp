// Messages of several sizes, as text: "64:70,4KiB:25,1MiB:5" is 70 messages of 64 bytes to 25 of
// 4 KiB and 5 of 1 MiB. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace ipcmark {

struct SizeShare {
  std::uint64_t size = 0;    // bytes
  std::uint64_t weight = 0;  // against the others
  bool operator==(const SizeShare&) const = default;
};
// By size, the smallest first; no size twice.
using SizeMix = std::vector<SizeShare>;

inline constexpr std::size_t max_mixed_sizes = 64;
inline constexpr std::uint64_t max_weight = 1'000'000;

// The error is one sentence that says what to write.
tl::expected<SizeMix, std::string> parse_size_mix(std::string_view text);
// The one text of a mix: "64B:70,4KiB:25,1MiB:5".
std::string size_mix_text(const SizeMix& mix);

}  // namespace ipcmark
