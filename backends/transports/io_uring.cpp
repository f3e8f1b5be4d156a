// io_uring_pipe, io_uring_unix: a pipe and a Unix stream socketpair as `pipe` and `unix_stream`
// have them, with every read and write handed to an io_uring(7) and waited for in it. What differs
// from those two is the price of the ring. One sender and one receiver; each has a ring of its own.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/uring_stream.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry io_uring_pipe_entry();
BackendEntry io_uring_unix_entry();

namespace {

class UringChannel final : public Channel {
 public:
  UringChannel(Address address, Granted granted)
      : address_(std::move(address)), granted_(std::move(granted)) {}
  Address address() const override { return address_.clone(); }
  Granted granted() const override { return granted_; }
  void seal() override { address_.descriptors.clear(); }

 private:
  Address address_;  // descriptors: reading end, writing end
  Granted granted_;
};

// Over one kind of stream.
struct Uring {
  const char* backend;
  UringStream kind;

  BufferNeed need_of(const ChannelSpec& spec) const {
    const std::uint64_t frame = spec.largest_message + frame_header_bytes;
    if (kind == UringStream::pipe) {
      return pipe_need(backend, spec.depth, spec.largest_message, pipe_bytes_per_message(frame));
    }
    return socket_need(backend, spec.depth, spec.largest_message, 1, frame);
  }

  // That the buffer is smaller than it is elsewhere; empty: it is not.
  std::string note_on(const ChannelSpec& spec, std::int64_t bytes) const {
    if (kind == UringStream::pipe) return pipe_note(need_of(spec), bytes);
    if (spec.depth != 0) return {};
    return smaller_than_default(bytes, default_socket_bytes, "net.core.wmem_default");
  }

  Capabilities capabilities(const ChannelSpec& spec) const {
    Capabilities can;
    can.pollable = true;
    can.reports_peer_death = true;
    can.survives_peer_kill = true;
    can.largest_message = largest_frame;
    can.depth = spec.depth;
    if (spec.wait != Wait::block) can.refusal = "needs a wait other than block";
    if (spec.senders > 1) can.refusal = "needs many_senders";
    if (spec.receivers > 1) can.refusal = "needs many_receivers";
    if (spec.largest_message > largest_frame) can.refusal = "needs messages of more than 1 GiB";
    return can;
  }

  std::string probe(const ChannelSpec& spec) const {
    if (std::string none = IoRing::obstacle(backend); !none.empty()) return none;
    return kind == UringStream::pipe ? pipe_obstacle(need_of(spec))
                                     : socket_obstacle(need_of(spec));
  }

  Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id) const {
    int ends[2];
    const bool is_pipe = kind == UringStream::pipe;
    if (is_pipe && ::pipe2(ends, O_CLOEXEC) != 0) return fail(Errc::system, "pipe2", errno);
    if (!is_pipe && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      return fail(Errc::system, "socketpair", errno);
    }
    Address address;
    address.id = id;
    address.backend = backend;
    address.spec = spec;
    address.descriptors.emplace_back(ends[0]);
    address.descriptors.emplace_back(ends[1]);
    const auto bytes =
        is_pipe ? size_pipe(ends[1], need_of(spec)) : size_socket(ends[1], need_of(spec));
    if (!bytes) return tl::make_unexpected(bytes.error());
    Granted granted;
    granted.values["buffer_bytes"] = *bytes;
    if (spec.depth != 0) granted.values["depth"] = spec.depth;
    granted.add_note(note_on(spec, *bytes));
    return std::make_unique<UringChannel>(std::move(address), std::move(granted));
  }

  Result<std::unique_ptr<Sender>> open_sender(Address address) const {
    if (address.descriptors.size() != 2) return fail(Errc::invalid, "address of a stream");
    auto ring = IoRing::create();
    if (!ring) return tl::make_unexpected(ring.error());
    return std::make_unique<UringSender>(std::move(address.descriptors[1]), kind, std::move(*ring),
                                         address.spec.largest_message);
  }

  Result<std::unique_ptr<Receiver>> open_receiver(Address address) const {
    if (address.descriptors.size() != 2) return fail(Errc::invalid, "address of a stream");
    auto ring = IoRing::create();
    if (!ring) return tl::make_unexpected(ring.error());
    return std::make_unique<UringReceiver>(std::move(address.descriptors[0]), kind,
                                           std::move(*ring), address.spec.largest_message);
  }
};

constexpr Uring over_pipe{"io_uring_pipe", UringStream::pipe};
constexpr Uring over_unix{"io_uring_unix", UringStream::socket};

template <const Uring& over>
void set_functions(BackendEntry& entry) {
  entry.capabilities = [](const ChannelSpec& spec) { return over.capabilities(spec); };
  entry.probe = [](const ChannelSpec& spec) { return over.probe(spec); };
  entry.create = [](const ChannelSpec& spec, std::uint64_t id, Names&) {
    return over.create(spec, id);
  };
  entry.open_sender = [](Address address, const OpenContext&) {
    return over.open_sender(std::move(address));
  };
  entry.open_receiver = [](Address address, const OpenContext&) {
    return over.open_receiver(std::move(address));
  };
}

constexpr const char* note =
    "The same stream with its reads and writes through a ring: worth it where many are handed over "
    "together, which one message at a time never is.";

}  // namespace

BackendEntry io_uring_pipe_entry() {
  BackendEntry entry;
  entry.name = "io_uring_pipe";
  entry.summary = "anonymous pipe, read and written by io_uring";
  entry.group = MechanismGroup::kernel;
  entry.note = note;
  entry.snippet = "io_uring";
  entry.basic = false;
  entry.limits = "pipe-";
  set_functions<over_pipe>(entry);
  return entry;
}

BackendEntry io_uring_unix_entry() {
  BackendEntry entry;
  entry.name = "io_uring_unix";
  entry.summary = "Unix stream socketpair, read and written by io_uring";
  entry.group = MechanismGroup::kernel;
  entry.note = note;
  entry.snippet = "io_uring";
  entry.basic = false;
  entry.limits = "net.";
  set_functions<over_unix>(entry);
  return entry;
}

}  // namespace ipcmark
