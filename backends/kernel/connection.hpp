// Connecting two ends within one process over the loopback device, in bounded time: what takes
// microseconds takes minutes where a packet filter drops it without a word.
//
// A signal that is handled ends the wait (interrupted), so that a run can be ended meanwhile.
#pragma once

#include <netinet/in.h>

#include <cstdint>

#include "backends/deadline.hpp"
#include "backends/error.hpp"
#include "backends/fd.hpp"

namespace ipcmark {

inline constexpr std::uint64_t longest_connecting_ns = 5'000'000'000;

// `socket` must be SOCK_NONBLOCK, and is in blocking mode once it is connected. limit: nothing
// answers.
Status connect_until(const Fd& socket, const sockaddr_in& to, Deadline deadline);
// The next connection, in blocking mode and close-on-exec, and where it came from. `listener` must
// be SOCK_NONBLOCK. limit: none comes.
Result<Fd> accept_until(const Fd& listener, sockaddr_in& from, Deadline deadline);

}  // namespace ipcmark
