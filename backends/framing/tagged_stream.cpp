#include "backends/framing/tagged_stream.hpp"

#include <algorithm>
#include <cstring>

namespace ipcmark {
namespace {

constexpr std::size_t payload_bytes = tagged_fragment_bytes - tagged_header_bytes;
constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::uint16_t last = 1;   // the message ends with this fragment
constexpr std::uint16_t hello = 2;  // no message

}  // namespace

struct TaggedReader::Header {
  std::uint16_t sender = 0;
  std::uint16_t flags = 0;
  std::uint32_t length = 0;
};

TaggedWriter::TaggedWriter(StreamFd stream, std::uint32_t sender, std::uint64_t largest_message)
    : stream_(std::move(stream)),
      sender_(static_cast<std::uint16_t>(sender)),
      largest_(largest_message),
      fragment_(tagged_fragment_bytes) {}

Status TaggedWriter::write(std::span<const std::byte> payload, std::uint16_t flags,
                           Deadline deadline) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  std::memcpy(fragment_.data(), &sender_, 2);
  std::memcpy(fragment_.data() + 2, &flags, 2);
  std::memcpy(fragment_.data() + 4, &length, 4);
  if (length != 0) {
    std::memcpy(fragment_.data() + tagged_header_bytes, payload.data(), payload.size());
  }
  const iovec part{fragment_.data(), tagged_header_bytes + payload.size()};
  const auto moved = stream_.write(&part, 1, deadline);
  if (!moved) return tl::make_unexpected(moved.error());
  return {};
}

Status TaggedWriter::announce(Deadline deadline) { return write({}, hello, deadline); }

Status TaggedWriter::send(std::span<const std::byte> message, Deadline deadline) {
  if (message.size() > largest_) return fail(Errc::too_large, "send");
  if (!stream_) return fail(Errc::invalid, "send after close");
  if (!rest_.empty()) [[unlikely]] {
    if (const Status flushed = flush(deadline); !flushed) return flushed;
  }
  std::size_t done = 0;
  do {
    const std::size_t size = std::min(payload_bytes, message.size() - done);
    const bool ends = done + size == message.size();
    const Status written = write(message.subspan(done, size), ends ? last : 0, deadline);
    if (!written) {
      if (done == 0 || !is_wait_over(written.error())) return written;
      rest_.assign(message.begin() + static_cast<std::ptrdiff_t>(done), message.end());
      return {};
    }
    done += size;
  } while (done < message.size());
  return {};
}

Status TaggedWriter::flush(Deadline deadline) {
  while (rest_done_ < rest_.size()) {
    const std::size_t size = std::min(payload_bytes, rest_.size() - rest_done_);
    const bool ends = rest_done_ + size == rest_.size();
    const Status written =
        write(std::span(rest_).subspan(rest_done_, size), ends ? last : 0, deadline);
    if (!written) return written;
    rest_done_ += size;
  }
  rest_.clear();
  rest_done_ = 0;
  return {};
}

Status TaggedWriter::close(Deadline deadline) {
  if (!stream_) return {};
  Status flushed = flush(deadline);
  if (!flushed && is_wait_over(flushed.error())) return flushed;
  stream_.reset();
  return flushed;
}

TaggedReader::TaggedReader(StreamFd stream, std::uint32_t senders, std::uint64_t largest_message)
    : stream_(std::move(stream)),
      largest_(largest_message),
      ahead_(read_bytes + tagged_fragment_bytes),
      parts_(senders) {}

// False unless a whole fragment is held.
bool TaggedReader::front(Header& header) const {
  if (end_ - begin_ < tagged_header_bytes) return false;
  std::memcpy(&header.sender, ahead_.data() + begin_, 2);
  std::memcpy(&header.flags, ahead_.data() + begin_ + 2, 2);
  std::memcpy(&header.length, ahead_.data() + begin_ + 4, 4);
  return header.length > payload_bytes || end_ - begin_ - tagged_header_bytes >= header.length;
}

bool TaggedReader::holds_message() {
  Header header;
  while (whole_ == nullptr && !corrupt_ && front(header)) {
    if (header.sender >= parts_.size() || header.length > payload_bytes ||
        parts_[header.sender].size() + header.length > largest_) {
      corrupt_ = true;
      break;
    }
    auto& part = parts_[header.sender];
    // A message in one fragment is delivered from where it lies.
    if ((header.flags & last) != 0 && part.empty()) return true;
    const std::byte* payload = ahead_.data() + begin_ + tagged_header_bytes;
    part.insert(part.end(), payload, payload + header.length);
    begin_ += tagged_header_bytes + header.length;
    if ((header.flags & hello) != 0) ++announced_;
    if ((header.flags & last) != 0) whole_ = &part;
  }
  return whole_ != nullptr || corrupt_;
}

Result<std::size_t> TaggedReader::deliver(std::span<std::byte> out) {
  if (corrupt_) return fail(Errc::corrupt, "header of a fragment");
  if (whole_ != nullptr) {
    const std::size_t length = whole_->size();
    if (length > out.size()) return fail(Errc::too_large, "receive");
    std::memcpy(out.data(), whole_->data(), length);
    whole_->clear();
    whole_ = nullptr;
    return length;
  }
  Header header;
  front(header);
  if (header.length > out.size()) return fail(Errc::too_large, "receive");
  if (header.length != 0) {
    std::memcpy(out.data(), ahead_.data() + begin_ + tagged_header_bytes, header.length);
  }
  begin_ += tagged_header_bytes + header.length;
  return header.length;
}

Result<std::size_t> TaggedReader::receive(std::span<std::byte> out, Deadline deadline) {
  while (!holds_message()) {
    if (const Status filled = fill(deadline); !filled) {
      return tl::make_unexpected(filled.error());
    }
  }
  return deliver(out);
}

Status TaggedReader::fill(Deadline deadline) {
  const std::size_t held = end_ - begin_;
  if (begin_ != 0 && held != 0) std::memmove(ahead_.data(), ahead_.data() + begin_, held);
  begin_ = 0;
  end_ = held;
  const iovec part{ahead_.data() + end_, read_bytes};
  const auto moved = stream_.read(&part, 1, deadline);
  if (!moved) return tl::make_unexpected(moved.error());
  if (*moved == 0) {
    const bool unfinished =
        held != 0 ||
        std::any_of(parts_.begin(), parts_.end(), [](const auto& bytes) { return !bytes.empty(); });
    return fail(unfinished ? Errc::peer_died : Errc::closed, "read");
  }
  end_ += *moved;
  return {};
}

}  // namespace ipcmark
