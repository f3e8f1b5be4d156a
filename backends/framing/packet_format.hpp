// How packet sockets lay out a message, for both ends (packet_socket.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/transport.hpp"

namespace ipcmark {

// The largest packet sent. Above it the kernel may not find the contiguous memory. The send buffer
// must hold at least one: by default (212992 B) it does, and else it is enlarged.
inline constexpr std::uint64_t packet_bytes = 128 * 1024;

// A message in one packet: this byte, then the payload.
enum class PacketKind : std::uint8_t { message = 0, end = 1 };

// A message in several: this, then a piece of the payload.
struct PacketHeader {
  std::uint16_t sender = 0;
  std::uint16_t flags = 0;
  std::uint32_t total = 0;  // bytes of the whole message
};
inline constexpr std::uint16_t packet_is_last = 1;
inline constexpr std::uint16_t packet_is_end = 2;  // no message: the sender has closed
inline constexpr std::uint64_t piece_bytes = packet_bytes - sizeof(PacketHeader);

// Up to here one copy is cheaper than a second iovec.
inline constexpr std::size_t small_packet_bytes = 4095;

inline bool needs_pieces(const ChannelSpec& spec) {
  return spec.largest_message + sizeof(PacketKind) > packet_bytes;
}

}  // namespace ipcmark
