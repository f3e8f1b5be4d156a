// The sending end of a packet socket (packet_socket.hpp).
#pragma once

#include <vector>

#include "backends/framing/one_packet.hpp"
#include "backends/framing/stream_fd.hpp"

namespace ipcmark {

class PacketSender final : public Sender {
 public:
  // `ends`: end packets to send at close(), one a receiver; 0 where the kernel reports the end.
  PacketSender(StreamFd socket, const ChannelSpec& spec, std::uint32_t index, std::uint32_t ends);

  Status send(std::span<const std::byte> message, Deadline deadline) override;
  Status flush(Deadline deadline) override;
  Status close(Deadline deadline) override;

 private:
  Status send_pieces(std::span<const std::byte> message, Deadline deadline);
  Status send_piece(std::span<const std::byte> message, std::size_t done, Deadline deadline);
  Status send_end(Deadline deadline);
  Status write(const iovec* parts, int count, Deadline deadline);

  StreamFd socket_;
  std::uint64_t largest_;
  bool pieces_;
  std::uint16_t index_;
  std::uint32_t ends_;
  OnePacketWriter packets_;
  std::vector<std::byte> rest_;  // the whole message that a deadline cut
  std::size_t rest_done_ = 0;
};

}  // namespace ipcmark
