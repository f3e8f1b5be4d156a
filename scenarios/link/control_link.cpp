#include "scenarios/link/control_link.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "backends/kernel/anonymous_file.hpp"

namespace ipcmark {
namespace {

constexpr std::uint32_t packet_magic = 0x49504c31;  // "IPL1"
constexpr std::size_t max_inline = std::size_t{32} * 1024;
constexpr std::size_t max_descriptors = 253;   // the kernel's SCM_MAX_FD
constexpr std::uint32_t more_descriptors = 0;  // the type of no message: continues the one before

struct Header {
  std::uint32_t magic = packet_magic;
  std::uint32_t type = more_descriptors;
  std::uint32_t value = 0;
  std::uint32_t descriptors = 0;  // of the whole message, the text's memfd included
  std::uint64_t id = 0;
  std::uint64_t text_bytes = 0;
  std::uint64_t text_in_memfd = 0;  // then it is the first descriptor
};

using GivenUp = std::function<bool()>;  // empty: never

// poll(2) takes milliseconds; rounded up so that a wait never ends early. In slices where the
// caller may give up in between.
int poll_timeout(Deadline deadline, bool in_slices) {
  constexpr std::uint64_t slice_ms = 200;
  if (deadline.is_immediate()) return 0;
  if (deadline.is_never()) return in_slices ? static_cast<int>(slice_ms) : -1;
  const std::uint64_t ms = (deadline.remaining_ns() + 999'999U) / 1'000'000U;
  return static_cast<int>(std::min<std::uint64_t>(ms, in_slices ? slice_ms : 60'000));
}

Status await(int fd, short events, Deadline deadline, const GivenUp& given_up) {
  if (given_up && given_up()) return fail(Errc::interrupted, "control link");
  // Looked at before the other side is called late: this one may have been stopped meanwhile.
  const bool late = deadline.passed();
  pollfd poll_for{fd, events, 0};
  const int ready = ::poll(&poll_for, 1, late ? 0 : poll_timeout(deadline, given_up != nullptr));
  if (ready < 0 && errno != EINTR) return fail(Errc::system, "poll control link", errno);
  if (ready == 0 && late) {
    return fail(deadline.is_immediate() ? Errc::would_block : Errc::timeout, "control link");
  }
  return {};
}

Result<Fd> text_in_memfd(const std::string& text) {
  auto memfd = create_anonymous_file("ipcmark.message");
  if (!memfd) return memfd;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t put = ::write(memfd->get(), text.data() + done, text.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail(Errc::system, "write memfd", errno);
    done += static_cast<std::size_t>(put);
  }
  return memfd;
}

Result<std::string> text_from_memfd(const Fd& memfd, std::uint64_t bytes) {
  std::string text(bytes, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t got =
        ::pread(memfd.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::system, "read memfd", errno);
    if (got == 0) return fail(Errc::corrupt, "control link: short text");
    done += static_cast<std::size_t>(got);
  }
  return text;
}

bool queue_is_full(int error) {
  return error == EAGAIN || error == ENOBUFS || error == ETOOMANYREFS || error == ENOMEM;
}

Status send_packet(int fd, const Header& header, std::string_view text, std::span<const int> fds,
                   Deadline deadline, const GivenUp& given_up) {
  Header head = header;
  std::array<iovec, 2> parts{{{&head, sizeof head}, {const_cast<char*>(text.data()), text.size()}}};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(max_descriptors * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = text.empty() ? 1 : 2;
  // Address::clone() leaves an empty place where the descriptors had run out.
  if (std::find(fds.begin(), fds.end(), -1) != fds.end()) {
    return fail(Errc::system, "descriptors of a worker", EMFILE);
  }
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* first = CMSG_FIRSTHDR(&message);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(first), fds.data(), fds.size_bytes());
  }
  for (;;) {
    if (::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return {};
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EPIPE || error == ECONNRESET) return fail(Errc::peer_died, "control link", error);
    if (!queue_is_full(error)) return fail(Errc::system, "sendmsg control link", error);
    if (auto waited = await(fd, POLLOUT, deadline, given_up); !waited) return waited;
    // The allowance of descriptors in flight frees itself when the worker reads; no event says so.
    if (error != EAGAIN) ::poll(nullptr, 0, 1);
  }
}

struct Packet {
  Header header;
  std::string text;
};

void take_descriptors(msghdr& message, std::vector<Fd>& into) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    std::vector<int> fds((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(fds.data(), CMSG_DATA(part), fds.size() * sizeof(int));
    for (const int fd : fds) into.emplace_back(fd);
  }
}

Result<Packet> receive_packet(int fd, std::vector<Fd>& descriptors, Deadline deadline) {
  Packet packet;
  packet.text.resize(max_inline);
  std::array<iovec, 2> parts{
      {{&packet.header, sizeof packet.header}, {packet.text.data(), packet.text.size()}}};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(max_descriptors * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ssize_t got = -1;
  for (;;) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    got = ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got >= 0) break;
    if (errno == EINTR) continue;
    // The other side is gone, and had not read all. What it said before is still in the queue, and
    // the error is told only once.
    if (errno == ECONNRESET) continue;
    if (errno != EAGAIN) return fail(Errc::system, "recvmsg control link", errno);
    if (auto waited = await(fd, POLLIN, deadline, {}); !waited) {
      return tl::make_unexpected(waited.error());
    }
  }
  if (got == 0) return fail(Errc::closed, "control link");
  take_descriptors(message, descriptors);
  if ((message.msg_flags & MSG_CTRUNC) != 0) {
    return fail(Errc::system, "descriptors of a worker", EMFILE);
  }
  const auto bytes = static_cast<std::size_t>(got);
  if ((message.msg_flags & MSG_TRUNC) != 0 || bytes < sizeof(Header) ||
      packet.header.magic != packet_magic) {
    return fail(Errc::corrupt, "control link");
  }
  packet.text.resize(bytes - sizeof(Header));
  return packet;
}

}  // namespace

Result<std::pair<ControlLink, ControlLink>> ControlLink::make_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(Errc::system, "socketpair for a control link", errno);
  }
  std::array<Fd, 2> owned{Fd(ends[0]), Fd(ends[1])};
  for (Fd& end : owned) {
    if (end.get() > 3) continue;  // 0 to 3 are what a worker is given
    Fd moved(::fcntl(end.get(), F_DUPFD_CLOEXEC, 4));
    if (!moved) return fail(Errc::system, "descriptors of a control link", errno);
    end = std::move(moved);
  }
  return std::pair{ControlLink(std::move(owned[0])), ControlLink(std::move(owned[1]))};
}

Status ControlLink::send(const LinkMessage& message, Deadline deadline, const GivenUp& given_up) {
  std::vector<int> fds;
  Fd memfd;
  std::string_view text = message.text;
  if (text.size() > max_inline) {
    auto made = text_in_memfd(message.text);
    if (!made) return tl::make_unexpected(made.error());
    memfd = std::move(*made);
    fds.push_back(memfd.get());
    text = {};
  }
  for (const Fd& descriptor : message.descriptors) fds.push_back(descriptor.get());

  Header header;
  header.type = static_cast<std::uint32_t>(message.type);
  header.value = message.value;
  header.id = message.id;
  header.descriptors = static_cast<std::uint32_t>(fds.size());
  header.text_bytes = message.text.size();
  header.text_in_memfd = memfd ? 1 : 0;

  std::span<const int> left(fds);
  do {
    const auto now = left.first(std::min(left.size(), max_descriptors));
    const Status sent = send_packet(socket_.get(), header, text, now, deadline, given_up);
    if (!sent) return sent;
    left = left.subspan(now.size());
    header.type = more_descriptors;
    text = {};
  } while (!left.empty());
  return {};
}

Result<LinkMessage> ControlLink::receive(Deadline deadline) {
  LinkMessage message;
  auto packet = receive_packet(socket_.get(), message.descriptors, deadline);
  if (!packet) return tl::make_unexpected(packet.error());
  const Header header = packet->header;
  message.type = static_cast<MessageType>(header.type);
  message.value = header.value;
  message.id = header.id;
  message.text = std::move(packet->text);
  while (message.descriptors.size() < header.descriptors) {
    const std::size_t before = message.descriptors.size();
    // The rest is on its way: the sender does not stop in the middle unless it dies.
    auto more = receive_packet(socket_.get(), message.descriptors,
                               deadline.is_immediate() ? Deadline::after(1'000'000'000) : deadline);
    if (!more) return tl::make_unexpected(more.error());
    if (more->header.type != more_descriptors || message.descriptors.size() == before) {
      return fail(Errc::corrupt, "control link: descriptors missing");
    }
  }
  if (header.text_in_memfd != 0) {
    if (message.descriptors.empty()) return fail(Errc::corrupt, "control link: no text");
    auto text = text_from_memfd(message.descriptors.front(), header.text_bytes);
    if (!text) return tl::make_unexpected(text.error());
    message.text = std::move(*text);
    message.descriptors.erase(message.descriptors.begin());
  }
  return message;
}

bool ControlLink::hung_up() const {
  pollfd poll_for{socket_.get(), 0, 0};
  return ::poll(&poll_for, 1, 0) > 0 && (poll_for.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

}  // namespace ipcmark
