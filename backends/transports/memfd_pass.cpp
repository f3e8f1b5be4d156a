// memfd_pass: each message is a sealed memfd of its own, passed as a descriptor (SCM_RIGHTS) over a
// Unix SOCK_SEQPACKET socketpair; what Wayland, PipeWire and browsers do between processes that do
// not trust each other.
//
// The sender writes the message into a new memfd and seals it: from then on nobody can change or
// shorten it, so the receiver may map it and read it where it lies (borrow()), or copy it out. The
// packet beside the descriptor holds the length alone. The kernel reports the end of the sender.
//
// The socket's buffer bounds how many are under way: room for `depth` packets, as the kernel counts
// them.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "backends/framing/pair_channel.hpp"
#include "backends/framing/stream_fd.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {

BackendEntry memfd_pass_entry();

namespace {

constexpr std::uint64_t largest_supported = std::uint64_t{1} << 30U;
constexpr std::uint64_t default_depth = 16;
constexpr std::uint64_t default_bytes = std::uint64_t{64} << 20U;
constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
// What the kernel charges to the sender's buffer for a packet this small, rounded up.
constexpr std::uint64_t packet_charge = 1024;

using Length = std::uint64_t;

// Few of a large size: each that is under way is memory of its own.
std::uint64_t depth_of(const ChannelSpec& spec) {
  if (spec.depth != 0) return spec.depth;
  const std::uint64_t fit = default_bytes / std::max<std::uint64_t>(spec.largest_message, 1);
  return std::clamp<std::uint64_t>(fit, 1, default_depth);
}

// The one packet of a message: its length, and room for a descriptor.
struct Packet {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  Length length = 0;
  iovec part{&length, sizeof length};
  msghdr header{};
  Packet() {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }
  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;
  void attach(int fd) {
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  }
  // The descriptor that came with it, if one did.
  Fd detach() {
    const cmsghdr* rights = CMSG_FIRSTHDR(&header);
    if (rights == nullptr || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS ||
        rights->cmsg_len != CMSG_LEN(sizeof(int))) {
      return {};
    }
    int number = -1;
    std::memcpy(&number, CMSG_DATA(rights), sizeof number);
    return Fd(number);
  }
};

Error send_error(int error) {
  if (error == EPIPE || error == ECONNRESET || error == ECONNREFUSED || error == ENOTCONN) {
    return {Errc::peer_died, error, "sendmsg"};
  }
  if (error == ETOOMANYREFS) {
    return {Errc::refused, error,
            "sendmsg: too many descriptors are under way; raise ulimit -n or lower --depth"};
  }
  return fail(Errc::system, "sendmsg", error).value();
}

int send_buffer(int socket) {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  return ::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, &length) == 0 ? bytes : 0;
}

Status write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t moved = ::write(fd, bytes.data(), bytes.size());
    if (moved < 0 && errno == EINTR) continue;
    if (moved < 0) return fail(Errc::system, "write to a memfd", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(moved));
  }
  return {};
}

Status read_all(int fd, std::span<std::byte> bytes) {
  off_t at = 0;
  while (!bytes.empty()) {
    const ssize_t moved = ::pread(fd, bytes.data(), bytes.size(), at);
    if (moved < 0 && errno == EINTR) continue;
    if (moved < 0) return fail(Errc::system, "read of a memfd", errno);
    if (moved == 0) return fail(Errc::corrupt, "length of a memfd");
    at += moved;
    bytes = bytes.subspan(static_cast<std::size_t>(moved));
  }
  return {};
}

class MemfdSender final : public Sender {
 public:
  MemfdSender(Fd socket, const ChannelSpec& spec)
      : socket_(std::move(socket)),
        largest_(spec.largest_message),
        buffer_bytes_(send_buffer(socket_.get())) {}

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (Status may = may_send(message.size()); !may) return may;
    if (!deadline.is_never()) {
      if (Status room = await_room(deadline); !room) return room;
    }
    const Fd file(create_file());
    if (!file) return fail(Errc::system, "memfd_create", errno);
    if (Status written = write_all(file.get(), message); !written) return written;
    return pass(file, message.size(), deadline);
  }

  // Room in the socket is waited for here: publish() has no deadline.
  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    if (Status may = may_send(size); !may) return tl::make_unexpected(may.error());
    if (Status room = await_room(deadline); !room) return tl::make_unexpected(room.error());
    Fd file(create_file());
    if (!file) return fail(Errc::system, "memfd_create", errno);
    if (size != 0) {
      if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) {
        return fail(Errc::system, "ftruncate of a memfd", errno);
      }
      void* at =
          ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file.get(), 0);
      if (at == MAP_FAILED) return fail(Errc::system, "mmap of a memfd", errno);
      place_ = Mapping(at, size);
    }
    loaned_ = std::move(file);
    loaned_bytes_ = size;
    return std::span<std::byte>(place_.data(), size);
  }

  Status publish(std::size_t size) override {
    if (!loaned_ || size > loaned_bytes_) return fail(Errc::invalid, "publish");
    place_ = Mapping();  // what is mapped for writing cannot be sealed
    const Fd file = std::move(loaned_);
    if (size < loaned_bytes_ && ::ftruncate(file.get(), static_cast<off_t>(size)) != 0) {
      return fail(Errc::system, "ftruncate of a memfd", errno);
    }
    return pass(file, size, Deadline::never());
  }

  void abandon() override {
    place_ = Mapping();
    loaned_.reset();
  }

  Status close(Deadline) override {
    abandon();
    socket_.reset();
    return {};
  }

 private:
  static int create_file() {
    return ::memfd_create("ipcmark-message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  }

  Status may_send(std::size_t size) const {
    if (size > largest_) return fail(Errc::too_large, "send");
    if (!socket_ || loaned_) return fail(Errc::invalid, "send");
    return {};
  }

  // poll(2) says that a socket is writable only once a quarter of its buffer is used or less, which
  // is also when the kernel wakes who waits; a packet is taken as long as the buffer is not full.
  Status await_room(Deadline deadline) {
    int used = 0;
    if (::ioctl(socket_.get(), SIOCOUTQ, &used) == 0 && used < buffer_bytes_) return {};
    return wait_for(socket_.get(), POLLOUT, deadline);
  }

  Status pass(const Fd& file, std::size_t size, Deadline deadline) {
    if (::fcntl(file.get(), F_ADD_SEALS, seals) != 0) {
      return fail(Errc::system, "fcntl F_ADD_SEALS", errno);
    }
    Packet packet;
    packet.length = size;
    packet.attach(file.get());
    const int flags = MSG_NOSIGNAL | (deadline.is_never() ? 0 : MSG_DONTWAIT);
    for (;;) {
      if (::sendmsg(socket_.get(), &packet.header, flags) >= 0) [[likely]]
        return {};
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return tl::make_unexpected(send_error(errno));
      if (Status waited = wait_for(socket_.get(), POLLOUT, deadline); !waited) return waited;
    }
  }

  Fd socket_;
  std::uint64_t largest_;
  int buffer_bytes_;
  Fd loaned_;
  std::size_t loaned_bytes_ = 0;
  Mapping place_;
};

class MemfdReceiver final : public Receiver {
 public:
  MemfdReceiver(Fd socket, const ChannelSpec& spec)
      : socket_(std::move(socket)), largest_(spec.largest_message) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (Status there = next(deadline); !there) return tl::make_unexpected(there.error());
    if (size_ > buffer.size()) return fail(Errc::too_large, "receive");
    const Fd file = std::move(file_);
    if (Status copied = read_all(file.get(), buffer.first(size_)); !copied) {
      return tl::make_unexpected(copied.error());
    }
    return size_;
  }

  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    if (Status there = next(deadline); !there) return tl::make_unexpected(there.error());
    if (size_ != 0) {
      // Private: before Linux 6.7 a memfd sealed against writing cannot be mapped otherwise.
      void* at = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file_.get(), 0);
      if (at == MAP_FAILED) return fail(Errc::system, "mmap of a memfd", errno);
      place_ = Mapping(at, size_);
    }
    is_borrowed_ = true;
    return std::span<const std::byte>(place_.data(), size_);
  }
  void release() override {
    if (!std::exchange(is_borrowed_, false)) return;
    place_ = Mapping();
    file_.reset();
  }

  bool ready() override { return static_cast<bool>(file_) || is_readable(socket_.get()); }
  int descriptor() const override { return socket_.get(); }

 private:
  // file_ and size_ of the next message, unless they are those of one that did not fit.
  Status next(Deadline deadline) {
    if (is_borrowed_) return fail(Errc::invalid, "receive");
    if (file_) return {};
    Packet packet;
    const Result<std::size_t> got = take(packet, deadline);
    if (!got) return tl::make_unexpected(got.error());
    if (*got == 0) return fail(Errc::closed, "recvmsg");
    Fd file = packet.detach();
    if ((packet.header.msg_flags & MSG_CTRUNC) != 0) {
      return fail(Errc::refused, "recvmsg: no descriptor is free; raise ulimit -n", EMFILE);
    }
    if (*got != sizeof packet.length || !file || packet.length > largest_) {
      return fail(Errc::corrupt, "packet of a memfd");
    }
    if (Status whole = check(file, packet.length); !whole) return whole;
    file_ = std::move(file);
    size_ = packet.length;
    return {};
  }

  Result<std::size_t> take(Packet& packet, Deadline deadline) {
    const int flags = MSG_CMSG_CLOEXEC | (deadline.is_never() ? 0 : MSG_DONTWAIT);
    for (;;) {
      const ssize_t got = ::recvmsg(socket_.get(), &packet.header, flags);
      if (got >= 0) [[likely]]
        return static_cast<std::size_t>(got);
      if (errno == EINTR) continue;
      if (errno == ECONNRESET) return fail(Errc::peer_died, "recvmsg", errno);
      if (errno != EAGAIN) return fail(Errc::system, "recvmsg", errno);
      if (Status waited = wait_for(socket_.get(), POLLIN, deadline); !waited) {
        return tl::make_unexpected(waited.error());
      }
    }
  }

  // What anybody could still change or cut off is not taken: that is what the seals are for.
  static Status check(const Fd& file, Length length) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return fail(Errc::system, "fstat", errno);
    const int has = ::fcntl(file.get(), F_GET_SEALS);
    if (has < 0 || (has & seals) != seals || static_cast<Length>(status.st_size) != length) {
      return fail(Errc::corrupt, "seals of a memfd");
    }
    return {};
  }

  Fd socket_;
  std::uint64_t largest_;
  Fd file_;
  std::size_t size_ = 0;
  Mapping place_;
  bool is_borrowed_ = false;
};

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can;
  can.many_senders = true;
  can.many_receivers = true;
  can.zero_copy = true;
  can.native_boundaries = true;
  can.pollable = true;
  can.reports_peer_death = true;
  can.survives_peer_kill = true;
  can.largest_message = largest_supported;
  can.depth = static_cast<std::uint32_t>(depth_of(spec));
  if (spec.wait != Wait::block) can.unsupported_reason = "needs a wait other than block";
  if (spec.largest_message > largest_supported)
    can.unsupported_reason = "needs messages above 1GiB";
  return can;
}

// The kernel doubles what it is given; its least is more than one packet.
int wished_buffer(const ChannelSpec& spec) {
  const std::uint64_t half = depth_of(spec) * packet_charge / 2;
  return static_cast<int>(std::min<std::uint64_t>(half, std::numeric_limits<int>::max() / 2));
}

bool size_buffer(int socket, const ChannelSpec& spec) {
  const int half = wished_buffer(spec);
  if (::setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &half, sizeof half) != 0) {
    (void)::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &half, sizeof half);
  }
  return static_cast<std::uint64_t>(send_buffer(socket)) >= depth_of(spec) * packet_charge;
}

std::string probe(const ChannelSpec& spec) {
  const Fd file(::memfd_create("ipcmark-message", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file && is_refusal(errno)) {
    return "memfd_pass: " + explain(fail(Errc::system, "memfd_create", errno).value());
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY &&
      depth_of(spec) >= files.rlim_cur) {
    return fmt::format(
        "memfd_pass: depth {} takes as many descriptors, above this user's limit of {}; lower "
        "--depth or raise ulimit -n",
        depth_of(spec), files.rlim_cur);
  }
  const Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket || size_buffer(socket.get(), spec)) return {};  // create() says what is wrong
  return fmt::format(
      "memfd_pass: depth {} needs a socket buffer of {}, above net.core.wmem_max; lower --depth or "
      "raise the sysctl",
      depth_of(spec), size_text(depth_of(spec) * packet_charge));
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  auto pair = create_socket_pair(SOCK_SEQPACKET);
  if (!pair) return tl::make_unexpected(pair.error());
  const int socket = pair->sending.get();
  if (!size_buffer(socket, spec)) {
    return fail(Errc::limit, "SO_SNDBUF (lower --depth or raise net.core.wmem_max)");
  }
  Granted granted;
  granted.values["buffer_bytes"] = send_buffer(socket);
  granted.values["depth"] = static_cast<std::int64_t>(depth_of(spec));
  return make_pair_channel("memfd_pass", spec, id, std::move(*pair), std::move(granted));
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext&) {
  auto socket = take_sending_end(address, "memfd_pass");
  if (!socket) return tl::make_unexpected(socket.error());
  return std::make_unique<MemfdSender>(std::move(*socket), address.spec);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext&) {
  auto socket = take_receiving_end(address, "memfd_pass");
  if (!socket) return tl::make_unexpected(socket.error());
  return std::make_unique<MemfdReceiver>(std::move(*socket), address.spec);
}

}  // namespace

BackendEntry memfd_pass_entry() {
  BackendEntry entry;
  entry.name = "memfd_pass";
  entry.summary = "a sealed memfd a message, passed over a Unix socket";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "For peers that do not trust each other: what was passed cannot be changed any more, and is "
      "read where it lies. Each message costs a file of its own.";
  entry.snippet = "memfd_pass";
  entry.basic = false;
  entry.limits = "net.";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
