// Messages over one byte stream, moved by an io_uring of each endpoint: a 4-byte length, then the
// payload, as framed_stream.hpp has them. A send without a deadline is one operation that is handed
// over and waited for at once; so is a receive.
//
// A receiver that waits with a deadline, or is in a wait set, leaves its read under way: what comes
// then is in the receiver's own memory, and descriptor() tells of it. A sender with a deadline
// tries, and waits with poll(2): a write cannot be left under way, because the message is the
// caller's again.
#pragma once

#include <memory>
#include <vector>

#include "backends/framing/framed_stream.hpp"
#include "backends/kernel/io_ring.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

enum class UringStream : std::uint8_t { pipe, socket };

class UringSender final : public Sender {
 public:
  UringSender(Fd fd, UringStream kind, IoRing ring, std::uint64_t largest_message);

  Status send(std::span<const std::byte> message, Deadline deadline) override;
  Status flush(Deadline deadline) override;
  Status close(Deadline deadline) override;

 private:
  Status push_now(iovec part);
  Status push(iovec* parts, int count, Deadline deadline);
  Result<std::size_t> write(const iovec* parts, int count, Deadline deadline);
  Result<std::int32_t> hand_over(const iovec* parts, int count, bool waits);

  Fd fd_;
  UringStream kind_;
  IoRing ring_;
  std::uint64_t largest_;
  std::vector<std::byte> small_;
  std::vector<std::byte> rest_;  // of a message that a deadline cut
  std::size_t rest_done_ = 0;
  msghdr header_{};
};

class UringReceiver final : public Receiver {
 public:
  UringReceiver(Fd fd, UringStream kind, IoRing ring, std::uint64_t largest_message);
  ~UringReceiver() override;

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override;
  bool ready() override;
  int descriptor() const override { return ring_.defers() ? fd_.get() : ring_.descriptor(); }

 private:
  std::size_t held() const { return end_ - begin_; }
  // Of the first message held; nothing: not even its length is.
  bool holds_length(std::uint32_t& length) const;
  bool holds_message() const;
  std::size_t wanted() const;
  Status fill(Deadline deadline);
  Result<std::size_t> read(const iovec* parts, int count, Deadline deadline);
  Status read_rest(std::span<std::byte> rest);
  Result<bool> read_expected(std::span<std::byte> buffer, std::size_t& size);
  Result<std::size_t> take(std::uint32_t length, std::span<std::byte> buffer);
  tl::unexpected<Error> end_of_stream();

  Fd fd_;
  UringStream kind_;
  IoRing ring_;
  std::uint64_t largest_;
  std::size_t memory_bytes_;
  std::unique_ptr<std::byte[]> memory_;  // [begin_, end_) is read and not yet delivered
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t expected_ = 0;  // the size of the last message
  bool steady_ = false;       // the last two were equally long
  bool ended_ = false;
  iovec parts_[2]{};
  msghdr header_{};
};

}  // namespace ipcmark
