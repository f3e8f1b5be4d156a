// null: both ends in one worker, over a plain queue in its memory. The harness's own floor.
//
// The queue is a ring of records in a memfd that both ends map; nothing in it is atomic, since one
// thread uses both. Nobody can make room while send() waits: it never waits. A full queue answers
// would_block, also to Deadline::never(), which could only hang; likewise an empty one to
// receive(). Timed calls sit their time out, then answer timeout.
#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/anonymous_file.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

BackendEntry null_entry();

namespace {

constexpr std::uint64_t record_header = 8;
constexpr std::uint64_t min_ring = 64 * 1024;
constexpr std::uint64_t max_ring = std::uint64_t{1} << 32;

struct Ring {
  std::uint64_t capacity;
  std::uint64_t head;  // where the next record goes
  std::uint64_t tail;  // where the oldest begins
  std::uint64_t used;
  std::uint64_t closed;
  std::byte* bytes() { return reinterpret_cast<std::byte*>(this + 1); }
};

std::uint64_t capacity_of(const ChannelSpec& spec) {
  std::uint64_t bytes = 0;
  const std::uint64_t depth = std::max(spec.depth, 1U);
  if (spec.largest_message > max_ring ||
      __builtin_mul_overflow(depth, spec.largest_message + record_header, &bytes)) {
    return ~std::uint64_t{0};
  }
  return std::max(bytes, min_ring);
}

Ring& ring_in(const Mapping& mapping) { return *reinterpret_cast<Ring*>(mapping.data()); }

Result<Mapping> map_ring(const Fd& fd, std::uint64_t capacity) {
  const std::size_t size = sizeof(Ring) + capacity;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return fail(Errc::system, "mmap", errno);
  return Mapping{memory, size};
}

Error nothing_comes(Deadline deadline, const char* operation) {
  if (deadline.is_never() || deadline.is_immediate()) return {Errc::would_block, 0, operation};
  const std::uint64_t at = deadline.monotonic_ns();
  const timespec until = to_timespec(at);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
  return {Errc::timeout, 0, operation};
}

void copy_in(Ring& ring, const void* from, std::uint64_t size) {
  const std::uint64_t first = std::min(size, ring.capacity - ring.head);
  const auto* bytes = static_cast<const std::byte*>(from);
  std::memcpy(ring.bytes() + ring.head, bytes, first);
  if (first != size) std::memcpy(ring.bytes(), bytes + first, size - first);
  ring.head += size;
  if (ring.head >= ring.capacity) ring.head -= ring.capacity;
}

void copy_out(Ring& ring, std::uint64_t from, void* to, std::uint64_t size) {
  if (from >= ring.capacity) from -= ring.capacity;
  const std::uint64_t first = std::min(size, ring.capacity - from);
  std::memcpy(to, ring.bytes() + from, first);
  if (first != size) std::memcpy(static_cast<std::byte*>(to) + first, ring.bytes(), size - first);
}

class NullSender final : public Sender {
 public:
  NullSender(Mapping mapping, std::uint64_t largest)
      : mapping_(std::move(mapping)), largest_(largest) {}
  ~NullSender() override { ring_in(mapping_).closed = 1; }
  NullSender(const NullSender&) = delete;
  NullSender& operator=(const NullSender&) = delete;

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    Ring& ring = ring_in(mapping_);
    if (message.size() > largest_) return fail(Errc::too_large, "send");
    if (ring.closed != 0) return fail(Errc::invalid, "send after close");
    const std::uint64_t size = message.size();
    if (ring.capacity - ring.used < record_header + size) {
      return tl::make_unexpected(nothing_comes(deadline, "send"));
    }
    copy_in(ring, &size, record_header);
    if (size != 0) copy_in(ring, message.data(), size);
    ring.used += record_header + size;
    return {};
  }
  Status close(Deadline) override {
    ring_in(mapping_).closed = 1;
    return {};
  }

 private:
  Mapping mapping_;
  std::uint64_t largest_;
};

class NullReceiver final : public Receiver {
 public:
  explicit NullReceiver(Mapping mapping) : mapping_(std::move(mapping)) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    Ring& ring = ring_in(mapping_);
    if (ring.used == 0) {
      if (ring.closed != 0) return fail(Errc::closed, "receive");
      return tl::make_unexpected(nothing_comes(deadline, "receive"));
    }
    std::uint64_t size = 0;
    copy_out(ring, ring.tail, &size, record_header);
    if (size > buffer.size()) return fail(Errc::too_large, "receive");
    if (size != 0) copy_out(ring, ring.tail + record_header, buffer.data(), size);
    ring.tail += record_header + size;
    if (ring.tail >= ring.capacity) ring.tail -= ring.capacity;
    ring.used -= record_header + size;
    return size;
  }
  bool ready() override { return ring_in(mapping_).used != 0 || ring_in(mapping_).closed != 0; }

 private:
  Mapping mapping_;
};

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities result;
  result.native_boundaries = true;
  result.spin = result.hybrid = true;  // it never waits, whatever is asked
  result.one_process = true;
  result.largest_message = std::uint64_t{1} << 30;
  result.depth = std::max(spec.depth, 1U);
  if (spec.senders > 1) result.unsupported_reason = "needs many_senders";
  if (spec.receivers > 1) result.unsupported_reason = "needs many_receivers";
  if (spec.largest_message > result.largest_message) {
    result.unsupported_reason = "needs messages of more than 1 GiB";
  }
  return result;
}

std::string probe(const ChannelSpec& spec) {
  if (capacity_of(spec) <= max_ring) return {};
  return "null: depth " + std::to_string(spec.depth) + " of " +
         std::to_string(spec.largest_message) + " B needs more than 4 GiB; lower --depth";
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  const std::uint64_t capacity = capacity_of(spec);
  if (capacity > max_ring) return fail(Errc::limit, "null (lower --depth)");
  auto file = create_anonymous_file("ipcmark");
  if (!file) return tl::make_unexpected(file.error());
  Fd fd = std::move(*file);
  // Reserved now: a hole would raise SIGBUS later when memory is short.
  const auto size = static_cast<off_t>(sizeof(Ring) + capacity);
  int error = EINTR;
  while (error == EINTR) error = posix_fallocate(fd.get(), 0, size);
  if (error != 0) return fail(Errc::limit, "posix_fallocate of the null queue", error);
  const auto mapping = map_ring(fd, capacity);
  if (!mapping) return tl::make_unexpected(mapping.error());
  ring_in(*mapping).capacity = capacity;
  Address address = make_address("null", spec, id);
  address.descriptors.push_back(std::move(fd));
  Granted granted;
  granted.values["buffer_bytes"] = static_cast<std::int64_t>(capacity);
  granted.values["depth"] = static_cast<std::int64_t>(capacity / (spec.largest_message + 8));
  return std::make_unique<AddressChannel>(std::move(address), std::move(granted));
}

Result<Mapping> map_address(const Address& address) {
  if (address.descriptors.size() != 1 || !address.descriptors[0]) {
    return fail(Errc::invalid, "address of a null channel");
  }
  return map_ring(address.descriptors[0], capacity_of(address.spec));
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext&) {
  auto mapping = map_address(address);
  if (!mapping) return tl::make_unexpected(mapping.error());
  return std::make_unique<NullSender>(std::move(*mapping), address.spec.largest_message);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext&) {
  auto mapping = map_address(address);
  if (!mapping) return tl::make_unexpected(mapping.error());
  return std::make_unique<NullReceiver>(std::move(*mapping));
}

}  // namespace

BackendEntry null_entry() {
  BackendEntry entry;
  entry.name = "null";
  entry.summary = "both ends in one worker: the harness's own floor";
  entry.group = MechanismGroup::floor;
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
