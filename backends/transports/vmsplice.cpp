// vmsplice: a pipe into which the sender maps its pages, vmsplice(2), instead of copying them.
//
// What lies in the pipe is then the sender's own memory, until the receiver has read it, and nobody
// tells the sender when that is. The caller's buffer must be the caller's again after send(); so
// the end of every message, as much as the pipe can hold, is copied into pages of the sender's own,
// and only what comes before it is taken from the caller's memory. A pipe of n slots holds n pages
// at most: when the last n pages have gone in, and all of them are the sender's own, none of the
// caller's is left in it. A message that is not longer than the pipe is thus copied once, and one
// of many times its length hardly at all. The own pages are a ring of twice the pipe's slots: a
// page comes round again only after more than n others have gone in after it. To wait until the
// pipe is drained would do as well, but a channel has to hold a message that nobody receives yet.
//
// A send with a deadline copies everything: it may end with a part of the message in the pipe.
//
// The receiver reads a stream with lengths in front, as that of a pipe does.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/copy_small.hpp"
#include "backends/framing/pair_channel.hpp"
#include "backends/framing/stream_endpoint.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry vmsplice_entry();

namespace {

// One page of a pipe, whatever part of it is used.
constexpr std::size_t slot_bytes = 4096;

// The sender's pages, which follow each other in a ring.
class PageRing {
 public:
  explicit PageRing(std::size_t pages) : pages_(pages) {}
  Status create() {
    void* at = ::mmap(nullptr, pages_ * slot_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED) return fail(Errc::system, "mmap", errno);
    memory_ = Mapping(at, pages_ * slot_bytes);
    return {};
  }
  // At most `wanted` pages in a row from the next on.
  std::span<std::byte> next(std::size_t wanted) const {
    const std::size_t count = std::min(wanted, pages_ - at_);
    return {memory_.data() + at_ * slot_bytes, count * slot_bytes};
  }
  void advance(std::size_t count) { at_ = (at_ + count) % pages_; }

 private:
  std::size_t pages_;
  std::size_t at_ = 0;
  Mapping memory_;
};

constexpr std::size_t pages_for(std::size_t bytes) { return (bytes + slot_bytes - 1) / slot_bytes; }

class VmspliceSender final : public Sender {
 public:
  VmspliceSender(Fd pipe, PageRing ring, std::size_t slots, std::uint64_t largest)
      : pipe_(std::move(pipe)), ring_(std::move(ring)), slots_(slots), largest_(largest) {}

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > largest_) return fail(Errc::too_large, "send");
    if (!pipe_) return fail(Errc::invalid, "send after close");
    if (Status kept = flush(deadline); !kept) return kept;
    const auto length = static_cast<std::uint32_t>(message.size());
    const auto head = std::as_bytes(std::span(&length, 1));
    const std::size_t end = slots_ * slot_bytes;
    if (!deadline.is_never() || message.size() <= end) return push_copy(head, message, deadline);
    if (Status sent = push_in_place(head, message.first(message.size() - end)); !sent) return sent;
    return push_copy({}, message.last(end), deadline);
  }

  Status flush(Deadline deadline) override {
    if (rest_.empty()) [[likely]]
      return {};
    std::vector<std::byte> rest = std::exchange(rest_, {});
    Status sent = push_copy({}, rest, deadline);
    if (!sent) rest_ = std::move(rest);
    if (!sent || rest_.empty()) return sent;
    // A part of it went, and the deadline came.
    return fail(deadline.is_immediate() ? Errc::would_block : Errc::timeout, "vmsplice");
  }

  Status close(Deadline deadline) override {
    if (!pipe_) return {};
    Status flushed = flush(deadline);
    if (!flushed && is_wait_over(flushed.error())) return flushed;
    pipe_.reset();
    return flushed;
  }

 private:
  // Through the own pages. When the deadline comes with a part of it in the pipe it counts as sent,
  // and what is left is kept in rest_.
  Status push_copy(std::span<const std::byte> head, std::span<const std::byte> body,
                   Deadline deadline) {
    bool begun = false;
    while (!head.empty() || !body.empty()) {
      std::span<const std::byte> chunk = fill_pages(head, body);
      while (!chunk.empty()) {
        const iovec part{const_cast<std::byte*>(chunk.data()), chunk.size()};
        const auto moved = push(&part, 1, deadline);
        if (!moved && (!begun || !is_wait_over(moved.error()))) {
          return tl::make_unexpected(moved.error());
        }
        if (!moved) {
          rest_.assign(head.begin(), head.end());
          rest_.insert(rest_.end(), body.begin(), body.end());
          return {};
        }
        begun = true;
        ring_.advance(pages_for(*moved));
        chunk = chunk.subspan(*moved);
        const std::size_t of_head = std::min(head.size(), *moved);
        head = head.subspan(of_head);
        body = body.subspan(*moved - of_head);
      }
    }
    return {};
  }

  // The first bytes of both together, in the next pages of the ring.
  std::span<const std::byte> fill_pages(std::span<const std::byte> head,
                                        std::span<const std::byte> body) const {
    const std::size_t total = head.size() + body.size();
    const auto pages = ring_.next(std::min(pages_for(total), slots_));
    const std::size_t bytes = std::min(total, pages.size());
    copy_small(pages.data(), head.data(), head.size());
    copy_small(pages.data() + head.size(), body.data(), bytes - head.size());
    return pages.first(bytes);
  }

  // The head through an own page, the body where it lies.
  Status push_in_place(std::span<const std::byte> head, std::span<const std::byte> body) {
    const auto page = ring_.next(1);
    std::memcpy(page.data(), head.data(), head.size());
    ring_.advance(1);
    iovec parts[2] = {{page.data(), head.size()},
                      {const_cast<std::byte*>(body.data()), body.size()}};
    // A page goes in whole, so the head is gone after the first call.
    auto moved = push(parts, 2, Deadline::never());
    std::size_t done = moved ? *moved - head.size() : 0;
    while (moved && done < body.size()) {
      parts[1] = {const_cast<std::byte*>(body.data()) + done, body.size() - done};
      moved = push(&parts[1], 1, Deadline::never());
      if (moved) done += *moved;
    }
    if (!moved) return tl::make_unexpected(moved.error());
    return {};
  }

  // At least a page, or the last part of one. Whether vmsplice(2) waits is said call by call.
  Result<std::size_t> push(const iovec* parts, int count, Deadline deadline) {
    const unsigned flags = deadline.is_never() ? 0U : unsigned{SPLICE_F_NONBLOCK};
    for (;;) {
      const ssize_t moved = ::vmsplice(pipe_.get(), parts, static_cast<std::size_t>(count), flags);
      if (moved >= 0) [[likely]]
        return static_cast<std::size_t>(moved);
      if (errno == EINTR) continue;
      if (errno == EPIPE) return fail(Errc::peer_died, "vmsplice", errno);
      if (errno != EAGAIN) return fail(Errc::system, "vmsplice", errno);
      if (const Status waited = wait_for(pipe_.get(), POLLOUT, deadline); !waited) {
        return tl::make_unexpected(waited.error());
      }
    }
  }

  Fd pipe_;
  PageRing ring_;
  std::size_t slots_;  // of the pipe
  std::uint64_t largest_;
  std::vector<std::byte> rest_;  // of a message that a deadline cut
};

// A pipe as small as the machine gives it: the smaller, the less of a large message is copied.
BufferNeed need_of(const ChannelSpec& spec) {
  const std::uint64_t pages = pages_for(spec.largest_message + frame_header_bytes);
  BufferNeed need = pipe_need("vmsplice", spec.depth, spec.largest_message, pages * slot_bytes);
  need.preferred = 0;
  return need;
}

// A filter of system calls is seen by a call that can only fail: of no descriptor.
std::string probe(const ChannelSpec& spec) {
  if (::vmsplice(-1, nullptr, 0, 0) != 0 && is_refusal(errno)) {
    return "vmsplice: " + explain(fail(Errc::system, "vmsplice", errno).value());
  }
  return pipe_unsupported(need_of(spec));
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  auto pipe = create_pipe();
  if (!pipe) return tl::make_unexpected(pipe.error());
  auto granted = grant_pipe(pipe->sending.get(), need_of(spec));
  if (!granted) return tl::make_unexpected(granted.error());
  return make_pair_channel("vmsplice", spec, id, std::move(*pipe), std::move(*granted));
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext&) {
  auto pipe = take_sending_end(address, "vmsplice");
  if (!pipe) return tl::make_unexpected(pipe.error());
  const int bytes = ::fcntl(pipe->get(), F_GETPIPE_SZ);
  if (bytes < 0) return fail(Errc::system, "fcntl F_GETPIPE_SZ", errno);
  const std::size_t slots = static_cast<std::size_t>(bytes) / slot_bytes;
  PageRing ring(2 * slots);
  if (const Status made = ring.create(); !made) return tl::make_unexpected(made.error());
  return std::make_unique<VmspliceSender>(std::move(*pipe), std::move(ring), slots,
                                          address.spec.largest_message);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext&) {
  auto pipe = take_receiving_end(address, "vmsplice");
  if (!pipe) return tl::make_unexpected(pipe.error());
  return std::make_unique<StreamReceiver>(StreamFd{std::move(*pipe), StreamFd::Kind::pipe},
                                          address.spec.largest_message);
}

}  // namespace

BackendEntry vmsplice_entry() {
  BackendEntry entry;
  entry.name = "vmsplice";
  entry.summary = "pipe into which the sender's pages are mapped";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A pipe that takes pages instead of copies, for large messages one way: until they have been "
      "read, the sender must not write to them.";
  entry.snippet = "vmsplice";
  entry.basic = false;
  entry.limits = "pipe-";
  entry.capabilities = single_stream_capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
