#include "backends/zeromq/zeromq_endpoint.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "backends/kernel/mapping.hpp"

namespace ipcmark::zeromq {

namespace {

constexpr std::uint64_t default_mark = 1000;  // libzmq's own

// Connections are made and accepted by libzmq's own thread, which says nothing when it has no
// descriptor for them: both ends would wait for ever. So what an end will need must be there when
// it is opened, with some for libzmq's own threads, and some to spare for the worker's other ends
// that are not connected yet.
Status room_for_connections(const ChannelSpec& spec, bool binds, const Fd& any) {
  constexpr std::uint32_t spare = 16;
  const std::uint32_t peers = binds ? std::max(spec.senders, spec.receivers) : 0;
  std::vector<Fd> taken;  // given back at once
  for (std::uint32_t i = 0; i < peers + 1 + spare; ++i) {
    taken.emplace_back(::fcntl(any.get(), F_DUPFD_CLOEXEC, 0));
    if (!taken.back()) {
      return fail(Errc::system, "zeromq, which needs some for its connections", errno);
    }
  }
  return {};
}

}  // namespace

// The high-water mark of each end: messages queued there, whatever their size.
std::uint64_t mark_of(const ChannelSpec& spec) {
  if (spec.depth != 0) return spec.depth;
  const std::uint64_t size = std::max<std::uint64_t>(spec.largest_message, 1);
  return std::clamp<std::uint64_t>(max_bytes_an_end / size, 1, default_mark);
}

Error last_error(const char* operation) {
  const int number = zmq_errno();
  if (number == ETERM || number == ENOTSOCK) return {Errc::closed, 0, operation};
  if (number == EMFILE) {
    return {Errc::refused, number, "zeromq"};
  }
  return fail(Errc::system, operation, number).value();
}

Result<Fd> SharedTally::create(const ChannelSpec& spec) {
  auto memory = create_anonymous_memory(Tally::bytes(spec));
  if (!memory) return memory;
  SharedTally made;
  if (const Status mapped = made.map(*memory, spec); !mapped) {
    return tl::make_unexpected(mapped.error());
  }
  new (made.tally_) Tally;  // the words behind it are zero, as they shall be
  return memory;
}
SharedTally::~SharedTally() {
  if (tally_ != nullptr) ::munmap(tally_, bytes_);
}

Status SharedTally::map(const Fd& memory, const ChannelSpec& spec) {
  void* page =
      ::mmap(nullptr, Tally::bytes(spec), PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (page == MAP_FAILED) return fail(Errc::system, "mmap of a tally", errno);
  tally_ = static_cast<Tally*>(page);
  bytes_ = Tally::bytes(spec);
  return {};
}
Status Endpoint::open(const Address& address, zmq::socket_type type, bool sends) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "zeromq: address");
  if (Status mapped = tally_.map(address.descriptors[0], spec_); !mapped) return mapped;
  // Of several receivers the sender is the one end.
  const bool binds = sends == (spec_.receivers > 1);
  // Before libzmq is asked: where it has no descriptor for itself it aborts the process.
  const Fd& any = address.descriptors[0];
  if (Status room = room_for_connections(spec_, binds, any); !room) return room;
  try {
    context_ = zmq::context_t(1);
    socket_ = zmq::socket_t(context_, type);
    const int mark = static_cast<int>(mark_of(spec_));
    socket_.set(zmq::sockopt::sndhwm, mark);
    socket_.set(zmq::sockopt::rcvhwm, mark);
    socket_.set(zmq::sockopt::sndtimeo, peer_check_interval_ms);
    socket_.set(zmq::sockopt::rcvtimeo, peer_check_interval_ms);
    socket_.set(zmq::sockopt::reconnect_ivl, 1);  // ms: who connects may come before who binds
    socket_.set(zmq::sockopt::linger, 0);
    if (type == zmq::socket_type::xpub) {
      socket_.set(zmq::sockopt::xpub_verbose, true);  // every subscription is told
      socket_.set(zmq::sockopt::xpub_nodrop, true);   // a full queue makes the sender wait
    }
    const std::string where = "ipc://" + address.name;
    if (binds) {
      socket_.bind(where);
    } else {
      socket_.connect(where);
    }
    return {};
  } catch (const zmq::error_t&) {
    return tl::make_unexpected(last_error("zeromq: open"));
  }
}

void Endpoint::linger(int ms) {
  try {
    socket_.set(zmq::sockopt::linger, ms);
  } catch (const zmq::error_t&) {
    return;  // cannot be for an open socket; it keeps the linger of 0 it has
  }
}

}  // namespace ipcmark::zeromq
