// How large the kernel's buffers must be for a ChannelSpec's depth, and setting them so.
//
// Depth 0 asks for nothing: the kernel's default stays. What cannot be granted is said beforehand
// by the *_obstacle functions and never clamped.
#pragma once

#include <cstdint>
#include <string>

#include "results/error.hpp"

namespace ipcmark {

struct BufferNeed {
  const char* backend;
  std::uint32_t depth = 0;
  std::uint64_t message_bytes = 0;  // for the sentence
  std::uint64_t bytes = 0;          // of kernel buffer; saturates
};

// Pages of a pipe: writes up to a page are never split over two.
BufferNeed pipe_need(const char* backend, std::uint32_t depth, std::uint64_t message_bytes,
                     std::uint64_t bytes_per_message_in_pages);
std::uint64_t pipe_bytes_per_message(std::uint64_t frame_bytes);
// Empty when it can be granted. Looks at fs.pipe-max-size.
std::string pipe_obstacle(const BufferNeed& need);
// Enlarges when needed; returns the size in force.
Result<std::int64_t> size_pipe(int fd, const BufferNeed& need);

// Of SO_SNDBUF, with the kernel's book-keeping per packet.
BufferNeed socket_need(const char* backend, std::uint32_t depth, std::uint64_t message_bytes,
                       std::uint64_t packets_per_message, std::uint64_t packet_bytes);
// Empty when it can be granted. Tries on a socket of its own, which it closes.
std::string socket_obstacle(const BufferNeed& need);
Result<std::int64_t> size_socket(int fd, const BufferNeed& need);

}  // namespace ipcmark
