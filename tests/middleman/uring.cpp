#include "tests/middleman/uring.hpp"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <map>
#include <utility>

#include "tests/middleman/spoiler.hpp"

namespace evil {
namespace {

struct Ring {
  const std::uint32_t* tail = nullptr;
  std::uint32_t mask = 0;
  io_uring_sqe* entries = nullptr;
};

std::mutex& guard() {
  static std::mutex only;
  return only;
}
std::map<long, Ring>& rings() {
  static std::map<long, Ring> all;
  return all;
}

char* mapped(int ring, std::uint64_t offset, std::size_t bytes) {
  void* at =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, static_cast<off_t>(offset));
  return at == MAP_FAILED ? nullptr : static_cast<char*>(at);
}

// Empty: it sends nothing.
Bytes content_of(const io_uring_sqe& entry) {
  const auto* bytes = reinterpret_cast<const char*>(entry.addr);
  switch (entry.opcode) {
    case IORING_OP_WRITE:
    case IORING_OP_SEND:
      return Bytes(bytes, bytes + entry.len);
    case IORING_OP_WRITEV:
      return gathered(reinterpret_cast<const iovec*>(entry.addr), entry.len);
    case IORING_OP_SENDMSG: {
      const auto* message = reinterpret_cast<const msghdr*>(entry.addr);
      return gathered(message->msg_iov, message->msg_iovlen);
    }
    default:
      return {};
  }
}

ssize_t send_here(const io_uring_sqe& entry, const char* bytes, std::size_t size) {
  if (entry.opcode == IORING_OP_SEND || entry.opcode == IORING_OP_SENDMSG) {
    static auto* const send = real<ssize_t(int, const void*, size_t, int)>("send");
    return send(entry.fd, bytes, size, static_cast<int>(entry.msg_flags));
  }
  static auto* const write = real<ssize_t(int, const void*, size_t)>("write");
  return write(entry.fd, bytes, size);
}

// So many bytes to where they are lost: its result is as if they had been sent.
void divert(io_uring_sqe& entry, std::size_t bytes) {
  static const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  static const std::vector<char> nothing(std::size_t{1} << 22U);
  const auto id = entry.user_data;
  entry = {};
  entry.opcode = IORING_OP_WRITE;
  entry.fd = nowhere;
  entry.addr = reinterpret_cast<std::uintptr_t>(nothing.data());
  entry.len = static_cast<std::uint32_t>(bytes);
  entry.off = ~std::uint64_t{0};
  entry.user_data = id;
}

}  // namespace

void note_ring(long ring, long params) {
  const auto& made = *reinterpret_cast<const io_uring_params*>(params);
  const int fd = static_cast<int>(ring);
  const char* words =
      mapped(fd, IORING_OFF_SQ_RING, made.sq_off.array + made.sq_entries * sizeof(std::uint32_t));
  char* entries = mapped(fd, IORING_OFF_SQES, made.sq_entries * sizeof(io_uring_sqe));
  if (words == nullptr || entries == nullptr) return;
  const std::lock_guard<std::mutex> lock(guard());
  rings()[ring] = {reinterpret_cast<const std::uint32_t*>(words + made.sq_off.tail),
                   *reinterpret_cast<const std::uint32_t*>(words + made.sq_off.ring_mask),
                   reinterpret_cast<io_uring_sqe*>(entries)};
}

void spoil_entry(long number) {
  Ring ring;
  {
    const std::lock_guard<std::mutex> lock(guard());
    const auto found = rings().find(number);
    if (found == rings().end()) return;
    ring = found->second;
  }
  io_uring_sqe& entry = ring.entries[(*ring.tail - 1) & ring.mask];
  const Bytes all = content_of(entry);
  if (all.empty() || !carries_messages(entry.fd)) return;
  // What comes through as it is, or first of its double, the ring itself sends.
  const bool overtakes = middleman().holds_back(entry.fd);
  bool begun = false;
  bool by_ring = false;
  const auto push = [&](const char* some, std::size_t count) -> ssize_t {
    const bool first = !std::exchange(begun, true);
    if (first && !overtakes && some == all.data() && count == all.size()) {
      by_ring = true;
      return static_cast<ssize_t>(count);
    }
    return send_here(entry, some, count);
  };
  const ssize_t done = middleman().pass(entry.fd, all.data(), all.size(), push);
  if (!by_ring && done > 0) divert(entry, static_cast<std::size_t>(done));
}

}  // namespace evil
