// The receiving end of a packet socket (packet_socket.hpp).
#pragma once

#include <vector>

#include "backends/framing/one_packet.hpp"
#include "backends/framing/stream_fd.hpp"

namespace ipcmark {

class PacketReceiver final : public Receiver {
 public:
  // `ends`: end packets after which the channel is closed; 0 where the kernel reports the end.
  // Then reads need no slices; otherwise the socket must have SO_RCVTIMEO set, so that a blocking
  // read returns now and then to look at context.peer_died.
  PacketReceiver(StreamFd socket, const ChannelSpec& spec, std::uint32_t ends,
                 const OpenContext& context);

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override;
  bool ready() override;
  int descriptor() const override { return socket_.get(); }

 private:
  Result<std::size_t> receive_packet(std::span<std::byte> buffer, Deadline deadline);
  Result<std::size_t> receive_pieces(std::span<std::byte> buffer, Deadline deadline);
  Result<std::size_t> pieces_in_place(std::span<std::byte> buffer, Deadline deadline);
  Status collect_piece(Deadline deadline);
  Status count_end();
  Result<std::size_t> read(const iovec* parts, int count, Deadline deadline);

  StreamFd socket_;
  std::uint64_t largest_;
  bool pieces_;
  bool sliced_;
  std::uint32_t ends_left_;
  const std::atomic<std::uint32_t>* peer_died_;
  bool closed_ = false;
  OnePacketReader packets_;
  std::vector<std::byte> scratch_;             // one piece
  std::vector<std::vector<std::byte>> parts_;  // unfinished messages, by sender
  std::vector<std::byte>* whole_ = nullptr;    // the one of parts_ that is finished
};

}  // namespace ipcmark
