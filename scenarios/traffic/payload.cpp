#include "scenarios/traffic/payload.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "results/splitmix.hpp"

namespace ipcmark {

namespace {

constexpr std::uint64_t prime1 = 0x9E3779B185EBCA87U;
constexpr std::uint64_t prime2 = 0xC2B2AE3D27D4EB4FU;
constexpr std::uint64_t prime3 = 0x165667B19E3779F9U;
constexpr std::uint64_t prime4 = 0x85EBCA77C2B2AE63U;
constexpr std::uint64_t prime5 = 0x27D4EB2F165667C5U;

std::uint64_t load64(const std::byte* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::uint64_t load32(const std::byte* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::uint64_t round_of(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * prime2, 31) * prime1;
}

std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ round_of(0, lane)) * prime1 + prime4;
}

// The last 0 to 31 bytes and the final mixing.
std::uint64_t finish(std::uint64_t hash, std::span<const std::byte> rest) {
  const std::byte* at = rest.data();
  std::size_t left = rest.size();
  for (; left >= 8; left -= 8, at += 8) {
    hash = std::rotl(hash ^ round_of(0, load64(at)), 27) * prime1 + prime4;
  }
  if (left >= 4) {
    hash = std::rotl(hash ^ (load32(at) * prime1), 23) * prime2 + prime3;
    at += 4;
    left -= 4;
  }
  for (; left > 0; --left, ++at) {
    hash = std::rotl(hash ^ (std::to_integer<std::uint64_t>(*at) * prime5), 11) * prime1;
  }
  hash = (hash ^ (hash >> 33U)) * prime2;
  hash = (hash ^ (hash >> 29U)) * prime3;
  return hash ^ (hash >> 32U);
}

// Stamp: sequence (8), sender (4), length (4), checksum (8), in the machine's own byte order: both
// ends are on one machine.
constexpr std::size_t sender_at = 8;
constexpr std::size_t length_at = 12;
constexpr std::size_t checksum_at = 16;

std::uint64_t checksum_of(std::span<const std::byte> message, std::uint64_t seed, Verify verify) {
  const std::uint64_t head = checksum(message.first(checksum_at), seed);
  return verify == Verify::full ? checksum(message.subspan(stamp_bytes), head) : head;
}

void write_stamp(std::span<std::byte> message, MessageId id, std::uint64_t seed, Verify verify) {
  const auto length = static_cast<std::uint32_t>(message.size());
  std::memcpy(message.data(), &id.sequence, sizeof id.sequence);
  std::memcpy(message.data() + sender_at, &id.sender, sizeof id.sender);
  std::memcpy(message.data() + length_at, &length, sizeof length);
  const std::uint64_t sum = checksum_of(message, seed, verify);
  std::memcpy(message.data() + checksum_at, &sum, sizeof sum);
}

constexpr unsigned sequence_bits = 48;

void write_short_stamp(std::span<std::byte> message, MessageId id) {
  const std::uint64_t both = (static_cast<std::uint64_t>(id.sender) << sequence_bits) | id.sequence;
  std::memcpy(message.data(), &both, sizeof both);
}

Examination examine_stamped(std::span<const std::byte> message, std::uint64_t seed, Verify verify) {
  if (load64(message.data() + checksum_at) != checksum_of(message, seed, verify)) {
    return {Finding::corrupted, {}};
  }
  if (load32(message.data() + length_at) != message.size()) return {Finding::wrong_length, {}};
  return {Finding::intact,
          {static_cast<std::uint32_t>(load32(message.data() + sender_at)), load64(message.data())}};
}

Examination examine_short(std::span<const std::byte> message, std::uint64_t seed, Verify verify) {
  const std::uint64_t both = load64(message.data());
  const MessageId id{static_cast<std::uint32_t>(both >> sequence_bits),
                     both & ((std::uint64_t{1} << sequence_bits) - 1)};
  if (verify == Verify::full) {
    std::array<std::byte, stamp_bytes> pattern{};
    const auto rest = message.subspan(short_stamp_bytes);
    fill_pattern(std::span(pattern).first(rest.size()), seed, id.sender, id.sequence);
    if (!rest.empty() && std::memcmp(rest.data(), pattern.data(), rest.size()) != 0) {
      return {Finding::corrupted, {}};
    }
  }
  return {Finding::intact, id};
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t seed) {
  constexpr std::size_t stripe = 32;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t hash = seed + prime5;
  if (left >= stripe) {
    std::array<std::uint64_t, 4> lanes{seed + prime1 + prime2, seed + prime2, seed, seed - prime1};
    for (; left >= stripe; left -= stripe, at += stripe) {
      lanes[0] = round_of(lanes[0], load64(at));
      lanes[1] = round_of(lanes[1], load64(at + 8));
      lanes[2] = round_of(lanes[2], load64(at + 16));
      lanes[3] = round_of(lanes[3], load64(at + 24));
    }
    hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
           std::rotl(lanes[3], 18);
    for (const std::uint64_t lane : lanes) hash = merge(hash, lane);
  }
  return finish(hash + bytes.size(), {at, left});
}

std::uint64_t channel_seed(const RunSpec& spec, std::size_t channel) {
  return mixed(mixed(spec.seed) + channel);
}

void fill_pattern(std::span<std::byte> bytes, std::uint64_t seed, std::uint32_t sender,
                  std::uint64_t sequence) {
  // A Weyl sequence: one addition a word, so that filling costs no more than writing.
  std::uint64_t word = (seed ^ (sender * prime3)) * prime1 + sequence * prime2;
  std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= sizeof word; left -= sizeof word, at += sizeof word, word += prime5) {
    std::memcpy(at, &word, sizeof word);
  }
  if (left != 0) std::memcpy(at, &word, left);
}

void seal_message(std::span<std::byte> message, MessageId id, std::uint64_t seed) {
  write_stamp(message, id, seed, Verify::full);
}

void stamp_message(std::span<std::byte> message, MessageId id, std::uint64_t seed, Verify verify) {
  if (verify == Verify::off || message.size() < short_stamp_bytes) return;
  const bool whole = message.size() >= stamp_bytes;
  if (verify == Verify::full) {
    fill_pattern(message.subspan(whole ? stamp_bytes : short_stamp_bytes), seed, id.sender,
                 id.sequence);
  }
  if (whole) {
    write_stamp(message, id, seed, verify);
  } else {
    write_short_stamp(message, id);
  }
}

Examination examine_message(std::span<const std::byte> message, std::size_t expected_size,
                            std::uint64_t seed, Verify verify) {
  if (message.size() != expected_size) return {Finding::wrong_length, {}};
  if (verify == Verify::off || message.size() < short_stamp_bytes) {
    return {Finding::uncheckable, {}};
  }
  return message.size() >= stamp_bytes ? examine_stamped(message, seed, verify)
                                       : examine_short(message, seed, verify);
}

}  // namespace ipcmark
