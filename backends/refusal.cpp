#include "backends/refusal.hpp"

#include <array>
#include <cerrno>

namespace ipcmark {
namespace {

struct Row {
  int number;
  const char* way_out;
};

constexpr const char* filter =
    "a filter of system calls, a container or file permissions forbid it; run without that";
constexpr const char* memory = "free some memory, or raise ulimit -v, ulimit -l or the container's";
constexpr const char* loopback = "bring the loopback device up (ip link set lo up)";
constexpr const char* family = "this kernel or container lacks that kind of socket";
constexpr const char* space = "make room on that file system, or raise its quota";

constexpr std::array<Row, 19> rows{{
    {ENOSYS, "this kernel lacks the call, or a filter of system calls hides it"},
    {EPERM, filter},
    {EACCES, filter},
    {EROFS, "the file system is read-only; mount it writable"},
    {EAFNOSUPPORT, family},
    {EPROTONOSUPPORT, family},
    {ESOCKTNOSUPPORT, family},
    {ENETUNREACH, loopback},
    {ENETDOWN, loopback},
    {EADDRNOTAVAIL, loopback},
    {EHOSTUNREACH, loopback},
    {ENOMEM, memory},
    {EMFILE, "raise ulimit -n"},
    {ENFILE, "raise fs.file-max"},
    {EFBIG, "raise ulimit -f"},
    {ENOSPC, space},
    {EDQUOT, space},
    {EOPNOTSUPP, "the file system or the kernel does not offer it"},
    {ENOLCK, "the file system offers no locks; use another"},
}};

const Row* row_of(int number) {
  for (const Row& row : rows) {
    if (row.number == number) return &row;
  }
  return nullptr;
}

}  // namespace

bool is_refusal(int sys_errno) { return row_of(sys_errno) != nullptr; }

const char* way_out(int sys_errno) {
  const Row* row = row_of(sys_errno);
  return row == nullptr ? "" : row->way_out;
}

}  // namespace ipcmark
