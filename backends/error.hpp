// The one way an operation fails in ipcmark: a plain, trivially copyable value.
//
// Exceptions are for bugs only. Whatever the machine, the user or a peer can cause is an Error. It
// is trivially copyable because `would_block` and `timeout` are ordinary answers on measured paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "backends/refusal.hpp"

namespace ipcmark {

enum class Errc : std::uint8_t {
  timeout,      // the deadline passed
  would_block,  // the deadline was immediate and the operation could not be done at once
  closed,       // every sender has closed and all is drained
  peer_died,    // the other side is gone without closing
  too_large,    // the message is larger than the channel's largest message (nothing was sent)
  unsupported,  // this backend does not offer the operation
  limit,        // a limit of the machine was met; `operation` names it and what to change
  invalid,      // the caller's arguments make no sense
  corrupt,      // what was read cannot have been written by a correct peer
  interrupted,  // the run is being ended
  system,       // a system call failed; see sys_errno
  refused,      // a system call was refused here (refusal.hpp); see sys_errno. `operation` may
                // name what to change, after a semicolon
};

struct Error {
  Errc code = Errc::system;
  int sys_errno = 0;           // errno of the failed call, 0 when none
  const char* operation = "";  // static string: what was being done ("mq_open", …); never freed
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

// A system call that failed with a refusal was refused, whoever called it.
inline tl::unexpected<Error> fail(Errc code, const char* operation, int sys_errno = 0) {
  if (code == Errc::system && is_refusal(sys_errno)) code = Errc::refused;
  return tl::make_unexpected(Error{code, sys_errno, operation});
}

// "timeout", "peer_died", …: stable names, used in result files.
const char* to_string(Errc code);
// One sentence for a person: "mq_open: Too many open files; raise ulimit -n".
std::string explain(const Error& error);

// Whether it speaks against the machine, not against the mechanism.
inline bool is_machines(Errc code) {
  return code == Errc::refused || code == Errc::limit || code == Errc::unsupported;
}

// Whether the error says only that the deadline came first: nothing is broken, the call may be made
// again.
inline bool is_wait_over(const Error& error) {
  return error.code == Errc::timeout || error.code == Errc::would_block;
}

}  // namespace ipcmark
