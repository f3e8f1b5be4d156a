// Messages over one byte stream with one writer and one reader: a 4-byte length (native order, both
// ends are on this machine), then the payload.
//
// A small message is copied behind its length and leaves in one write; a larger one in one writev.
// The reader takes length and payload in one read. While sizes vary it reads ahead; once they
// repeat it asks for a few messages at most. A large payload goes straight into the caller's
// buffer.
//
// What a steady stream of small messages does is inline: right after a system call each call,
// return and branch more costs several times what it costs in a warm loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "backends/deadline.hpp"
#include "backends/error.hpp"
#include "backends/framing/copy_small.hpp"
#include "backends/framing/stream_fd.hpp"

namespace ipcmark {

// The most one frame can carry.
inline constexpr std::uint64_t largest_frame = std::uint64_t{1} << 30;

// What FrameWriter copies behind a length (together one page), and what FrameReader reads ahead.
inline constexpr std::size_t frame_header_bytes = 4;
inline constexpr std::size_t small_frame_bytes = 4096 - frame_header_bytes;
inline constexpr std::size_t frame_read_bytes = 64 * 1024;

class FrameWriter {
 public:
  FrameWriter(StreamFd stream, std::uint64_t largest_message);

  // As Sender::send. When the deadline comes with a part of the message already in the stream, the
  // message counts as sent: the rest is kept here and goes out first in the next send, flush or
  // close.
  Status send(std::span<const std::byte> message, Deadline deadline) {
    if (!quick_ || message.size() > quick_largest_ || !deadline.is_never()) [[unlikely]]
      return send_any(message, deadline);
    const iovec part = small_frame(message);
    const auto moved = stream_.write(&part, 1, deadline);
    if (moved && *moved == part.iov_len) [[likely]]
      return {};
    return send_rest(moved, part);
  }
  Status flush(Deadline deadline);
  // Keeps the stream open when the rest could not be flushed before the deadline.
  Status close(Deadline deadline);

 private:
  Status send_any(std::span<const std::byte> message, Deadline deadline);
  Status send_rest(const Result<std::size_t>& moved, const iovec& part);
  Status push(iovec* parts, int count, std::size_t total, Deadline deadline);
  iovec small_frame(std::span<const std::byte> message) {
    const auto length = static_cast<std::uint32_t>(message.size());
    std::memcpy(small_.data(), &length, frame_header_bytes);
    copy_small(small_.data() + frame_header_bytes, message.data(), length);
    return {small_.data(), frame_header_bytes + length};
  }

  StreamFd stream_;
  std::uint64_t largest_;
  std::size_t quick_largest_;    // the longest message that is small
  bool quick_ = true;            // open, and no rest to go first
  std::vector<std::byte> rest_;  // of a message cut by a deadline
  std::size_t rest_done_ = 0;
  std::array<std::byte, frame_header_bytes + small_frame_bytes> small_;
};

class FrameReader {
 public:
  FrameReader(StreamFd stream, std::uint64_t largest_message);

  // As Receiver::receive. closed: end of file between frames. peer_died: end of file within one.
  // corrupt: a length above the largest message.
  Result<std::size_t> receive(std::span<std::byte> out, Deadline deadline) {
    if (quick_ == 0) return receive_any(out, deadline);
    const iovec part{ahead_.data(), quick_};
    const auto moved = stream_.read(&part, 1, deadline);
    if (!moved) return moved;
    std::uint32_t length = 0;
    std::memcpy(&length, ahead_.data(), frame_header_bytes);
    if (*moved != quick_ || length != expected_ || length > out.size()) [[unlikely]]
      return receive_other(*moved, out, deadline);
    copy_small(out.data(), ahead_.data() + frame_header_bytes, length);
    return length;
  }
  // A whole message has been read ahead (or its error is known) and needs no system call.
  bool holds_message() const;
  int descriptor() const { return stream_.get(); }

 private:
  std::size_t held() const { return end_ - begin_; }
  Result<std::size_t> receive_any(std::span<std::byte> out, Deadline deadline);
  Result<std::size_t> receive_other(std::size_t moved, std::span<std::byte> out, Deadline deadline);
  Result<std::size_t> end_of_file(bool within_frame);
  Status read_rest(std::byte* out, std::size_t length, std::size_t& have, Deadline deadline);
  Result<std::size_t> finish(std::span<std::byte> out, std::size_t length, std::size_t have,
                             Deadline deadline);
  Result<std::size_t> resume(std::span<std::byte> out, Deadline deadline);
  Status fill(Deadline deadline);
  Result<std::size_t> receive_expected(std::span<std::byte> out, bool& delivered,
                                       Deadline deadline);

  StreamFd stream_;
  std::uint64_t largest_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t expected_ = ~std::size_t{0};  // size of the last message
  bool steady_ = false;                     // the last two were equally long
  // Not 0: nothing is held, and the next frame is probably this long, small, and alone in its read.
  std::size_t quick_ = 0;
  bool broken_ = false;  // the stream ended within a frame
  bool cut_ = false;     // a deadline came within a large payload: partial_ holds what came
  std::vector<std::byte> partial_;  // as long as the whole payload
  std::size_t partial_have_ = 0;
  // Bytes [begin_, end_) are read and not yet delivered.
  std::array<std::byte, frame_header_bytes + frame_read_bytes> ahead_{};
};

}  // namespace ipcmark
