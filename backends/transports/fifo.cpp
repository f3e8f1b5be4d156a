// fifo: a named pipe, mkfifo(3), opened by its path.
//
// The receiver opens without waiting; a sender's open waits for it (fifo(7)). End of file means
// "nobody writes", also before anybody did, so the receiver must know who has come. With one sender
// poll(2) tells: a description opened while nobody wrote reports no hang-up before the first
// writer. With several, each sender's first fragment announces it, and the receiver keeps a write
// end of its own until all have come.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/stream_endpoint.hpp"
#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/interrupt_timer.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry fifo_entry();

namespace {

constexpr std::uint64_t page_bytes = 4096;

BufferNeed need_of(const ChannelSpec& spec) {
  const std::uint64_t bytes =
      spec.senders > 1
          ? (spec.largest_message / (tagged_fragment_bytes - tagged_header_bytes) + 1) * page_bytes
          : pipe_bytes_per_message(spec.largest_message + frame_header_bytes);
  return pipe_need("fifo", spec.depth, spec.largest_message, bytes);
}

Capabilities capabilities(const ChannelSpec& spec) {
  const char* refusal = "";
  // Its senders announce themselves, and one receiver would take what all must see.
  if (spec.receivers > 1) refusal = "needs many_receivers";
  if (spec.senders > max_tagged_senders) refusal = "needs more than 65535 senders";
  Capabilities can = stream_capabilities(spec, refusal);
  can.many_senders = true;
  can.fragments =
      spec.senders > 1 && spec.largest_message + tagged_header_bytes > tagged_fragment_bytes;
  return can;
}

std::string probe(const ChannelSpec& spec) { return pipe_unsupported(need_of(spec)); }

// With O_NONBLOCK in `mode` it does not wait for the other end.
Result<Fd> open_fifo(const std::string& path, int mode) {
  Fd fd{::open(path.c_str(), mode | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd) return fail(Errc::system, "open of a FIFO", errno);
  struct stat status {};
  if (fstat(fd.get(), &status) != 0 || !S_ISFIFO(status.st_mode)) {
    return fail(Errc::corrupt, "no FIFO at its path");
  }
  return fd;
}

// The description is this process's own, so its flags may be changed.
Status make_blocking(const Fd& fd) {
  const int flags = fcntl(fd.get(), F_GETFL);
  if (flags < 0 || fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) {
    return fail(Errc::system, "fcntl F_SETFL", errno);
  }
  return {};
}

// Waits for the descriptor in slices: no kernel object ends a wait for a sender that never comes.
Status wait_for_sender(int fd, Deadline deadline, const std::atomic<std::uint32_t>* peer_died) {
  if (deadline.is_immediate()) {
    if (is_readable(fd)) return {};
    return fail(Errc::would_block, "poll");
  }
  for (;;) {
    std::uint64_t end = now_ns() + peer_check_interval_ns;
    if (!deadline.is_never()) end = std::min(end, deadline.monotonic_ns());
    const Status waited = wait_for(fd, POLLIN, Deadline::at(end));
    if (waited || waited.error().code != Errc::timeout) return waited;
    if (peer_died->load(std::memory_order_acquire) != 0) return fail(Errc::peer_died, "poll");
    if (deadline.passed()) return waited;
  }
}

class FifoReceiver final : public StreamReceiver {
 public:
  FifoReceiver(StreamFd stream, std::uint64_t largest_message, const OpenContext& context)
      : StreamReceiver(std::move(stream), largest_message), peer_died_(context.peer_died) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (!met_) [[unlikely]]
      return meet(buffer, deadline);
    return reader_.receive(buffer, deadline);
  }

 private:
  // The first message. Without a sender a read says end of file; poll(2) would tell that from a
  // sender that has left, but a pipe that was polled once wakes up pollers at each write ever after
  // (poll_usage in Linux' fs/pipe.c), which takes 8 % of a stream's rate. So it is asked only when
  // there is no sender yet.
  [[gnu::noinline]] Result<std::size_t> meet(std::span<std::byte> buffer, Deadline deadline) {
    const auto first = reader_.receive(buffer, Deadline::immediate());
    if (first) met_ = true;
    if (first || (first.error().code != Errc::would_block && first.error().code != Errc::closed)) {
      return first;
    }
    if (first.error().code == Errc::closed) {
      const Status waited = wait_for_sender(reader_.descriptor(), deadline, peer_died_);
      if (!waited) return tl::make_unexpected(waited.error());
    }
    met_ = true;
    return reader_.receive(buffer, deadline);
  }

  const std::atomic<std::uint32_t>* peer_died_;
  bool met_ = false;  // the sender has come
};

class ManyFifoReceiver final : public TaggedReceiver {
 public:
  ManyFifoReceiver(TaggedReader reader, Fd keep_open, std::uint32_t senders,
                   const OpenContext& context)
      : TaggedReceiver(std::move(reader)),
        keep_open_(std::move(keep_open)),
        senders_(senders),
        peer_died_(context.peer_died) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    while (keep_open_) {
      const bool holds = reader_.holds_message();
      if (reader_.announced() == senders_) keep_open_.reset();
      if (holds) return reader_.receive(buffer, Deadline::immediate());
      if (!keep_open_) break;
      const Status waited = wait_for_sender(reader_.descriptor(), deadline, peer_died_);
      if (!waited) return tl::make_unexpected(waited.error());
      auto got = reader_.receive(buffer, Deadline::immediate());
      if (got || got.error().code != Errc::would_block) return got;
    }
    return reader_.receive(buffer, deadline);
  }

 private:
  Fd keep_open_;  // a write end: no end of file before every sender has come
  std::uint32_t senders_;
  const std::atomic<std::uint32_t>* peer_died_;
};

// Opens both ends for a moment, to see whether the size is granted; it does not outlast them.
Result<Granted> try_size(const std::string& path, const ChannelSpec& spec) {
  const auto both = open_fifo(path, O_RDWR | O_NONBLOCK);
  if (!both) return tl::make_unexpected(both.error());
  return grant_pipe(both->get(), need_of(spec),
                    capabilities(spec).fragments ? "fragments of 4096 B" : "");
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  auto path = names.claim(ObjectKind::file);
  if (!path) return tl::make_unexpected(path.error());
  if (::mkfifo(path->c_str(), 0600) != 0) {
    const int error = errno;
    names.released(*path);
    return fail(Errc::system, "mkfifo", error);
  }
  Address address = make_address("fifo", spec, id);
  address.name = *path;
  auto channel = std::make_unique<PathChannel>(std::move(address), Granted{}, names);
  auto granted = try_size(*path, spec);
  if (!granted) return tl::make_unexpected(granted.error());
  channel->grant(std::move(*granted));
  return channel;
}

// open(2) waits for the reader by itself, and a InterruptTimer lets it look up. Where it must not
// wait for long, or there are no timers, tries with pauses between them have to do.
Result<Fd> open_write_end(const std::string& path, const OpenContext& context) {
  InterruptTimer interrupt_timer;
  const bool waits = context.deadline.is_never() && interrupt_timer.arm();
  for (;;) {
    auto fd = open_fifo(path, waits ? O_WRONLY : O_WRONLY | O_NONBLOCK);
    if (fd || (fd.error().sys_errno != ENXIO && fd.error().sys_errno != EINTR)) return fd;
    if (context.peer_died->load(std::memory_order_acquire) != 0) {
      return fail(Errc::peer_died, "open of a FIFO");
    }
    if (context.deadline.passed()) {
      const bool tried = context.deadline.is_immediate();
      return fail(tried ? Errc::would_block : Errc::timeout, "open of a FIFO");
    }
    if (waits) continue;
    const timespec pause{0, 200'000};
    nanosleep(&pause, nullptr);
  }
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto fd = open_write_end(address.name, context);
  if (!fd) return tl::make_unexpected(fd.error());
  if (const Status set = make_blocking(*fd); !set) return tl::make_unexpected(set.error());
  StreamFd stream{std::move(*fd), StreamFd::Kind::pipe};
  const std::uint64_t largest = address.spec.largest_message;
  if (address.spec.senders == 1) {
    return std::make_unique<StreamSender>(std::move(stream), largest);
  }
  TaggedWriter writer{std::move(stream), context.index, largest};
  if (const Status said = writer.announce(context.deadline); !said) {
    return tl::make_unexpected(said.error());
  }
  return std::make_unique<TaggedSender>(std::move(writer));
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  auto fd = open_fifo(address.name, O_RDONLY | O_NONBLOCK);
  if (!fd) return tl::make_unexpected(fd.error());
  const auto sized = size_pipe(fd->get(), need_of(address.spec));
  if (!sized) return tl::make_unexpected(sized.error());
  Fd keep_open;
  if (address.spec.senders > 1) {
    auto writing = open_fifo(address.name, O_WRONLY | O_NONBLOCK);
    if (!writing) return tl::make_unexpected(writing.error());
    keep_open = std::move(*writing);
  }
  if (const Status set = make_blocking(*fd); !set) return tl::make_unexpected(set.error());
  StreamFd stream{std::move(*fd), StreamFd::Kind::pipe};
  const std::uint64_t largest = address.spec.largest_message;
  if (address.spec.senders == 1) {
    return std::make_unique<FifoReceiver>(std::move(stream), largest, context);
  }
  return std::make_unique<ManyFifoReceiver>(
      TaggedReader{std::move(stream), address.spec.senders, largest}, std::move(keep_open),
      address.spec.senders, context);
}

}  // namespace

BackendEntry fifo_entry() {
  BackendEntry entry;
  entry.name = "fifo";
  entry.summary = "named pipe opened by path, framed stream";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A pipe with a name in the file system, for unrelated processes: opening waits for the other "
      "side, and the name must be removed.";
  entry.snippet = "fifo";
  entry.limits = "pipe-";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
