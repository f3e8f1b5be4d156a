// System V message queues (svipc(7)).
//
// A queue has no descriptor: it is named by a key from the run's manifest and removed with the
// channel. The message type tells data from the end of the channel; receivers take whatever is
// first. Messages above kernel.msgmax go in pieces. There are no timed calls: they poll, at most
// 1 ms late.
#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/copy_small.hpp"
#include "backends/framing/fragments.hpp"
#include "backends/framing/piece_queue.hpp"
#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/interrupt_timer.hpp"
#include "backends/kernel/sysctl.hpp"
#include "backends/registry.hpp"

namespace ipcmark {

namespace {

constexpr long data_type = 1;
constexpr long end_type = 2;

// As Linux has them by default.
struct Limits {
  std::uint64_t message_size = 8192;  // kernel.msgmax
  std::uint64_t queue_bytes = 16384;  // kernel.msgmnb
};

Limits limits() {
  Limits found;
  found.message_size = read_sysctl("/proc/sys/kernel/msgmax").value_or(found.message_size);
  found.queue_bytes = read_sysctl("/proc/sys/kernel/msgmnb").value_or(found.queue_bytes);
  return found;
}

struct Layout {
  std::uint64_t piece_bytes = 0;         // the most one msgsnd carries
  std::uint64_t queue_bytes = 0;         // msg_qbytes
  std::uint64_t pieces_per_message = 1;  // of the largest message
  bool fragments = false;
  std::uint64_t depth = 0;  // messages of the largest size
};

// A queue is full by bytes, and by messages once there are as many of them as it may hold bytes
// (only empty ones can be).
Layout layout_of(const ChannelSpec& spec, const Limits& limit) {
  Layout layout;
  const std::uint64_t max = std::min(limit.message_size, limit.queue_bytes);
  layout.fragments = spec.largest_message > max;
  layout.piece_bytes = layout.fragments ? max : spec.largest_message;
  std::uint64_t whole = std::max<std::uint64_t>(spec.largest_message, 1);
  if (layout.fragments) {
    layout.pieces_per_message = pieces_of(spec.largest_message, max);
    whole += layout.pieces_per_message * sizeof(PieceHeader);
  }
  layout.queue_bytes = spec.depth == 0 ? limit.queue_bytes : spec.depth * whole;
  layout.depth = layout.queue_bytes / whole;
  return layout;
}

Capabilities capabilities(const ChannelSpec& spec) {
  const Layout layout = layout_of(spec, limits());
  Capabilities can = piece_capabilities(spec, layout.piece_bytes);
  can.survives_peer_kill = true;
  can.depth = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(layout.depth, std::numeric_limits<std::uint32_t>::max()));
  return can;
}

std::string probe(const ChannelSpec& spec) {
  const Limits limit = limits();
  const Layout layout = layout_of(spec, limit);
  if (layout.fragments && layout.piece_bytes <= sizeof(PieceHeader)) {
    return fmt::format(
        "sysv_mq: kernel.msgmax ({}) or kernel.msgmnb ({}) is too small to send in pieces; raise "
        "the sysctl",
        limit.message_size, limit.queue_bytes);
  }
  // CAP_SYS_RESOURCE would lift this; it is kept to, so that a result does not depend on who ran
  // it.
  if (layout.queue_bytes > limit.queue_bytes) {
    return fmt::format(
        "sysv_mq: depth {} of {} B takes {} B, above kernel.msgmnb ({}); lower --depth or raise "
        "the sysctl",
        spec.depth, spec.largest_message, layout.queue_bytes, limit.queue_bytes);
  }
  return {};
}

// Sleeps between looks at a queue: short at first, growing to 1 ms.
class Backoff {
 public:
  void take(std::uint64_t at_most_ns) {
    const timespec pause{0, static_cast<long>(std::min(next_ns_, at_most_ns))};
    nanosleep(&pause, nullptr);
    next_ns_ = std::min<std::uint64_t>(2 * next_ns_, 1'000'000);
  }

 private:
  std::uint64_t next_ns_ = 10'000;
};

class SysvQueue {
 public:
  SysvQueue(int queue, std::size_t piece_bytes, const OpenContext& context)
      : queue_(queue),
        piece_bytes_(piece_bytes),
        memory_(sizeof(long) + piece_bytes),
        peer_died_(context.peer_died) {}

  [[gnu::always_inline]] Status put(std::span<const std::byte> head,
                                    std::span<const std::byte> body, bool end, Deadline deadline) {
    const long type = end ? end_type : data_type;
    std::memcpy(memory_.data(), &type, sizeof type);
    std::byte* text = memory_.data() + sizeof type;
    copy_small(text, head.data(), head.size());
    copy_small(text + head.size(), body.data(), body.size());
    const std::size_t size = head.size() + body.size();
    if (deadline.is_never() && interrupt_timer_.is_armed()) [[likely]] {
      if (::msgsnd(queue_, memory_.data(), size, 0) == 0) [[likely]]
        return {};
    }
    return put_blocking(size, deadline);
  }

  // msgrcv writes the type right before the text, so nothing can go straight to the caller's
  // memory.
  [[gnu::always_inline]] Result<Piece> get(std::span<std::byte> /*direct*/, Deadline deadline) {
    if (deadline.is_never() && interrupt_timer_.is_armed()) [[likely]] {
      const ssize_t size = ::msgrcv(queue_, memory_.data(), piece_bytes_, 0, 0);
      if (size >= 0) [[likely]]
        return piece_of(static_cast<std::size_t>(size));
    }
    return get_blocking(deadline);
  }

  bool pending() {
    msqid_ds state{};
    return ::msgctl(queue_, IPC_STAT, &state) != 0 || state.msg_qnum > 0;
  }

  int descriptor() const { return -1; }

 private:
  Piece piece_of(std::size_t size) {
    long type = 0;
    std::memcpy(&type, memory_.data(), sizeof type);
    return {memory_.span().subspan(sizeof type, size), type == end_type};
  }

  // Everything but a plain call that succeeds, kept apart as in posix_mq.cpp.
  [[gnu::noinline]] Status put_blocking(std::size_t size, Deadline deadline) {
    const auto call = [&](int flags) -> ssize_t {
      return ::msgsnd(queue_, memory_.data(), size, flags);
    };
    const Result<std::size_t> sent = retry(call, EAGAIN, "msgsnd", deadline);
    if (!sent) return tl::make_unexpected(sent.error());
    return {};
  }

  [[gnu::noinline]] Result<Piece> get_blocking(Deadline deadline) {
    const auto call = [&](int flags) -> ssize_t {
      return ::msgrcv(queue_, memory_.data(), piece_bytes_, 0, flags);
    };
    const Result<std::size_t> size = retry(call, ENOMSG, "msgrcv", deadline);
    if (!size) return tl::make_unexpected(size.error());
    return piece_of(*size);
  }

  // Runs `call` until it is done or the deadline has passed; `later` is what it says when it would
  // have to wait.
  template <class Call>
  Result<std::size_t> retry(const Call& call, int later, const char* operation, Deadline deadline) {
    int flags = IPC_NOWAIT;
    if (deadline.is_never()) {
      if (const Status armed = interrupt_timer_.arm(); !armed)
        return tl::make_unexpected(armed.error());
      flags = 0;
    }
    Backoff backoff;
    for (;;) {
      // What came before a death is still to be had: the try after the look decides.
      const bool died = peer_has_died(peer_died_);
      const ssize_t done = call(died ? IPC_NOWAIT : flags);
      if (done >= 0) return static_cast<std::size_t>(done);
      // The coordinator has removed the queue: whoever held it is gone.
      if (errno == EIDRM || (errno == EINVAL && !exists())) {
        return fail(Errc::peer_died, operation);
      }
      if (errno == EINTR) continue;
      if (errno != later) return fail(Errc::system, operation, errno);
      if (died) return fail(Errc::peer_died, operation);
      if (deadline.is_immediate()) return fail(Errc::would_block, operation);
      const std::uint64_t left = deadline.remaining_ns();
      if (left == 0) return fail(Errc::timeout, operation);
      backoff.take(left);
    }
  }

  bool exists() const {
    msqid_ds state{};
    const bool found = ::msgctl(queue_, IPC_STAT, &state) == 0;
    errno = EINVAL;  // as the caller found it
    return found;
  }

  int queue_;
  std::size_t piece_bytes_;
  PieceMemory memory_;  // a struct msgbuf: type, then text
  const std::atomic<std::uint32_t>* peer_died_;
  InterruptTimer interrupt_timer_;
};

class SysvMqChannel final : public AddressChannel {
 public:
  SysvMqChannel(Address address, Granted granted, int queue, Names& names)
      : AddressChannel(std::move(address), std::move(granted)), queue_(queue), names_(names) {}
  ~SysvMqChannel() override {
    if (is_gone(::msgctl(queue_, IPC_RMID, nullptr))) names_.released(address_.name);
  }

 private:
  int queue_;
  Names& names_;
};

Granted granted_by(const ChannelSpec& spec, const Layout& layout) {
  Granted granted;
  granted.values["depth"] = static_cast<std::int64_t>(layout.depth);
  granted.values["largest_message"] = static_cast<std::int64_t>(spec.largest_message);
  granted.values["queue_bytes"] = static_cast<std::int64_t>(layout.queue_bytes);
  granted.values["queue_message_bytes"] = static_cast<std::int64_t>(layout.piece_bytes);
  granted.note = "timed calls poll, up to 1 ms late";
  if (layout.fragments) granted.note += fmt::format("; in pieces of {} B", layout.piece_bytes);
  if (spec.depth == 0) {
    granted.add_note(smaller_than_default(static_cast<std::int64_t>(layout.queue_bytes),
                                          Limits{}.queue_bytes, "kernel.msgmnb"));
  }
  return granted;
}

std::optional<key_t> key_of(const std::string& name) {
  unsigned key = 0;
  if (!name.starts_with("0x")) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), key, 16);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return static_cast<key_t>(key);
}

// A new queue under a fresh key; its id, and the key in `name`.
Result<int> create_queue(Names& names, std::string& name) {
  for (int attempt = 0;; ++attempt) {
    Result<std::string> claimed = names.claim(ObjectKind::sysv_queue);
    if (!claimed) return tl::make_unexpected(claimed.error());
    name = std::move(*claimed);
    const std::optional<key_t> key = key_of(name);
    if (!key) return fail(Errc::invalid, "the key claimed for a SysV queue");
    const int queue = ::msgget(*key, IPC_CREAT | IPC_EXCL | 0600);
    if (queue >= 0) return queue;
    const int error = errno;
    names.released(name);
    if (error == ENOSPC) {
      return fail(Errc::limit, "msgget: kernel.msgmni queues exist; remove some or raise it",
                  error);
    }
    if (error != EEXIST || attempt == 9) return fail(Errc::system, "msgget", error);
  }
}

Status set_queue_bytes(int queue, std::uint64_t bytes) {
  msqid_ds state{};
  if (::msgctl(queue, IPC_STAT, &state) != 0) return fail(Errc::system, "msgctl", errno);
  if (state.msg_qbytes == bytes) return {};
  state.msg_qbytes = bytes;
  if (::msgctl(queue, IPC_SET, &state) == 0) return {};
  if (errno == EPERM) {
    return fail(Errc::limit, "msgctl: the depth needs more than kernel.msgmnb; lower it", errno);
  }
  return fail(Errc::system, "msgctl", errno);
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  const Layout layout = layout_of(spec, limits());
  Address address = make_address("sysv_mq", spec, id);
  Result<Fd> closed = ClosedCount::create();
  if (!closed) return tl::make_unexpected(closed.error());
  address.descriptors.push_back(std::move(*closed));
  const Result<int> queue = create_queue(names, address.name);
  if (!queue) return tl::make_unexpected(queue.error());
  auto channel =
      std::make_unique<SysvMqChannel>(std::move(address), granted_by(spec, layout), *queue, names);
  if (const Status set = set_queue_bytes(*queue, layout.queue_bytes); !set) {
    return tl::make_unexpected(set.error());
  }
  return channel;
}

struct Opened {
  int queue = -1;
  std::size_t piece_bytes = 0;
};

// Both ends read the same limits. Should someone lower kernel.msgmax in between, msgsnd says EINVAL
// or msgrcv E2BIG; nothing is lost silently.
Result<Opened> open_queue(const Address& address) {
  const std::optional<key_t> key = key_of(address.name);
  if (!key || address.descriptors.size() != 1) return fail(Errc::invalid, "sysv_mq: address");
  const int queue = ::msgget(*key, 0);
  if (queue < 0) return fail(Errc::system, "msgget", errno);
  return Opened{queue, layout_of(address.spec, limits()).piece_bytes};
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  Result<Opened> opened = open_queue(address);
  if (!opened) return tl::make_unexpected(opened.error());
  Result<ClosedCount> closed = ClosedCount::open(address.descriptors[0]);
  if (!closed) return tl::make_unexpected(closed.error());
  return std::make_unique<PieceSender<SysvQueue>>(std::move(*closed), address.spec, context.index,
                                                  opened->piece_bytes, opened->queue,
                                                  opened->piece_bytes, context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  Result<Opened> opened = open_queue(address);
  if (!opened) return tl::make_unexpected(opened.error());
  return std::make_unique<PieceReceiver<SysvQueue>>(address.spec, opened->piece_bytes,
                                                    opened->queue, opened->piece_bytes, context);
}

}  // namespace

BackendEntry sysv_mq_entry() {
  BackendEntry entry{"sysv_mq", "System V message queue (msgsnd, msgrcv)"};
  entry.group = MechanismGroup::kernel;
  entry.note =
      "The kernel keeps messages whole until they are read or the queue is removed, whoever lives; "
      "it cannot be polled, and has no calls with a timeout.";
  entry.snippet = "sysv_mq";
  entry.limits = "msgmax msgmnb";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
