// Boost.Interprocess message_queue: a priority queue in named shared memory.
//
// Every slot of the queue has the size of the largest message, so the whole is allocated
// beforehand; messages above 64 KiB go in pieces. Data has priority 1, the end of the channel
// priority 0. The name stays until the channel is gone: Boost can open a queue only by name.
//
// All waits are timed calls in slices of at most 100 ms, Deadline::never() too: a peer killed
// between putting and notifying wakes nobody, and Boost's condition variables cannot tell. A timed
// call reads the clock only when it must wait, after a try that found the queue full or empty.
//
// The queue's offsets lie in the shared memory and Boost follows them unchecked, as it must its
// mutex: unlike in the byte ring, a peer is trusted.
//
// What no timed call can end: a peer killed while it holds the queue's mutex. Before Boost 1.78 the
// next one to lock it hangs (the launcher's watchdog ends it, and obstruction() says why); since
// then the mutex is robust and refuses, which is reported as peer_died.
#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/permissions.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/version.hpp>
#include <cstring>
#include <limits>

#include "backends/framing/fragments.hpp"
#include "backends/framing/piece_queue.hpp"
#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/registry.hpp"

namespace ipcmark {

namespace {

namespace bip = boost::interprocess;

constexpr unsigned data_priority = 1;
constexpr unsigned end_priority = 0;
constexpr std::uint64_t largest_piece = 64U << 10U;
constexpr std::uint64_t default_slots = 64;

struct Layout {
  std::uint64_t piece_bytes = 1;
  std::uint64_t slots = 1;
  std::uint64_t pieces_per_message = 1;  // of the largest message
  bool fragments = false;

  // What the queue takes in /dev/shm, or a little more: Boost keeps its own formula private. A slot
  // has a header, is rounded up to the widest alignment, and has a pointer in the index.
  std::uint64_t memory() const { return slots * (piece_bytes + 64) + 8192; }
};

Layout layout_of(const ChannelSpec& spec) {
  Layout layout;
  layout.fragments = spec.largest_message > largest_piece;
  layout.piece_bytes = std::clamp<std::uint64_t>(spec.largest_message, 1, largest_piece);
  if (layout.fragments) {
    layout.pieces_per_message = pieces_of(spec.largest_message, layout.piece_bytes);
  }
  layout.slots = spec.depth == 0 ? default_slots : spec.depth * layout.pieces_per_message;
  return layout;
}

Capabilities capabilities(const ChannelSpec& spec) {
  const Layout layout = layout_of(spec);
  Capabilities can = piece_capabilities(spec, layout.piece_bytes);
  // A robust mutex refuses for good once its holder was killed, so the others cannot go on either.
  can.survives_peer_kill = false;
  can.depth = static_cast<std::uint32_t>(layout.slots / layout.pieces_per_message);
  return can;
}

// Nothing where there is none.
std::optional<std::uint64_t> free_shared_memory() {
  struct statvfs state {};
  if (statvfs("/dev/shm", &state) != 0) return std::nullopt;
  return std::uint64_t{state.f_bavail} * state.f_frsize;
}

std::string probe(const ChannelSpec& spec) {
  const Layout layout = layout_of(spec);
  const auto free = free_shared_memory();
  if (!free) return fmt::format("boost_mq: {}", no_shm_directory);
  if (layout.memory() > *free) {
    return fmt::format(
        "boost_mq: the queue takes about {} B ({} slots of {} B), /dev/shm has {} B free; lower "
        "--depth "
        "or enlarge /dev/shm",
        layout.memory(), layout.slots, layout.piece_bytes, *free);
  }
  return {};
}

Error error_of(const bip::interprocess_exception& thrown, const char* operation) {
  const int number = thrown.get_native_error();
  if (number == EFBIG || number == ENOSPC || number == EDQUOT)
    return {Errc::limit, number, "message_queue: no room; lower the depth, or raise ulimit -f"};
  if (number == ENOENT) return {Errc::limit, 0, no_shm_directory};
  switch (thrown.get_error_code()) {
    case bip::lock_error:
#ifdef BOOST_INTERPROCESS_POSIX_ROBUST_MUTEXES
    case bip::owner_dead_error:
    case bip::not_recoverable:
#endif
      return {Errc::peer_died, number, operation};
    case bip::out_of_space_error:
      return {Errc::limit, number, operation};
    default:
      return fail(Errc::system, operation, number).value();
  }
}

// Boost's calls take a point of the real-time clock. The monotonic deadline decides; this is only
// how long to sleep before looking again.
boost::posix_time::ptime real_time_in(std::uint64_t ns) {
  return boost::posix_time::microsec_clock::universal_time() +
         boost::posix_time::microseconds(static_cast<std::int64_t>(ns / 1000 + 1));
}

class BoostQueue {
 public:
  BoostQueue(const char* name, std::size_t piece_bytes, const OpenContext& context)
      : queue_(bip::open_only, name), memory_(piece_bytes), peer_died_(context.peer_died) {}

  Status put(std::span<const std::byte> head, std::span<const std::byte> body, bool end,
             Deadline deadline) {
    if (!head.empty()) body = join(head, body);
    const unsigned priority = end ? end_priority : data_priority;
    // Boost copies with memcpy, for which null is not allowed even for no bytes.
    const std::byte* bytes = body.empty() ? memory_.data() : body.data();
    return retry("message_queue::send", deadline, [&](const boost::posix_time::ptime* until) {
      return until == nullptr ? queue_.try_send(bytes, body.size(), priority)
                              : queue_.timed_send(bytes, body.size(), priority, *until);
    });
  }

  Result<Piece> get(std::span<std::byte> direct, Deadline deadline) {
    const std::span<std::byte> to = direct.size() >= memory_.size() ? direct : memory_.span();
    bip::message_queue::size_type size = 0;
    unsigned priority = 0;
    const Status got =
        retry("message_queue::receive", deadline, [&](const boost::posix_time::ptime* until) {
          return until == nullptr
                     ? queue_.try_receive(to.data(), to.size(), size, priority)
                     : queue_.timed_receive(to.data(), to.size(), size, priority, *until);
        });
    if (!got) return tl::make_unexpected(got.error());
    return Piece{to.first(size), priority == end_priority};
  }

  bool pending() {
    try {
      return queue_.get_num_msg() > 0;
    } catch (const bip::interprocess_exception&) {
      return true;  // receive() says what it is
    }
  }

  int descriptor() const { return -1; }

 private:
  template <class Call>
  Status retry(const char* operation, Deadline deadline, const Call& call) {
    try {
      if (call(nullptr)) return {};
      for (;;) {
        if (peer_has_died(peer_died_)) return fail(Errc::peer_died, operation);
        if (deadline.is_immediate()) return fail(Errc::would_block, operation);
        const std::uint64_t left =
            deadline.is_never() ? peer_check_interval_ns : deadline.remaining_ns();
        if (left == 0) return fail(Errc::timeout, operation);
        const auto until = real_time_in(std::min(left, peer_check_interval_ns));
        if (call(&until)) return {};
      }
    } catch (const bip::interprocess_exception& thrown) {
      return tl::make_unexpected(error_of(thrown, operation));
    }
  }

  std::span<const std::byte> join(std::span<const std::byte> head,
                                  std::span<const std::byte> body) {
    std::memcpy(memory_.data(), head.data(), head.size());
    if (!body.empty()) std::memcpy(memory_.data() + head.size(), body.data(), body.size());
    return {memory_.data(), head.size() + body.size()};
  }

  bip::message_queue queue_;
  PieceMemory memory_;  // one slot: Boost receives into no smaller buffer
  const std::atomic<std::uint32_t>* peer_died_;
};

void remove_queue(const std::string& name, Names& names) {
  if (is_gone(bip::message_queue::remove(name.c_str()) ? 0 : -1)) names.released(name);
}

// Who holds the queue's mutex; 0: nobody, or that cannot be seen (a robust mutex is not asked).
// Boost has no call for it: the queue's head lies where its own code looks for it, and the C
// library keeps the holder's thread number in a mutex.
pid_t mutex_holder([[maybe_unused]] const std::string& name) {
#if !defined(BOOST_INTERPROCESS_POSIX_ROBUST_MUTEXES) && defined(__GLIBC__)
  using Head = bip::ipcdetail::mq_hdr_t<bip::offset_ptr<void>>;
  using Memory =
      bip::ipcdetail::managed_open_or_create_impl<bip::shared_memory_object, 0, true, false>;
  constexpr std::size_t at = Memory::ManagedOpenOrCreateUserOffset;
  try {
    const bip::shared_memory_object memory(bip::open_only, name.c_str(), bip::read_only);
    const bip::mapped_region region(memory, bip::read_only);
    if (region.get_size() < at + sizeof(Head)) return 0;
    const auto* head =
        reinterpret_cast<const Head*>(static_cast<const std::byte*>(region.get_address()) + at);
    static_assert(sizeof head->m_mutex == sizeof(pthread_mutex_t));
    return reinterpret_cast<const pthread_mutex_t*>(&head->m_mutex)->__data.__owner;
  } catch (const bip::interprocess_exception&) {
    return 0;
  }
#else
  return 0;
#endif
}

class BoostMqChannel final : public AddressChannel {
 public:
  BoostMqChannel(Address address, Granted granted, Names& names)
      : AddressChannel(std::move(address), std::move(granted)), names_(names) {}
  ~BoostMqChannel() override { remove_queue(address_.name, names_); }

  std::string obstruction() const override {
    const pid_t holder = mutex_holder(address_.name);
    if (holder == 0 || ::kill(holder, 0) == 0 || errno != ESRCH) return {};
    return fmt::format("the queue's mutex is held by a killed process; Boost {}.{}'s is not robust",
                       BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
  }

 private:
  Names& names_;
};

Granted granted_by(const ChannelSpec& spec, const Layout& layout) {
  Granted granted;
  const auto depth = layout.slots / layout.pieces_per_message;
  granted.values["depth"] = static_cast<std::int64_t>(depth);
  granted.values["largest_message"] = static_cast<std::int64_t>(spec.largest_message);
  granted.values["slots"] = static_cast<std::int64_t>(layout.slots);
  granted.values["slot_bytes"] = static_cast<std::int64_t>(layout.piece_bytes);
  granted.values["shared_bytes"] = static_cast<std::int64_t>(layout.memory());
  granted.note = fmt::format("Boost {}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
#ifndef BOOST_INTERPROCESS_POSIX_ROBUST_MUTEXES
  granted.note += ", mutex not robust";
#endif
  if (layout.fragments) granted.note += fmt::format("; in pieces of {} B", layout.piece_bytes);
  return granted;
}

// Boost sizes the memory with ftruncate alone: should /dev/shm fill up later, the peer that first
// touches a page would get SIGBUS. So all pages are had now. (Boost writes the slots' headers while
// it creates; create() looks for free room just before, and what is left of that risk is a race
// with another program that fills /dev/shm in the same moment.)
Status have_all_pages(const std::string& name) {
  const Fd memory(::shm_open(("/" + name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0));
  if (!memory) return fail(Errc::system, "shm_open", errno);
  const off_t size = ::lseek(memory.get(), 0, SEEK_END);
  if (size < 0) return fail(Errc::system, "lseek", errno);
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(memory.get(), 0, size);
  if (error == 0) return {};
  return fail(Errc::limit, "posix_fallocate: /dev/shm is full; lower the depth or enlarge it",
              error);
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names& names) {
  const Layout layout = layout_of(spec);
  if (layout.memory() > free_shared_memory().value_or(0)) {
    return fail(Errc::limit, "message_queue: /dev/shm is full; lower the depth or enlarge it",
                ENOSPC);
  }
  Result<Fd> closed = ClosedCount::create();
  if (!closed) return tl::make_unexpected(closed.error());
  Result<std::string> name = names.claim(ObjectKind::posix_shm);
  if (!name) return tl::make_unexpected(name.error());
  Address address = make_address("boost_mq", spec, id);
  address.name = *name;
  address.descriptors.push_back(std::move(*closed));
  try {
    const bip::message_queue created(bip::create_only, name->c_str(), layout.slots,
                                     layout.piece_bytes, bip::permissions(0600));
  } catch (const bip::interprocess_exception& thrown) {
    // Boost leaves the memory where it could not give it its size.
    if (thrown.get_error_code() == bip::already_exists_error)
      names.released(*name);
    else
      remove_queue(*name, names);
    return tl::make_unexpected(error_of(thrown, "message_queue"));
  }
  auto channel =
      std::make_unique<BoostMqChannel>(std::move(address), granted_by(spec, layout), names);
  if (const Status pages = have_all_pages(*name); !pages) {
    return tl::make_unexpected(pages.error());
  }
  return channel;
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "boost_mq: address");
  Result<ClosedCount> closed = ClosedCount::open(address.descriptors[0]);
  if (!closed) return tl::make_unexpected(closed.error());
  const std::size_t piece_bytes = layout_of(address.spec).piece_bytes;
  try {
    return std::make_unique<PieceSender<BoostQueue>>(std::move(*closed), address.spec,
                                                     context.index, piece_bytes,
                                                     address.name.c_str(), piece_bytes, context);
  } catch (const bip::interprocess_exception& thrown) {
    return tl::make_unexpected(error_of(thrown, "message_queue"));
  }
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "boost_mq: address");
  const std::size_t piece_bytes = layout_of(address.spec).piece_bytes;
  try {
    return std::make_unique<PieceReceiver<BoostQueue>>(address.spec, piece_bytes,
                                                       address.name.c_str(), piece_bytes, context);
  } catch (const bip::interprocess_exception& thrown) {
    return tl::make_unexpected(error_of(thrown, "message_queue"));
  }
}

}  // namespace

BackendEntry boost_mq_entry() {
  BackendEntry entry{"boost_mq", "Boost.Interprocess message_queue in shared memory"};
  entry.group = MechanismGroup::library;
  entry.note =
      "A ready-made queue in shared memory from Boost.Interprocess; a process killed inside it can "
      "block the others, and its memory is reserved at creation.";
  entry.snippet = "boost_mq";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
