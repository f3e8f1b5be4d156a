// A message in one packet: a kind byte (packet_format.hpp), then the payload. What unix_seqpacket,
// unix_dgram and udp have in common.
#pragma once

#include <sys/uio.h>

#include <cstring>
#include <span>
#include <vector>

#include "backends/framing/packet_format.hpp"

namespace ipcmark {

inline iovec part_of(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

class OnePacketWriter {
 public:
  // `write(parts, count)` sends them as a packet.
  template <class Write>
  Status send(std::span<const std::byte> message, Write&& write) {
    PacketKind kind = PacketKind::message;
    if (message.size() <= small_packet_bytes) {
      std::memcpy(small_.data(), &kind, sizeof kind);
      if (!message.empty()) {
        std::memcpy(small_.data() + sizeof kind, message.data(), message.size());
      }
      const iovec part{small_.data(), sizeof kind + message.size()};
      return write(&part, 1);
    }
    const iovec parts[2] = {{&kind, sizeof kind}, part_of(message)};
    return write(parts, 2);
  }

 private:
  std::vector<std::byte> small_ = std::vector<std::byte>(sizeof(PacketKind) + small_packet_bytes);
};

class OnePacketReader {
 public:
  // `largest`: message that can come.
  explicit OnePacketReader(std::uint64_t largest)
      : largest_(largest), scratch_(sizeof(PacketKind) + largest) {}

  // Whether a message is here that was too large for the caller's buffer.
  bool holds_message() const { return held_ != 0; }
  // `read(parts, count)` takes a packet; of one that is no message `other(kind)` returns the error
  // that it means, or none: the next is taken. Inline: it is what a receiver does for each message.
  template <class Read, class Other>
  [[gnu::always_inline]] Result<std::size_t> receive(std::span<std::byte> buffer, Read&& read,
                                                     Other&& other) {
    // Straight into the caller's buffer when no message can be too large for it.
    const bool in_place = held_ == 0 && largest_ > small_packet_bytes && buffer.size() >= largest_;
    std::size_t size = held_;
    while (size == 0) {
      PacketKind kind{};
      const iovec parts[2] = {{&kind, sizeof kind}, {buffer.data(), largest_}};
      const iovec part{scratch_.data(), scratch_.size()};
      const auto moved = in_place ? read(parts, 2) : read(&part, 1);
      if (!moved) return moved;
      if (!in_place) std::memcpy(&kind, scratch_.data(), sizeof kind);
      if (kind == PacketKind::message) {
        size = *moved;
      } else if (const Status meant = other(kind); !meant) {
        return tl::make_unexpected(meant.error());
      }
    }
    const std::size_t length = size - sizeof(PacketKind);
    if (in_place) return length;
    if (length > buffer.size()) {
      held_ = size;
      return fail(Errc::too_large, "receive");
    }
    held_ = 0;
    if (length != 0) std::memcpy(buffer.data(), scratch_.data() + sizeof(PacketKind), length);
    return length;
  }

 private:
  std::uint64_t largest_;
  std::vector<std::byte> scratch_;  // one packet
  std::size_t held_ = 0;            // its size, when it was too large for the caller's buffer
};

}  // namespace ipcmark
