#include "backends/framing/uring_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "backends/framing/copy_small.hpp"

namespace ipcmark {
namespace {

// From here on the payload is read into place rather than copied.
constexpr std::size_t placed_from = 2048;

// readv, writev, recvmsg or sendmsg of these parts.
void begin_vector(IoRing& ring, int fd, UringStream kind, bool writes, const iovec* parts,
                  int count, bool waits, msghdr& header) {
  if (kind == UringStream::socket) {
    header = {};
    header.msg_iov = const_cast<iovec*>(parts);
    header.msg_iovlen = static_cast<std::size_t>(count);
    const unsigned flags =
        (writes ? unsigned{MSG_NOSIGNAL} : 0U) | (waits ? 0U : unsigned{MSG_DONTWAIT});
    ring.begin(writes ? IORING_OP_SENDMSG : IORING_OP_RECVMSG, fd, &header, 1, flags);
    return;
  }
  ring.begin(writes ? IORING_OP_WRITEV : IORING_OP_READV, fd, parts,
             static_cast<std::uint32_t>(count), waits ? 0U : unsigned{RWF_NOWAIT});
}

// write, read, send or recv of one part.
void begin_single(IoRing& ring, int fd, UringStream kind, bool writes, const iovec& part,
                  bool waits) {
  const auto length = static_cast<std::uint32_t>(part.iov_len);
  if (kind == UringStream::socket) {
    const unsigned flags =
        (writes ? unsigned{MSG_NOSIGNAL} : 0U) | (waits ? 0U : unsigned{MSG_DONTWAIT});
    ring.begin(writes ? IORING_OP_SEND : IORING_OP_RECV, fd, part.iov_base, length, flags);
    return;
  }
  ring.begin(writes ? IORING_OP_WRITE : IORING_OP_READ, fd, part.iov_base, length,
             waits ? 0U : unsigned{RWF_NOWAIT});
}

}  // namespace

UringSender::UringSender(Fd fd, UringStream kind, IoRing ring, std::uint64_t largest_message)
    : fd_(std::move(fd)),
      kind_(kind),
      ring_(std::move(ring)),
      largest_(largest_message),
      small_(frame_header_bytes + small_frame_bytes) {}

Status UringSender::send(std::span<const std::byte> message, Deadline deadline) {
  if (message.size() > largest_) return fail(Errc::too_large, "send");
  if (!fd_) return fail(Errc::invalid, "send after close");
  if (!rest_.empty()) [[unlikely]] {
    if (const Status flushed = flush(deadline); !flushed) return flushed;
  }
  auto length = static_cast<std::uint32_t>(message.size());
  if (message.size() <= small_frame_bytes) {
    std::memcpy(small_.data(), &length, frame_header_bytes);
    copy_small(small_.data() + frame_header_bytes, message.data(), message.size());
    iovec part{small_.data(), frame_header_bytes + message.size()};
    return deadline.is_never() ? push_now(part) : push(&part, 1, deadline);
  }
  iovec parts[2] = {{&length, frame_header_bytes},
                    {const_cast<std::byte*>(message.data()), message.size()}};
  return push(parts, 2, deadline);
}

// As push() of one part without a deadline, with nothing between here and the system call that
// writes it all.
Status UringSender::push_now(iovec part) {
  const bool is_pipe = kind_ == UringStream::pipe;
  const std::uint32_t flags = is_pipe ? 0U : unsigned{MSG_NOSIGNAL};
  std::int32_t moved = 0;
  if (!ring_.run(is_pipe ? IORING_OP_WRITE : IORING_OP_SEND, fd_.get(), part.iov_base,
                 static_cast<std::uint32_t>(part.iov_len), flags, moved)) {
    const auto ended = ring_.finish(Deadline::never());
    if (!ended) return tl::make_unexpected(ended.error());
    moved = *ended;
  }
  if (static_cast<std::size_t>(moved) == part.iov_len) [[likely]]
    return {};
  if (moved > 0) {
    part.iov_base = static_cast<std::byte*>(part.iov_base) + moved;
    part.iov_len -= static_cast<std::size_t>(moved);
  }
  return push(&part, 1, Deadline::never());  // says what an error means, since it meets it again
}

// All of the parts. When the deadline comes with something written, the rest is kept and they count
// as sent.
Status UringSender::push(iovec* parts, int count, Deadline deadline) {
  bool begun = false;
  while (count != 0) {
    const auto moved = write(parts, count, deadline);
    if (!moved) {
      if (!begun || !is_wait_over(moved.error())) return tl::make_unexpected(moved.error());
      for (int i = 0; i < count; ++i) {
        const auto* bytes = static_cast<const std::byte*>(parts[i].iov_base);
        rest_.insert(rest_.end(), bytes, bytes + parts[i].iov_len);
      }
      return {};
    }
    begun = true;
    std::size_t done = *moved;
    while (count != 0 && done >= parts->iov_len) {
      done -= parts->iov_len;
      ++parts;
      --count;
    }
    if (count == 0) break;
    parts->iov_base = static_cast<std::byte*>(parts->iov_base) + done;
    parts->iov_len -= done;
  }
  return {};
}

Result<std::int32_t> UringSender::hand_over(const iovec* parts, int count, bool waits) {
  if (count == 1) {
    begin_single(ring_, fd_.get(), kind_, true, *parts, waits);
  } else {
    begin_vector(ring_, fd_.get(), kind_, true, parts, count, waits, header_);
  }
  return ring_.finish(Deadline::never());
}

Result<std::size_t> UringSender::write(const iovec* parts, int count, Deadline deadline) {
  for (;;) {
    const auto moved = hand_over(parts, count, deadline.is_never());
    if (!moved) return tl::make_unexpected(moved.error());
    if (*moved >= 0) [[likely]]
      return static_cast<std::size_t>(*moved);
    const int error = -*moved;
    if (error == EINTR) continue;
    if (error == EPIPE || error == ECONNRESET) return fail(Errc::peer_died, "write", error);
    if (error != EAGAIN) return fail(Errc::system, "write by io_uring", error);
    if (const Status waited = wait_for(fd_.get(), POLLOUT, deadline); !waited) {
      return tl::make_unexpected(waited.error());
    }
  }
}

Status UringSender::flush(Deadline deadline) {
  while (rest_done_ < rest_.size()) {
    const iovec part{rest_.data() + rest_done_, rest_.size() - rest_done_};
    const auto moved = write(&part, 1, deadline);
    if (!moved) return tl::make_unexpected(moved.error());
    rest_done_ += *moved;
  }
  rest_.clear();
  rest_done_ = 0;
  return {};
}

Status UringSender::close(Deadline deadline) {
  if (!fd_) return {};
  Status flushed = flush(deadline);
  if (!flushed && is_wait_over(flushed.error())) return flushed;
  fd_.reset();
  return flushed;
}

// Memory for any message and for a read ahead of it; pages that are never used are never touched.
UringReceiver::UringReceiver(Fd fd, UringStream kind, IoRing ring, std::uint64_t largest_message)
    : fd_(std::move(fd)),
      kind_(kind),
      ring_(std::move(ring)),
      largest_(largest_message),
      memory_bytes_(frame_header_bytes + static_cast<std::size_t>(largest_message) +
                    frame_read_bytes),
      memory_(std::make_unique_for_overwrite<std::byte[]>(memory_bytes_)) {}

// The kernel must not write to memory that is no more.
UringReceiver::~UringReceiver() {
  if (ring_.is_busy()) (void)ring_.cancel();
}

bool UringReceiver::holds_length(std::uint32_t& length) const {
  if (held() < frame_header_bytes) return false;
  std::memcpy(&length, memory_.get() + begin_, frame_header_bytes);
  return true;
}

bool UringReceiver::holds_message() const {
  std::uint32_t length = 0;
  if (!holds_length(length)) return false;
  return length > largest_ || held() - frame_header_bytes >= length;
}

tl::unexpected<Error> UringReceiver::end_of_stream() {
  ended_ = true;
  return fail(held() == 0 ? Errc::closed : Errc::peer_died, "read by io_uring");
}

Result<std::size_t> UringReceiver::receive(std::span<std::byte> buffer, Deadline deadline) {
  for (;;) {
    std::uint32_t length = 0;
    if (holds_length(length)) {
      if (length > largest_) return fail(Errc::corrupt, "length of a frame");
      const std::size_t have = held() - frame_header_bytes;
      if (have >= length || (deadline.is_never() && !ring_.is_busy())) {
        return take(length, buffer);
      }
    } else if (held() == 0 && expected_ >= placed_from && buffer.size() >= expected_ &&
               deadline.is_never() && !ring_.is_busy()) {
      std::size_t size = 0;
      const auto placed = read_expected(buffer, size);
      if (!placed) return tl::make_unexpected(placed.error());
      if (*placed) return size;
      continue;
    }
    if (const Status filled = fill(deadline); !filled) {
      return tl::make_unexpected(filled.error());
    }
  }
}

// The first message held: what of it is held, and the rest straight from the stream.
Result<std::size_t> UringReceiver::take(std::uint32_t length, std::span<std::byte> buffer) {
  if (length > buffer.size()) return fail(Errc::too_large, "receive");
  const std::size_t have = std::min<std::size_t>(held() - frame_header_bytes, length);
  copy_small(buffer.data(), memory_.get() + begin_ + frame_header_bytes, have);
  steady_ = length == expected_;
  expected_ = length;
  if (have < length) {
    if (const Status rest = read_rest(buffer.subspan(have, length - have)); !rest) {
      return tl::make_unexpected(rest.error());
    }
  }
  begin_ += frame_header_bytes + have;
  if (begin_ == end_) begin_ = end_ = 0;
  return length;
}

Status UringReceiver::read_rest(std::span<std::byte> rest) {
  while (!rest.empty()) {
    const iovec part{rest.data(), rest.size()};
    const auto moved = read(&part, 1, Deadline::never());
    if (!moved) return tl::make_unexpected(moved.error());
    if (*moved == 0) {
      ended_ = true;
      return fail(Errc::peer_died, "read by io_uring");
    }
    rest = rest.subspan(*moved);
  }
  return {};
}

// Nothing is held, and the next message is probably as long as the last: one read puts its length
// and its payload where each belongs. False: it was not, and what came is held.
Result<bool> UringReceiver::read_expected(std::span<std::byte> buffer, std::size_t& size) {
  std::uint32_t length = 0;
  const iovec parts[2] = {{&length, frame_header_bytes}, {buffer.data(), expected_}};
  const auto moved = read(parts, 2, Deadline::never());
  if (!moved) return tl::make_unexpected(moved.error());
  if (*moved == 0) return end_of_stream();
  const std::size_t front = std::min(*moved, frame_header_bytes);
  const std::size_t placed = *moved - front;
  if (front == frame_header_bytes && length == expected_) {
    size = length;
    if (const Status rest = read_rest(buffer.subspan(placed, length - placed)); !rest) {
      return tl::make_unexpected(rest.error());
    }
    return true;
  }
  // The memory is as large as any message and a read ahead, and this is no more.
  std::memcpy(memory_.get(), &length, front);
  std::memcpy(memory_.get() + front, buffer.data(), placed);
  begin_ = 0;
  end_ = *moved;
  steady_ = false;
  expected_ = 0;
  return false;
}

// How much a read ahead asks for. Of a pipe in which the last two messages were equally long no
// more than the next one: a reader that empties it at every read sleeps at once, and the writer
// pays for waking it with every message (framed_stream.cpp).
std::size_t UringReceiver::wanted() const {
  std::uint32_t length = 0;
  if (holds_length(length) && length > frame_read_bytes) return memory_bytes_;
  const std::size_t frame = frame_header_bytes + expected_;
  if (kind_ == UringStream::pipe && steady_ && held() < frame) return frame - held();
  return frame_read_bytes;
}

// Reads ahead: at least a byte more is held afterwards.
Status UringReceiver::fill(Deadline deadline) {
  if (ended_) return end_of_stream();
  if (!ring_.is_busy()) {
    if (begin_ != 0) {
      std::memmove(memory_.get(), memory_.get() + begin_, held());
      end_ -= begin_;
      begin_ = 0;
    }
    parts_[0] = {memory_.get() + end_, memory_bytes_ - end_};
    parts_[0].iov_len = std::min(parts_[0].iov_len, wanted());
  }
  const auto moved = read(parts_, 1, deadline);
  if (!moved) return tl::make_unexpected(moved.error());
  if (*moved == 0) return end_of_stream();
  end_ += *moved;
  return {};
}

// Goes on with the read that is under way, if one is: always of parts_[0].
Result<std::size_t> UringReceiver::read(const iovec* parts, int count, Deadline deadline) {
  for (;;) {
    if (!ring_.is_busy()) {
      if (count == 1) {
        begin_single(ring_, fd_.get(), kind_, false, *parts, true);
      } else {
        begin_vector(ring_, fd_.get(), kind_, false, parts, count, true, header_);
      }
    }
    const auto moved = ring_.finish(deadline);
    if (!moved) return tl::make_unexpected(moved.error());
    if (*moved >= 0) [[likely]]
      return static_cast<std::size_t>(*moved);
    const int error = -*moved;
    if (error == EINTR || error == EAGAIN) continue;
    if (error == ECONNRESET) return fail(Errc::peer_died, "read by io_uring", error);
    return fail(Errc::system, "read by io_uring", error);
  }
}

bool UringReceiver::ready() {
  while (!holds_message()) {
    const Status filled = fill(Deadline::immediate());
    if (!filled) return !is_wait_over(filled.error());
  }
  return true;
}

}  // namespace ipcmark
