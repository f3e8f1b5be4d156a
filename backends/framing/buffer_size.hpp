// How large the kernel's buffers must be for a ChannelSpec's depth, and setting them so.
//
// Depth 0 asks for nothing: the kernel's default stays. What cannot be granted is said beforehand
// by the *_obstacle functions and never clamped.
#pragma once

#include <cstdint>
#include <string>

#include "backends/error.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

struct BufferNeed {
  const char* backend;
  std::uint32_t depth = 0;
  std::uint64_t message_bytes = 0;  // for the sentence
  std::uint64_t bytes = 0;          // of kernel buffer; saturates
  // Taken when the machine gives it, for speed: a pipe that holds one whole message. A message four
  // bytes longer than the pipe makes its writer sleep every time (64 KiB: 1.5 times the time).
  std::uint64_t preferred = 0;
};

// Pages of a pipe: writes up to a page are never split over two.
BufferNeed pipe_need(const char* backend, std::uint32_t depth, std::uint64_t message_bytes,
                     std::uint64_t bytes_per_message_in_pages);
std::uint64_t pipe_bytes_per_message(std::uint64_t frame_bytes);
// Empty when it can be granted. Looks at fs.pipe-max-size.
std::string pipe_unsupported(const BufferNeed& need);
// Enlarges when needed, or wished and possible; returns the size in force, which is to be recorded.
Result<std::int64_t> size_pipe(int fd, const BufferNeed& need);
// The same, as what was granted: the size, the depth if one was asked for, and `note`, followed by
// that the pipe is smaller than by default, if it is.
Result<Granted> grant_pipe(int fd, const BufferNeed& need, std::string note = {});

// For Granted::note, where no depth was asked for: that the buffer is smaller than Linux's own
// default, and which limit makes it so. Empty: it is not.
std::string smaller_than_default(std::int64_t bytes, std::uint64_t default_bytes,
                                 const char* limit);
// The same of a pipe that was not to hold more than its default, or the wish.
std::string pipe_note(const BufferNeed& need, std::int64_t bytes);
// The same of a Unix socket's send buffer.
std::string socket_note(std::int64_t bytes);
inline constexpr std::uint64_t default_socket_bytes = 212'992;

// Of SO_SNDBUF, with the kernel's book-keeping per packet.
BufferNeed socket_need(const char* backend, std::uint32_t depth, std::uint64_t message_bytes,
                       std::uint64_t packets_per_message, std::uint64_t packet_bytes);
// The same of packets up to 128 KiB, of which the buffer must hold one even where no depth is asked
// for: a machine's default may be smaller.
BufferNeed packet_need(const char* backend, std::uint32_t depth, std::uint64_t message_bytes,
                       std::uint64_t packets_per_message, std::uint64_t packet_bytes);
// Empty when it can be granted. Tries on a socket of its own, which it closes.
std::string socket_unsupported(const BufferNeed& need);
// Enlarges the send buffer when needed; returns the size in force.
Result<std::int64_t> size_socket(int fd, const BufferNeed& need);
// The same, as what was granted: the size, and the depth if one was asked for, else a note if the
// buffer is smaller than by default.
Result<Granted> grant_socket(int fd, const BufferNeed& need);

}  // namespace ipcmark
