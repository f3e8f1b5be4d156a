// io_uring_pipe, io_uring_unix: a pipe and a Unix stream socketpair as `pipe` and `unix_stream`
// have them, with every read and write handed to an io_uring(7) and waited for in it. What differs
// from those two is the price of the ring. One sender and one receiver; each has a ring of its own.
#include <sys/socket.h>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/entry_of.hpp"
#include "backends/framing/pair_channel.hpp"
#include "backends/framing/stream_endpoint.hpp"
#include "backends/framing/uring_stream.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry io_uring_pipe_entry();
BackendEntry io_uring_unix_entry();

namespace {

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

  static Capabilities capabilities(const ChannelSpec& spec) {
    return single_stream_capabilities(spec);
  }

  std::string probe(const ChannelSpec& spec) const {
    if (std::string none = IoRing::unsupported_reason(backend); !none.empty()) return none;
    return kind == UringStream::pipe ? pipe_unsupported(need_of(spec))
                                     : socket_unsupported(need_of(spec));
  }

  Result<Granted> grant(int fd, const ChannelSpec& spec) const {
    if (kind == UringStream::pipe) return grant_pipe(fd, need_of(spec));
    return grant_socket(fd, need_of(spec));
  }

  Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id) const {
    auto pair = kind == UringStream::pipe ? create_pipe() : create_socket_pair(SOCK_STREAM);
    if (!pair) return tl::make_unexpected(pair.error());
    auto granted = grant(pair->sending.get(), spec);
    if (!granted) return tl::make_unexpected(granted.error());
    return make_pair_channel(backend, spec, id, std::move(*pair), std::move(*granted));
  }

  Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext&) const {
    auto end = take_sending_end(address, backend);
    if (!end) return tl::make_unexpected(end.error());
    auto ring = IoRing::create();
    if (!ring) return tl::make_unexpected(ring.error());
    return std::make_unique<UringSender>(std::move(*end), kind, std::move(*ring),
                                         address.spec.largest_message);
  }

  Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext&) const {
    auto end = take_receiving_end(address, backend);
    if (!end) return tl::make_unexpected(end.error());
    auto ring = IoRing::create();
    if (!ring) return tl::make_unexpected(ring.error());
    return std::make_unique<UringReceiver>(std::move(*end), kind, std::move(*ring),
                                           address.spec.largest_message);
  }
};

constexpr Uring over_pipe{"io_uring_pipe", UringStream::pipe};
constexpr Uring over_unix{"io_uring_unix", UringStream::socket};

// What both entries say.
template <const Uring& over>
BackendEntry uring_entry() {
  BackendEntry entry = entry_of<over>();
  entry.group = MechanismGroup::kernel;
  entry.note =
      "The same stream with its reads and writes through a ring: worth it where many are handed "
      "over together, which one message at a time never is.";
  entry.snippet = "io_uring";
  entry.basic = false;
  return entry;
}

}  // namespace

BackendEntry io_uring_pipe_entry() {
  BackendEntry entry = uring_entry<over_pipe>();
  entry.summary = "anonymous pipe, read and written by io_uring";
  entry.limits = "pipe-";
  return entry;
}

BackendEntry io_uring_unix_entry() {
  BackendEntry entry = uring_entry<over_unix>();
  entry.summary = "Unix stream socketpair, read and written by io_uring";
  entry.limits = "net.";
  return entry;
}

}  // namespace ipcmark
