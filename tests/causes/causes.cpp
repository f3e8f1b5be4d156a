// Planted causes: preloaded into the workers of a run, it does one thing more for each message that
// a worker sends or receives through the C library. Which is told by IPCMARK_CAUSE:
//
//   call    a system call more (getppid) before each message is sent
//   fault   a page fault more before each message is sent: a page that was never touched is written
//   filter  a classic socket filter of 4096 instructions on each socket that is received from
//
// The control link, whose number is known, is left alone.
#include <dlfcn.h>
#include <linux/filter.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <bitset>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

constexpr int control_link = 3;                             // scenarios/launch/spawn.hpp
constexpr std::size_t fresh_bytes = std::size_t{1} << 30U;  // reserved, not used
constexpr std::size_t page_bytes = 4096;
constexpr int numbers_of_files = 1024;

enum class Cause { none, call, fault, filter };

Cause asked() {
  std::ifstream line("/proc/self/cmdline");
  std::string program, first;
  std::getline(line, program, '\0');
  std::getline(line, first, '\0');
  const char* value = std::getenv("IPCMARK_CAUSE");
  const std::string word = value == nullptr || first != "--ipcmark-worker" ? "" : value;
  if (word == "call") return Cause::call;
  if (word == "fault") return Cause::fault;
  return word == "filter" ? Cause::filter : Cause::none;
}

const Cause cause = asked();

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Pages one after the other, each for the first time.
void touch_a_fresh_page() {
  static char* const pages = [] {
    void* memory = ::mmap(nullptr, fresh_bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    ::madvise(memory, fresh_bytes, MADV_NOHUGEPAGE);
    return static_cast<char*>(memory);
  }();
  static std::size_t at = 0;
  if (at + page_bytes > fresh_bytes) std::abort();  // more messages than a soak sends
  pages[at] = 1;
  at += page_bytes;
}

void before_sending(int fd) {
  if (fd <= control_link) return;
  if (cause == Cause::call) ::syscall(SYS_getppid);
  if (cause == Cause::fault) touch_a_fresh_page();
}

// Once a socket. Where it cannot be attached (no socket) nothing is planted, and the soak fails.
void before_receiving(int fd) {
  static std::bitset<numbers_of_files> seen;
  if (cause != Cause::filter || fd <= control_link || fd >= numbers_of_files) return;
  const auto place = static_cast<std::size_t>(fd);
  if (seen.test(place)) return;
  seen.set(place);
  static std::array<sock_filter, BPF_MAXINSNS> program;
  for (sock_filter& each : program) each = BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 3);
  program.back() = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);  // keeps all of it
  const sock_fprog filter{BPF_MAXINSNS, program.data()};
  ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* const call = real<ssize_t(int, const void*, size_t)>("write");
  before_sending(fd);
  return call(fd, bytes, size);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static auto* const call = real<ssize_t(int, const iovec*, int)>("writev");
  before_sending(fd);
  return call(fd, parts, count);
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  static auto* const call = real<ssize_t(int, const void*, size_t, int)>("send");
  before_sending(fd);
  return call(fd, bytes, size, flags);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* const call = real<ssize_t(int, const msghdr*, int)>("sendmsg");
  before_sending(fd);
  return call(fd, message, flags);
}

ssize_t read(int fd, void* bytes, size_t size) {
  static auto* const call = real<ssize_t(int, void*, size_t)>("read");
  before_receiving(fd);
  return call(fd, bytes, size);
}

ssize_t readv(int fd, const iovec* parts, int count) {
  static auto* const call = real<ssize_t(int, const iovec*, int)>("readv");
  before_receiving(fd);
  return call(fd, parts, count);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  static auto* const call = real<ssize_t(int, void*, size_t, int)>("recv");
  before_receiving(fd);
  return call(fd, bytes, size, flags);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static auto* const call = real<ssize_t(int, msghdr*, int)>("recvmsg");
  before_receiving(fd);
  return call(fd, message, flags);
}

}  // extern "C"
