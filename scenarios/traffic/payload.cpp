#include "scenarios/traffic/payload.hpp"

#define XXH_INLINE_ALL  // a message of 64 bytes would pay for a call
#include <xxhash.h>

#include <array>
#include <cstring>

#include "results/splitmix.hpp"

namespace ipcmark {

namespace {

// Odd numbers whose bits look random, for patterns: XXH64's primes.
constexpr std::uint64_t prime1 = 0x9E3779B185EBCA87U;
constexpr std::uint64_t prime2 = 0xC2B2AE3D27D4EB4FU;
constexpr std::uint64_t prime3 = 0x165667B19E3779F9U;
constexpr std::uint64_t prime5 = 0x27D4EB2F165667C5U;

template <class Word>
Word load(const std::byte* at) {
  Word value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
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

// There is no room for a checksum: only the seed, turned into a mask, tells it from the stamps of
// other channels and trials, which read as senders and sequences that cannot be.
void write_short_stamp(std::span<std::byte> message, MessageId id, std::uint64_t seed) {
  const std::uint64_t both =
      mixed(seed) ^ ((static_cast<std::uint64_t>(id.sender) << sequence_bits) | id.sequence);
  std::memcpy(message.data(), &both, sizeof both);
}

Examination examine_stamped(std::span<const std::byte> message, std::uint64_t seed, Verify verify) {
  if (load<std::uint64_t>(message.data() + checksum_at) != checksum_of(message, seed, verify)) {
    return {Finding::corrupted, {}};
  }
  if (load<std::uint32_t>(message.data() + length_at) != message.size())
    return {Finding::wrong_length, {}};
  return {Finding::intact,
          {load<std::uint32_t>(message.data() + sender_at), load<std::uint64_t>(message.data())}};
}

Examination examine_short(std::span<const std::byte> message, std::uint64_t seed, Verify verify) {
  const std::uint64_t both = mixed(seed) ^ load<std::uint64_t>(message.data());
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
  return XXH64(bytes.data(), bytes.size(), seed);
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
    write_short_stamp(message, id, seed);
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
