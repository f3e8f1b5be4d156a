// POSIX message queues (mq_overview(7)).
//
// The queue is unlinked as soon as it is open: an mqd_t is a descriptor on Linux and travels like
// any other, and /dev/mqueue need not be mounted. Messages above fs.mqueue.msgsize_max go in
// pieces.
//
// The end of the channel is an empty piece, told from an empty message by counting those. To mark
// it by a priority of its own would be simpler, but mq_receive then has to hand over the priority
// of each message, which takes 2 % of a stream's rate.
#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "backends/framing/fragments.hpp"
#include "backends/framing/piece_queue.hpp"
#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/bounded_wait.hpp"
#include "backends/kernel/interrupt_timer.hpp"
#include "backends/kernel/sysctl.hpp"
#include "backends/registry.hpp"

namespace ipcmark {

namespace {

constexpr unsigned only_priority = 0;

// As Linux has them by default.
struct Limits {
  std::uint64_t depth = 10;           // fs.mqueue.msg_max
  std::uint64_t default_depth = 10;   // fs.mqueue.msg_default
  std::uint64_t message_size = 8192;  // fs.mqueue.msgsize_max
};

// CAP_SYS_RESOURCE lifts these limits; they are kept to all the same, so that a result does not
// depend on who ran it.
Limits limits() {
  Limits found;
  found.depth = read_sysctl("/proc/sys/fs/mqueue/msg_max").value_or(found.depth);
  found.default_depth =
      read_sysctl("/proc/sys/fs/mqueue/msg_default").value_or(found.default_depth);
  found.message_size = read_sysctl("/proc/sys/fs/mqueue/msgsize_max").value_or(found.message_size);
  return found;
}

// How the queue for a spec is built: no larger than it needs, because all queues of a user share
// RLIMIT_MSGQUEUE (ten of the default size exceed its default).
struct Layout {
  std::uint64_t piece_bytes = 1;         // mq_msgsize
  std::uint64_t pieces = 1;              // mq_maxmsg
  std::uint64_t pieces_per_message = 1;  // of the largest message
  bool fragments = false;

  // What the kernel charges to RLIMIT_MSGQUEUE (getrlimit(2)): per message a struct msg_msg and a
  // struct posix_msg_tree_node, 48 bytes each.
  std::uint64_t charged() const { return pieces * (piece_bytes + 96); }
};

Layout layout_of(const ChannelSpec& spec, const Limits& limit) {
  Layout layout;
  layout.fragments = spec.largest_message > limit.message_size;
  layout.piece_bytes = std::clamp<std::uint64_t>(spec.largest_message, 1, limit.message_size);
  if (layout.fragments) {
    layout.pieces_per_message = pieces_of(spec.largest_message, layout.piece_bytes);
  }
  layout.pieces = spec.depth == 0 ? std::min(limit.default_depth, limit.depth)
                                  : spec.depth * layout.pieces_per_message;
  return layout;
}

Capabilities capabilities(const ChannelSpec& spec) {
  const Layout layout = layout_of(spec, limits());
  Capabilities can = piece_capabilities(spec, layout.piece_bytes);
  can.pollable = true;
  can.survives_peer_kill = true;
  can.depth = static_cast<std::uint32_t>(layout.pieces / layout.pieces_per_message);
  return can;
}

std::string probe(const ChannelSpec& spec) {
  const Limits limit = limits();
  const Layout layout = layout_of(spec, limit);
  if (layout.piece_bytes <= sizeof(PieceHeader) && layout.fragments) {
    return fmt::format(
        "posix_mq: fs.mqueue.msgsize_max ({}) is too small to send in pieces; raise the sysctl",
        limit.message_size);
  }
  if (layout.pieces > limit.depth) {
    if (!layout.fragments) {
      return fmt::format(
          "posix_mq: depth {} exceeds fs.mqueue.msg_max ({}); lower --depth or raise the sysctl",
          spec.depth, limit.depth);
    }
    return fmt::format(
        "posix_mq: depth {} of {} B takes {} pieces of {} B, above fs.mqueue.msg_max ({}); leave "
        "--depth out or raise the sysctl",
        spec.depth, spec.largest_message, layout.pieces, layout.piece_bytes, limit.depth);
  }
  rlimit allowed{};
  if (getrlimit(RLIMIT_MSGQUEUE, &allowed) == 0 && allowed.rlim_cur != RLIM_INFINITY &&
      layout.charged() > allowed.rlim_cur) {
    return fmt::format(
        "posix_mq: the queue takes {} B, above this user's limit of {} B (RLIMIT_MSGQUEUE); raise "
        "it with ulimit -q, or lower --depth",
        layout.charged(), allowed.rlim_cur);
  }
  return {};
}

// EMFILE means two different things here; a descriptor that can be opened tells which.
Error explain_open(int error) {
  if (error == EMFILE) {
    const Fd other(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!other) return {Errc::refused, error, "mq_open"};
    return {Errc::limit, error,
            "mq_open: this user's queues reach RLIMIT_MSGQUEUE; raise it with ulimit -q, or use "
            "fewer or smaller queues at once"};
  }
  if (error == ENOSPC) {
    return {Errc::limit, error, "mq_open: fs.mqueue.queues_max is reached; raise the sysctl"};
  }
  if (error == EINVAL) {
    return {Errc::limit, error, "mq_open: above fs.mqueue.msg_max or msgsize_max; raise them"};
  }
  return fail(Errc::system, "mq_open", error).value();
}

Result<Fd> open_queue(const Layout& layout, Names& names) {
  const Result<std::string> name = names.claim(ObjectKind::posix_queue);
  if (!name) return tl::make_unexpected(name.error());
  mq_attr attributes{};
  attributes.mq_maxmsg = static_cast<long>(layout.pieces);
  attributes.mq_msgsize = static_cast<long>(layout.piece_bytes);
  const std::string path = "/" + *name;
  Fd queue(::mq_open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes));
  const int error = errno;
  if (!queue || is_gone(::mq_unlink(path.c_str()))) names.released(*name);
  if (!queue) return tl::make_unexpected(explain_open(error));
  return queue;
}

class PosixQueue {
 public:
  PosixQueue(Fd queue, ClosedCount counts, std::size_t piece_bytes, const OpenContext& context)
      : queue_(std::move(queue)),
        memory_(piece_bytes),
        peer_died_(context.peer_died),
        counts_(std::move(counts)) {}

  [[gnu::always_inline]] Status put(std::span<const std::byte> head,
                                    std::span<const std::byte> body, bool end, Deadline deadline) {
    if (!head.empty()) [[unlikely]]
      body = join(head, body);
    if (body.empty()) [[unlikely]]
      return put_empty(end, deadline);
    const std::span bytes(reinterpret_cast<const char*>(body.data()), body.size());
    if (deadline.is_never() && interrupt_timer_.is_armed()) [[likely]] {
      if (::mq_send(queue_.get(), bytes.data(), bytes.size(), only_priority) == 0) [[likely]]
        return {};
    }
    return put_blocking(bytes, deadline);
  }

  [[gnu::always_inline]] Result<Piece> get(std::span<std::byte> direct, Deadline deadline) {
    const std::span<std::byte> to = direct.size() >= memory_.size() ? direct : memory_.span();
    if (deadline.is_never() && interrupt_timer_.is_armed()) [[likely]] {
      auto* bytes = reinterpret_cast<char*>(to.data());
      const ssize_t size = ::mq_receive(queue_.get(), bytes, to.size(), nullptr);
      if (size > 0) [[likely]]
        return Piece{to.first(static_cast<std::size_t>(size)), false};
      if (size == 0) return Piece{to.first(0), counts_.empty_was_end()};
    }
    return get_blocking(to, deadline);
  }

  bool pending() {
    pollfd one{queue_.get(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
  }

  int descriptor() const { return queue_.get(); }

 private:
  // Everything but a plain call that succeeds; kept apart, so that nothing of it stands in the way
  // of that one (right after a system call each line of code costs several times what it costs in a
  // warm loop). A plain call that failed is simply made again.
  [[gnu::noinline]] Status put_blocking(std::span<const char> piece, Deadline deadline) {
    const auto call = [&](const timespec* until) -> ssize_t {
      const auto queue = queue_.get();
      if (until == nullptr) return ::mq_send(queue, piece.data(), piece.size(), only_priority);
      return ::mq_timedsend(queue, piece.data(), piece.size(), only_priority, until);
    };
    const Result<std::size_t> sent = retry(call, "mq_send", deadline);
    if (!sent) return tl::make_unexpected(sent.error());
    return {};
  }

  [[gnu::noinline]] Status put_empty(bool end, Deadline deadline) {
    if (!end) counts_.will_put_empty();
    // Not null, which mq_send's declaration forbids even for no bytes.
    const std::span nothing(reinterpret_cast<const char*>(memory_.data()), 0);
    Status put = put_blocking(nothing, deadline);
    if (!put && !end) counts_.did_not_put_empty();
    return put;
  }

  [[gnu::noinline]] Result<Piece> get_blocking(std::span<std::byte> to, Deadline deadline) {
    auto* bytes = reinterpret_cast<char*>(to.data());
    const auto call = [&](const timespec* until) -> ssize_t {
      if (until == nullptr) return ::mq_receive(queue_.get(), bytes, to.size(), nullptr);
      return ::mq_timedreceive(queue_.get(), bytes, to.size(), nullptr, until);
    };
    const Result<std::size_t> size = retry(call, "mq_receive", deadline);
    if (!size) return tl::make_unexpected(size.error());
    return Piece{to.first(*size), *size == 0 && counts_.empty_was_end()};
  }

  // Runs `call` until it is done or the deadline has passed; null: without a limit. never() is the
  // plain call (a timeout costs the kernel a timer each time it sleeps); a timer interrupts it for
  // a look at peer_died. Timed calls try once without a clock read.
  template <class Call>
  Result<std::size_t> retry(const Call& call, const char* operation, Deadline deadline) {
    static constexpr timespec past{0, 0};
    if (deadline.is_never()) {
      if (const Status armed = interrupt_timer_.arm(); !armed)
        return tl::make_unexpected(armed.error());
    }
    const timespec* until = &past;
    timespec slice{};
    for (;;) {
      // What came before a death is still to be had: the try after the look decides.
      const bool died = peer_has_died(peer_died_);
      if (died || deadline.is_never()) until = died ? &past : nullptr;
      const ssize_t done = call(until);
      if (done >= 0) return static_cast<std::size_t>(done);
      if (errno == EINTR) continue;
      if (errno != ETIMEDOUT) return fail(Errc::system, operation, errno);
      if (died) return fail(Errc::peer_died, operation);
      if (deadline.is_immediate()) return fail(Errc::would_block, operation);
      const std::uint64_t left = deadline.remaining_ns();
      if (left == 0) return fail(Errc::timeout, operation);
      slice = real_time_after(std::min(left, peer_check_interval_ns));
      until = &slice;
    }
  }

  std::span<const std::byte> join(std::span<const std::byte> head,
                                  std::span<const std::byte> body) {
    std::memcpy(memory_.data(), head.data(), head.size());
    if (!body.empty()) std::memcpy(memory_.data() + head.size(), body.data(), body.size());
    return {memory_.data(), head.size() + body.size()};
  }

  Fd queue_;
  PieceMemory memory_;  // mq_msgsize bytes: mq_receive takes no smaller buffer
  const std::atomic<std::uint32_t>* peer_died_;
  ClosedCount counts_;
  InterruptTimer interrupt_timer_;
};

Granted granted_by(const ChannelSpec& spec, const Layout& layout) {
  Granted granted;
  const auto depth = layout.pieces / layout.pieces_per_message;
  granted.values["depth"] = static_cast<std::int64_t>(depth);
  granted.values["largest_message"] = static_cast<std::int64_t>(spec.largest_message);
  granted.values["queue_messages"] = static_cast<std::int64_t>(layout.pieces);
  granted.values["queue_message_bytes"] = static_cast<std::int64_t>(layout.piece_bytes);
  if (layout.fragments) granted.note = fmt::format("in pieces of {} B", layout.piece_bytes);
  if (spec.depth == 0 && layout.pieces < Limits{}.default_depth) {
    granted.add_note(fmt::format(
        "a queue of {} messages, shorter than by default ({}), because of fs.mqueue.msg_max or "
        "msg_default",
        layout.pieces, Limits{}.default_depth));
  }
  return granted;
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  const Layout layout = layout_of(spec, limits());
  Result<Fd> queue = open_queue(layout, names);
  if (!queue) return tl::make_unexpected(queue.error());
  Result<Fd> closed = ClosedCount::create();
  if (!closed) return tl::make_unexpected(closed.error());
  Address address = make_address("posix_mq", spec, id);
  address.descriptors.push_back(std::move(*queue));
  address.descriptors.push_back(std::move(*closed));
  return std::make_unique<AddressChannel>(std::move(address), granted_by(spec, layout));
}

// The queue itself says what its pieces are, so both ends agree even if a sysctl changes meanwhile.
Result<std::size_t> piece_bytes_of(const Address& address) {
  mq_attr attributes{};
  if (address.descriptors.size() != 2) return fail(Errc::invalid, "posix_mq: address");
  if (::mq_getattr(address.descriptors[0].get(), &attributes) != 0) {
    return fail(Errc::system, "mq_getattr", errno);
  }
  return static_cast<std::size_t>(attributes.mq_msgsize);
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  const Result<std::size_t> bytes = piece_bytes_of(address);
  if (!bytes) return tl::make_unexpected(bytes.error());
  Result<ClosedCount> closed = ClosedCount::open(address.descriptors[1]);
  if (!closed) return tl::make_unexpected(closed.error());
  Result<ClosedCount> counts = ClosedCount::open(address.descriptors[1]);
  if (!counts) return tl::make_unexpected(counts.error());
  return std::make_unique<PieceSender<PosixQueue>>(std::move(*closed), address.spec, context.index,
                                                   *bytes, std::move(address.descriptors[0]),
                                                   std::move(*counts), *bytes, context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  const Result<std::size_t> bytes = piece_bytes_of(address);
  if (!bytes) return tl::make_unexpected(bytes.error());
  Result<ClosedCount> counts = ClosedCount::open(address.descriptors[1]);
  if (!counts) return tl::make_unexpected(counts.error());
  return std::make_unique<PieceReceiver<PosixQueue>>(
      address.spec, *bytes, std::move(address.descriptors[0]), std::move(*counts), *bytes, context);
}

}  // namespace

BackendEntry posix_mq_entry() {
  BackendEntry entry{"posix_mq", "POSIX message queue (mq_send, mq_receive)"};
  entry.group = MechanismGroup::kernel;
  entry.note =
      "The kernel keeps messages whole and sorts them by priority, whoever lives; number and size "
      "are bounded by system-wide limits (ten of 8 KiB by default).";
  entry.snippet = "posix_mq";
  entry.limits = "mqueue. rlimit.msgqueue";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
