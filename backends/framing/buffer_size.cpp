#include "backends/framing/buffer_size.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>
#include <utility>

#include "backends/fd.hpp"
#include "backends/kernel/sysctl.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t default_pipe_bytes = 16 * page_bytes;
// sk_buff and skb_shared_info, as accounted to the sender's buffer.
constexpr std::uint64_t packet_overhead = 320;
constexpr std::uint64_t packet_object = 512;
constexpr std::uint64_t max_preferred = std::uint64_t{1} << 20;
constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max() / 4;

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) || product > max ? max : product;
}

std::uint64_t read_limit(const char* path) { return read_sysctl(path).value_or(0); }

std::string sentence(const BufferNeed& need, const std::string& limit) {
  return std::string(need.backend) + ": depth " + std::to_string(need.depth) + " of " +
         std::to_string(need.message_bytes) + " B needs a kernel buffer of " +
         std::to_string(need.bytes) + " B, above " + limit + "; lower --depth or raise the sysctl";
}

std::int64_t send_buffer(int fd) {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  return getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &length) == 0 ? bytes : 0;
}

// The kernel doubles what it is given.
bool enlarge_send_buffer(int fd, std::uint64_t bytes) {
  if (bytes / 2 + 1 > std::numeric_limits<int>::max() / 2) return false;
  const int half = static_cast<int>(bytes / 2 + 1);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &half, sizeof half) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &half, sizeof half);
  }
  return static_cast<std::uint64_t>(send_buffer(fd)) >= bytes;
}

}  // namespace

std::uint64_t pipe_bytes_per_message(std::uint64_t frame_bytes) {
  if (frame_bytes > page_bytes) return times((frame_bytes - 1) / page_bytes + 1, page_bytes);
  const std::uint64_t per_page = page_bytes / std::max<std::uint64_t>(frame_bytes, 1);
  return (page_bytes - 1) / per_page + 1;
}

BufferNeed pipe_need(const char* backend, std::uint32_t depth, std::uint64_t message_bytes,
                     std::uint64_t bytes_per_message_in_pages) {
  const std::uint64_t bytes = times(depth, bytes_per_message_in_pages);
  return {backend, depth, message_bytes,
          depth == 0 ? 0 : std::bit_ceil(std::max(bytes, page_bytes)),
          std::bit_ceil(std::min(bytes_per_message_in_pages, max_preferred))};
}

std::string pipe_unsupported(const BufferNeed& need) {
  if (need.bytes <= default_pipe_bytes) return {};
  const std::uint64_t limit = read_limit("/proc/sys/fs/pipe-max-size");
  if (limit == 0 || need.bytes <= limit) return {};
  return sentence(need, "fs.pipe-max-size (" + std::to_string(limit) + ")");
}

Result<std::int64_t> size_pipe(int fd, const BufferNeed& need) {
  const int now = fcntl(fd, F_GETPIPE_SZ);
  if (now < 0) return fail(Errc::system, "fcntl F_GETPIPE_SZ", errno);
  const auto is = static_cast<std::uint64_t>(now);
  if (need.preferred > is && need.preferred >= need.bytes) {
    const int preferred = fcntl(fd, F_SETPIPE_SZ, static_cast<int>(need.preferred));
    if (preferred >= 0) return preferred;
  }
  if (is >= need.bytes) return now;
  if (need.bytes > std::numeric_limits<int>::max() / 2 ||
      fcntl(fd, F_SETPIPE_SZ, static_cast<int>(need.bytes)) < 0) {
    // EPERM: not of this pipe alone, but of all that this user has.
    return fail(Errc::limit,
                errno == EPERM ? "F_SETPIPE_SZ: this user's pipes reach fs.pipe-user-pages-soft or "
                                 "-hard; lower --depth, close some, or raise the sysctl"
                               : "F_SETPIPE_SZ: lower --depth or raise fs.pipe-max-size",
                errno);
  }
  return fcntl(fd, F_GETPIPE_SZ);
}

Result<Granted> grant_pipe(int fd, const BufferNeed& need, std::string note) {
  const auto bytes = size_pipe(fd, need);
  if (!bytes) return tl::make_unexpected(bytes.error());
  Granted granted;
  granted.note = std::move(note);
  granted.values["buffer_bytes"] = *bytes;
  if (need.depth != 0) granted.values["depth"] = need.depth;
  granted.add_note(pipe_note(need, *bytes));
  return granted;
}

std::string smaller_than_default(std::int64_t bytes, std::uint64_t default_bytes,
                                 const char* limit) {
  if (static_cast<std::uint64_t>(bytes) >= default_bytes) return {};
  return "a buffer of " + std::to_string(bytes) + " B, smaller than by default (" +
         std::to_string(default_bytes) + " B), because of " + limit;
}

std::string pipe_note(const BufferNeed& need, std::int64_t bytes) {
  if (need.depth != 0) return {};
  return smaller_than_default(bytes, std::max(default_pipe_bytes, need.preferred),
                              "fs.pipe-user-pages-soft or fs.pipe-max-size");
}

std::string socket_note(std::int64_t bytes) {
  return smaller_than_default(bytes, default_socket_bytes, "net.core.wmem_default");
}

BufferNeed socket_need(const char* backend, std::uint32_t depth, std::uint64_t message_bytes,
                       std::uint64_t packets_per_message, std::uint64_t packet_bytes) {
  // Small packets are allocated in powers of two, large ones in pages.
  const std::uint64_t data = packet_bytes + packet_overhead;
  const std::uint64_t rounded =
      data > 8 * page_bytes ? (data / page_bytes + 2) * page_bytes : std::bit_ceil(data);
  const std::uint64_t packets = times(depth, packets_per_message);
  return {backend, depth, message_bytes, times(packets, rounded + packet_object), 0};
}

BufferNeed packet_need(const char* backend, std::uint32_t depth, std::uint64_t message_bytes,
                       std::uint64_t packets_per_message, std::uint64_t packet_bytes) {
  BufferNeed need = socket_need(backend, depth, message_bytes, packets_per_message, packet_bytes);
  if (depth == 0) need.bytes = packet_bytes + packet_overhead;
  return need;
}

std::string socket_unsupported(const BufferNeed& need) {
  if (need.bytes == 0) return {};
  const Fd trial{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!trial) return {};  // create() will say why
  if (static_cast<std::uint64_t>(send_buffer(trial.get())) >= need.bytes ||
      enlarge_send_buffer(trial.get(), need.bytes)) {
    return {};
  }
  const std::string limit = std::to_string(read_limit("/proc/sys/net/core/wmem_max"));
  if (need.depth != 0) return sentence(need, "net.core.wmem_max (" + limit + ")");
  return std::string(need.backend) + ": a packet needs a kernel buffer of " +
         std::to_string(need.bytes) + " B, above net.core.wmem_default (" +
         std::to_string(read_limit("/proc/sys/net/core/wmem_default")) +
         ") and net.core.wmem_max (" + limit + "); raise one of them, or lower --size";
}

Result<std::int64_t> size_socket(int fd, const BufferNeed& need) {
  if (static_cast<std::uint64_t>(send_buffer(fd)) < need.bytes &&
      !enlarge_send_buffer(fd, need.bytes)) {
    return fail(Errc::limit, "SO_SNDBUF (lower --depth or --size, or raise net.core.wmem_max)");
  }
  return send_buffer(fd);
}

Result<Granted> grant_socket(int fd, const BufferNeed& need) {
  const auto bytes = size_socket(fd, need);
  if (!bytes) return tl::make_unexpected(bytes.error());
  Granted granted;
  granted.values["buffer_bytes"] = *bytes;
  if (need.depth != 0) {
    granted.values["depth"] = need.depth;
  } else {
    granted.add_note(socket_note(*bytes));
  }
  return granted;
}

}  // namespace ipcmark
