#include "backends/framing/packet_sender.hpp"

#include <algorithm>

namespace ipcmark {

PacketSender::PacketSender(StreamFd socket, const ChannelSpec& spec, std::uint32_t index,
                           std::uint32_t ends)
    : socket_(std::move(socket)),
      largest_(spec.largest_message),
      pieces_(needs_pieces(spec)),
      index_(static_cast<std::uint16_t>(index)),
      ends_(ends) {}

// A packet goes whole or not at all.
Status PacketSender::write(const iovec* parts, int count, Deadline deadline) {
  const auto moved = socket_.write(parts, count, deadline);
  if (!moved) return tl::make_unexpected(moved.error());
  return {};
}

Status PacketSender::send(std::span<const std::byte> message, Deadline deadline) {
  if (message.size() > largest_) return fail(Errc::too_large, "send");
  if (!socket_) return fail(Errc::invalid, "send after close");
  if (pieces_) return send_pieces(message, deadline);
  return packets_.send(
      message, [&](const iovec* parts, int count) { return write(parts, count, deadline); });
}

Status PacketSender::send_piece(std::span<const std::byte> message, std::size_t done,
                                Deadline deadline) {
  const std::size_t size = std::min<std::size_t>(piece_bytes, message.size() - done);
  PacketHeader header;
  header.sender = index_;
  header.flags = done + size == message.size() ? packet_is_last : 0;
  header.total = static_cast<std::uint32_t>(message.size());
  const iovec parts[2] = {{&header, sizeof header}, part_of(message.subspan(done, size))};
  return write(parts, 2, deadline);
}

Status PacketSender::send_pieces(std::span<const std::byte> message, Deadline deadline) {
  if (const Status flushed = flush(deadline); !flushed) return flushed;
  std::size_t done = 0;
  do {
    const Status sent = send_piece(message, done, deadline);
    if (!sent) {
      if (done == 0 || !is_wait_over(sent.error())) return sent;
      rest_.assign(message.begin(), message.end());
      rest_done_ = done;
      return {};
    }
    done += piece_bytes;
  } while (done < message.size());
  return {};
}

Status PacketSender::flush(Deadline deadline) {
  while (rest_done_ < rest_.size()) {
    if (const Status sent = send_piece(rest_, rest_done_, deadline); !sent) return sent;
    rest_done_ += piece_bytes;
  }
  rest_.clear();
  rest_done_ = 0;
  return {};
}

Status PacketSender::send_end(Deadline deadline) {
  PacketKind kind = PacketKind::end;
  PacketHeader header{index_, packet_is_end, 0};
  const iovec part = pieces_ ? iovec{&header, sizeof header} : iovec{&kind, sizeof kind};
  return write(&part, 1, deadline);
}

Status PacketSender::close(Deadline deadline) {
  if (!socket_) return {};
  Status flushed = flush(deadline);
  if (!flushed && is_wait_over(flushed.error())) return flushed;
  for (; flushed && ends_ != 0; --ends_) {
    const Status sent = send_end(deadline);
    if (!sent) {
      if (is_wait_over(sent.error())) return sent;
      // Nobody is left to be told, which is no failure of closing.
      if (sent.error().code != Errc::peer_died) flushed = sent;
      break;
    }
  }
  socket_.reset();
  return flushed;
}

}  // namespace ipcmark
