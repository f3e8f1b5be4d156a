#include "scenarios/foreign/blocking_call.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <sstream>

namespace ipcmark {
namespace {

constexpr int no_limit = -1;  // nothing that ends the call by time
constexpr int no_fd = -1;

// Which argument is the descriptor, and which the time.
struct CallRow {
  long number;
  const char* name;
  CallKind kind;
  int fd = no_fd;
  int limit = no_limit;
  bool limit_by_value = false;  // milliseconds; negative: none. Else a pointer; null: none.
};

constexpr auto rows = std::to_array<CallRow>({
    {SYS_read, "read", CallKind::takes, 0},
    {SYS_readv, "readv", CallKind::takes, 0},
    {SYS_pread64, "pread", CallKind::takes, 0},
    {SYS_recvfrom, "recv", CallKind::takes, 0},
    {SYS_recvmsg, "recvmsg", CallKind::takes, 0},
    {SYS_accept4, "accept", CallKind::takes, 0},
    {SYS_accept, "accept", CallKind::takes, 0},
    {SYS_write, "write", CallKind::gives, 0},
    {SYS_writev, "writev", CallKind::gives, 0},
    {SYS_sendto, "send", CallKind::gives, 0},
    {SYS_sendmsg, "sendmsg", CallKind::gives, 0},
    {SYS_openat, "open", CallKind::takes},
    {SYS_ppoll, "poll", CallKind::takes, no_fd, 2},
    {SYS_pselect6, "select", CallKind::takes, no_fd, 4},
    {SYS_epoll_pwait, "epoll_wait", CallKind::takes, 0, 3, true},
#ifdef SYS_poll
    {SYS_poll, "poll", CallKind::takes, no_fd, 2, true},
    {SYS_select, "select", CallKind::takes, no_fd, 4},
    {SYS_epoll_wait, "epoll_wait", CallKind::takes, 0, 3, true},
    {SYS_open, "open", CallKind::takes},
#endif
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, "epoll_wait", CallKind::takes, 0, 3},
#endif
    {SYS_futex, "futex", CallKind::takes, no_fd, 3},
#ifdef SYS_futex_waitv
    {SYS_futex_waitv, "futex", CallKind::takes, no_fd, 3},
#endif
    {SYS_semop, "semop", CallKind::takes},
    {SYS_semtimedop, "semop", CallKind::takes, no_fd, 3},
    {SYS_flock, "flock", CallKind::takes, 0},
    {SYS_fcntl, "fcntl", CallKind::takes, 0},
    {SYS_msgrcv, "msgrcv", CallKind::takes},
    {SYS_msgsnd, "msgsnd", CallKind::gives},
    {SYS_mq_timedreceive, "mq_receive", CallKind::takes, 0, 4},
    {SYS_mq_timedsend, "mq_send", CallKind::gives, 0, 4},
    {SYS_wait4, "wait", CallKind::child},
    {SYS_waitid, "wait", CallKind::child},
    {SYS_nanosleep, "sleep", CallKind::sleeps},
    {SYS_clock_nanosleep, "sleep", CallKind::sleeps},
});

using Arguments = std::array<std::uint64_t, 6>;

bool has_limit(const CallRow& row, const Arguments& arguments) {
  if (row.limit == no_limit) return false;
  const std::uint64_t value = arguments.at(static_cast<std::size_t>(row.limit));
  return row.limit_by_value ? static_cast<std::int32_t>(value) >= 0 : value != 0;
}

}  // namespace

std::optional<BlockingCall> blocking_call(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::string word;
  words >> word;
  if (word.empty() || word == "running" || word == "-1") return std::nullopt;
  const long number = std::strtol(word.c_str(), nullptr, 10);
  Arguments arguments{};
  for (std::uint64_t& argument : arguments) {
    words >> word;
    argument = std::strtoull(word.c_str(), nullptr, 16);
  }
  for (const CallRow& row : rows) {
    if (row.number != number) continue;
    BlockingCall call{row.kind, row.name, -1};
    if (row.fd != no_fd) call.fd = static_cast<int>(arguments.at(static_cast<std::size_t>(row.fd)));
    if (has_limit(row, arguments)) call.kind = CallKind::sleeps;
    return call;
  }
  return BlockingCall{CallKind::other, "a call", -1};
}

}  // namespace ipcmark
