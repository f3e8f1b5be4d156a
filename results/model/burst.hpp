// Messages that come in bursts, as text: "32:1ms" is 32 messages due at once, every millisecond.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace ipcmark {

struct Burst {
  std::uint64_t messages = 0;
  std::uint64_t gap_ns = 0;  // from when a burst is due to when the next one is
  bool operator==(const Burst&) const = default;
};

inline constexpr std::uint64_t max_burst = 1'000'000;

// The error is one sentence that says what to write.
tl::expected<Burst, std::string> parse_burst(std::string_view text);
// The one text of it: "32:1ms".
std::string burst_text(const Burst& burst);

}  // namespace ipcmark
