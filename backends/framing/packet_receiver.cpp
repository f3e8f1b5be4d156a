#include "backends/framing/packet_receiver.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ipcmark {

PacketReceiver::PacketReceiver(StreamFd socket, const ChannelSpec& spec, std::uint32_t ends,
                               const OpenContext& context)
    : socket_(std::move(socket)),
      largest_(spec.largest_message),
      pieces_(needs_pieces(spec)),
      sliced_(ends != 0),
      ends_left_(ends),
      peer_died_(context.peer_died),
      packets_(pieces_ ? 0 : spec.largest_message),
      scratch_(pieces_ ? packet_bytes : 0),
      parts_(pieces_ ? spec.senders : 0) {}

bool PacketReceiver::ready() {
  return closed_ || packets_.holds_message() || whole_ != nullptr || is_readable(socket_.get());
}

Result<std::size_t> PacketReceiver::read(const iovec* parts, int count, Deadline deadline) {
  for (;;) {
    Deadline until = deadline;
    if (sliced_ && !deadline.is_never() && !deadline.is_immediate()) {
      until = Deadline::at(std::min(deadline.monotonic_ns(), now_ns() + peer_check_interval_ns));
    }
    auto moved = socket_.read(parts, count, until);
    if (moved) {
      if (*moved != 0) [[likely]]
        return moved;
      const auto unfinished = [](const auto& bytes) { return !bytes.empty(); };
      const bool cut = std::any_of(parts_.begin(), parts_.end(), unfinished);
      return fail(cut ? Errc::peer_died : Errc::closed, "read");
    }
    const Error& error = moved.error();
    const bool slice_over =
        deadline.is_never() ? error.sys_errno == EAGAIN : error.code == Errc::timeout;
    if (!sliced_ || !slice_over) return moved;
    if (peer_died_->load(std::memory_order_acquire) != 0) return fail(Errc::peer_died, "read");
    if (deadline.passed()) return moved;
  }
}

// The end of one sender: closed when it was the last.
Status PacketReceiver::count_end() {
  if (ends_left_ == 0) return fail(Errc::corrupt, "end packet");
  if (--ends_left_ != 0) return {};
  closed_ = true;
  return fail(Errc::closed, "read");
}

Result<std::size_t> PacketReceiver::receive(std::span<std::byte> buffer, Deadline deadline) {
  if (closed_) return fail(Errc::closed, "read");
  return pieces_ ? receive_pieces(buffer, deadline) : receive_packet(buffer, deadline);
}

Result<std::size_t> PacketReceiver::receive_packet(std::span<std::byte> buffer, Deadline deadline) {
  return packets_.receive(
      buffer, [&](const iovec* parts, int count) { return read(parts, count, deadline); },
      [&](PacketKind) { return count_end(); });
}

Result<std::size_t> PacketReceiver::receive_pieces(std::span<std::byte> buffer, Deadline deadline) {
  if (parts_.size() == 1 && parts_[0].empty() && whole_ == nullptr && buffer.size() >= largest_) {
    return pieces_in_place(buffer, deadline);
  }
  while (whole_ == nullptr) {
    if (const Status collected = collect_piece(deadline); !collected) {
      return tl::make_unexpected(collected.error());
    }
  }
  const std::size_t length = whole_->size();
  if (length > buffer.size()) return fail(Errc::too_large, "receive");
  if (length != 0) std::memcpy(buffer.data(), whole_->data(), length);
  whole_->clear();
  whole_ = nullptr;
  return length;
}

// One sender and room for any message: each piece goes where it belongs.
Result<std::size_t> PacketReceiver::pieces_in_place(std::span<std::byte> buffer,
                                                    Deadline deadline) {
  std::size_t have = 0;
  for (;;) {
    PacketHeader header;
    const std::size_t room = std::min<std::size_t>(piece_bytes, largest_ - have);
    const iovec parts[2] = {{&header, sizeof header}, {buffer.data() + have, room}};
    const auto moved = read(parts, 2, deadline);
    if (!moved) {
      if (is_wait_over(moved.error())) {
        parts_[0].assign(buffer.data(), buffer.data() + have);
      } else if (moved.error().code == Errc::closed && have != 0) {
        parts_[0].assign(1, std::byte{});  // stays broken
        return fail(Errc::peer_died, "read");
      }
      return moved;
    }
    if (*moved < sizeof header || header.total > largest_) {
      return fail(Errc::corrupt, "header of a packet");
    }
    if (header.flags == packet_is_end) {
      if (const Status ended = count_end(); !ended) return tl::make_unexpected(ended.error());
      continue;
    }
    have += *moved - sizeof header;
    const bool ends = (header.flags & packet_is_last) != 0;
    if (have > header.total || (ends && have != header.total)) {
      return fail(Errc::corrupt, "length of a packet");
    }
    if (ends) return have;
  }
}

Status PacketReceiver::collect_piece(Deadline deadline) {
  const iovec part{scratch_.data(), scratch_.size()};
  const auto moved = read(&part, 1, deadline);
  if (!moved) return tl::make_unexpected(moved.error());
  PacketHeader header;
  if (*moved >= sizeof header) std::memcpy(&header, scratch_.data(), sizeof header);
  if (*moved < sizeof header || header.sender >= parts_.size() || header.total > largest_) {
    return fail(Errc::corrupt, "header of a packet");
  }
  if (header.flags == packet_is_end) return count_end();
  auto& message = parts_[header.sender];
  if (message.empty()) message.reserve(header.total);
  message.insert(message.end(), scratch_.begin() + sizeof header,
                 scratch_.begin() + static_cast<std::ptrdiff_t>(*moved));
  const bool ends = (header.flags & packet_is_last) != 0;
  if (message.size() > header.total || (ends && message.size() != header.total)) {
    return fail(Errc::corrupt, "length of a packet");
  }
  if (ends) whole_ = &message;
  return {};
}

}  // namespace ipcmark
