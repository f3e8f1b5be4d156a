// Sizes and times as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ipcmark {

// "64B", "1KiB", "1MiB", "1000000B": exact, the largest binary unit that divides.
std::string size_text(std::uint64_t bytes);
// Accepts "64", "64B", "1KiB", "1k" (1024), "1MiB", "1M", "1GiB", "1kB"/"1MB" (powers of 1000).
std::optional<std::uint64_t> parse_size(std::string_view text);
// Accepts "250ns", "10us", "5ms", "2s", "1m", "1h", and decimals; nanoseconds.
std::optional<std::uint64_t> parse_duration(std::string_view text);
// "250ns", "10us", "1500ms", "2s": exact, the largest unit up to seconds that divides.
std::string duration_text(std::uint64_t ns);
// Accepts "500", "10k", "1.5M", with or without "/s"; whole messages a second.
std::optional<std::uint64_t> parse_rate(std::string_view text);
// Digits alone.
std::optional<std::uint64_t> parse_count(std::string_view text);

}  // namespace ipcmark
