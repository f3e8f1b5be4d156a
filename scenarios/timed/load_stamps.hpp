// The head of each message of `load`: when it was due and when it was sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "results/model/spec.hpp"
#include "scenarios/traffic/payload.hpp"

namespace ipcmark {

struct Stamps {
  std::uint64_t due = 0;  // and `measured_bit`, unless it belongs to the warm-up
  std::uint64_t sent = 0;
};
// The sender alone decides which messages count: the receiver may pass the barrier later.
inline constexpr std::uint64_t measured_bit = std::uint64_t{1} << 63U;

// A verified message carries a checksum of its times behind them, and then a payload that is sealed
// before it is due, so that the seal's cost is no part of its way.
inline bool has_sealed_stamps(const RunSpec& spec) { return spec.verify != Verify::off; }

inline std::size_t stamps_bytes(const RunSpec& spec) {
  return sizeof(Stamps) + (has_sealed_stamps(spec) ? sizeof(std::uint64_t) : 0);
}

inline std::uint64_t checksum_of(const Stamps& stamps, std::uint64_t seed) {
  return checksum(std::as_bytes(std::span(&stamps, 1)), seed);
}

// `seed`: channel_seed() of the message's channel.
inline void write_stamps(std::span<std::byte> message, const Stamps& stamps, const RunSpec& spec,
                         std::uint64_t seed) {
  std::memcpy(message.data(), &stamps, sizeof stamps);
  if (!has_sealed_stamps(spec)) return;
  const std::uint64_t check = checksum_of(stamps, seed);
  std::memcpy(message.data() + sizeof stamps, &check, sizeof check);
}

// Nothing: they are not those that were written.
inline std::optional<Stamps> read_stamps(std::span<const std::byte> message, const RunSpec& spec,
                                         std::uint64_t seed) {
  Stamps stamps;
  std::memcpy(&stamps, message.data(), sizeof stamps);
  if (!has_sealed_stamps(spec)) return stamps;
  std::uint64_t check = 0;
  std::memcpy(&check, message.data() + sizeof stamps, sizeof check);
  if (check != checksum_of(stamps, seed)) return std::nullopt;
  return stamps;
}

}  // namespace ipcmark
