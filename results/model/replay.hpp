// Traffic from a file: when each message is due, how long it is and over which channel it goes.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace ipcmark {

struct Arrival {
  std::uint64_t due_ns = 0;   // after the first one
  std::uint32_t size = 0;     // bytes
  std::uint32_t channel = 0;  // from 0, in the order of the file's numbers
  bool operator==(const Arrival&) const = default;
};

struct Replay {
  std::vector<Arrival> arrivals;  // at least one, in the order they are due
  std::uint64_t largest = 0;      // bytes
  std::uint64_t smallest = 0;
  std::size_t smallest_line = 0;        // of the first that is so short, from 1
  std::vector<std::uint32_t> channels;  // the file's own numbers, ascending

  // From when the first is due until the last is.
  std::uint64_t length_ns() const { return arrivals.back().due_ns; }
  // Messages a second, on the average; never so many, nor so few, that an option could not say it.
  double rate() const;
};

inline constexpr std::size_t max_replayed_channels = 64;
inline constexpr std::uint32_t max_channel_number = 65'535;
inline constexpr std::size_t max_replayed_arrivals = 1'000'000;
inline constexpr double max_replayed_rate = 999'999'999;

// A line a message: time, size and channel, apart by blanks or a comma. The time is in seconds
// ("12.000250") or has a unit ("1.5ms"), is never before that of the line above, and counts from
// that of the first line; the size is like any other ("4KiB", "1500"); the channel is a number, 0
// where it is left out. Empty lines, what follows a '#', and a first line "time,size,channel" say
// nothing. The error is one sentence that begins with line and column and says what to write.
tl::expected<Replay, std::string> parse_replay(std::string_view text);

// What a cell is known by: the file's name, without its folder, and a hash of its content,
// "web.txt@0123456789abcdef"; what a key could not hold of the name is '_'.
std::string replay_id(std::string_view path, std::string_view text);
// Whether the text could be from replay_id().
bool is_replay_id(std::string_view text);

}  // namespace ipcmark
