// What a verified message carries: a stamp that identifies it, and a pattern that no other message
// of the run has, sealed by a checksum.
//
// With at least stamp_bytes the message starts with a stamp (sequence, sender, length, checksum).
// From 8 bytes on it starts with sequence and sender alone, masked by the seed, and Verify::full
// compares the pattern behind them byte by byte. Below 8 bytes nothing fits: such messages are
// checked by length, and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "results/model/spec.hpp"

namespace ipcmark {

inline constexpr std::size_t stamp_bytes = 24;
inline constexpr std::size_t short_stamp_bytes = 8;

// XXH64 (Y. Collet) by libxxhash: not cryptographic, more than 10 GB/s.
std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t seed);

// What tells the payload of one channel, and so of one direction, from another's. Of a trial, whose
// seed is its own.
std::uint64_t channel_seed(const RunSpec& spec, std::size_t channel);

// Deterministic bytes of (seed, sender, sequence); fills the span.
void fill_pattern(std::span<std::byte> bytes, std::uint64_t seed, std::uint32_t sender,
                  std::uint64_t sequence);

struct MessageId {
  std::uint32_t sender = 0;    // below 65536
  std::uint64_t sequence = 0;  // of that sender, from 0; below 2^48
  bool operator==(const MessageId&) const = default;
};

// Makes `message` a verified one of that identity. Verify::full fills the pattern first and seals
// all bytes; Verify::header seals the stamp alone and leaves the rest as it is. Verify::off does
// nothing.
void stamp_message(std::span<std::byte> message, MessageId id, std::uint64_t seed, Verify verify);
// Seals whatever stands behind the stamp (at least stamp_bytes), pattern or not.
void seal_message(std::span<std::byte> message, MessageId id, std::uint64_t seed);

enum class Finding : std::uint8_t { intact, uncheckable, wrong_length, corrupted };
struct Examination {
  Finding finding = Finding::uncheckable;
  MessageId id;  // only when intact
};
// Looks at a message of which `expected_size` bytes were sent. Verify::full compares the pattern
// of a message too short for a checksum; a long one is judged by its checksum, over all bytes.
Examination examine_message(std::span<const std::byte> message, std::size_t expected_size,
                            std::uint64_t seed, Verify verify);

}  // namespace ipcmark
