// An evil middleman: preloaded into the workers of a run, it spoils one message that a worker sends
// through the C library. What it does is told by the environment:
//
//   IPCMARK_MIDDLEMAN         drop, double, flip, tear or swap
//   IPCMARK_MIDDLEMAN_NTH     which of its messages, from 1
//   IPCMARK_MIDDLEMAN_WORKER  which worker's, in the order in which they come so far, from 0
//   IPCMARK_MIDDLEMAN_FROM    the fewest bytes of a message: what is shorter (the ends of streams,
//                             ZeroMQ's handshake) passes
//   IPCMARK_MIDDLEMAN_NOTES   a directory: `spoilt` is made there once the message was spoilt
//
// It sees calls, not messages: where one message takes several calls, the nth call. A message that
// is read out of the sender's memory is spoilt where it arrives, so there the worker is its
// receiver, and to double it is to hand out the one before again. What lies in shared memory never
// passes through here, what an io_uring carries neither, nor does the control link, whose number is
// known.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int control_link = 3;      // scenarios/launch/spawn.hpp
constexpr int longest_tries = 1000;  // of a millisecond each, for what is sent on purpose

using Bytes = std::vector<char>;
// Sends bytes by the real call: how many went, or -1 and errno.
using Push = std::function<ssize_t(const char* bytes, std::size_t size)>;

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_worker() {
  std::ifstream line("/proc/self/cmdline");
  std::string program, first;
  std::getline(line, program, '\0');
  std::getline(line, first, '\0');
  return first == "--ipcmark-worker";
}

class Middleman {
 public:
  Middleman() : kind_(setting("IPCMARK_MIDDLEMAN")), notes_(setting("IPCMARK_MIDDLEMAN_NOTES")) {
    if (kind_.empty() || notes_.empty() || !is_worker()) return;
    wanted_ = std::atoi(setting("IPCMARK_MIDDLEMAN_WORKER").c_str());
    left_ = std::atol(setting("IPCMARK_MIDDLEMAN_NTH").c_str());
    from_ = static_cast<std::size_t>(std::atol(setting("IPCMARK_MIDDLEMAN_FROM").c_str()));
  }

  // `channel`: what tells this way from others. `whole`: by nature all or nothing goes.
  ssize_t pass(long channel, const char* bytes, std::size_t size, const Push& push) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (held_channel_ == channel) return overtake(bytes, size, push);
    if (left_ == 0 || size < from_) return push(bytes, size);
    if (--left_ > 0) return push(bytes, size);
    if (place_ < 0) place_ = take_ticket();
    if (place_ != wanted_) return push(bytes, size);
    const ssize_t done = spoil(channel, bytes, size, push);
    if (!spoilt_) left_ = 1;  // it could not be sent at all, or not far enough: the next one
    return done;
  }

  // What has been read of another process's memory, in place.
  void pulled(char* bytes, std::size_t size) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (left_ == 0 || size < from_) return;
    if (--left_ == 0) {
      if (place_ < 0) place_ = take_ticket();
      if (place_ != wanted_) return;
      spoil_in_place(bytes, size);
      if (spoilt_) return;
      left_ = 1;
    }
    held_.assign(bytes, bytes + size);
  }

  bool idle() const { return left_ == 0 && held_channel_ < 0; }

 private:
  int take_ticket() const {
    for (int place = 0; place < 256; ++place) {
      const std::string name = notes_ + "/worker." + std::to_string(place);
      const int file = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
      if (file < 0) continue;
      ::close(file);
      return place;
    }
    return -1;
  }

  void note() {
    spoilt_ = true;
    const int file = ::open((notes_ + "/spoilt").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
  }

  ssize_t spoil(long channel, const char* bytes, std::size_t size, const Push& push) {
    const auto all = static_cast<ssize_t>(size);
    if (kind_ == "drop") {
      note();
      return all;
    }
    if (kind_ == "swap") {
      held_.assign(bytes, bytes + size);
      held_channel_ = channel;
      note();
      return all;
    }
    if (kind_ == "flip") {
      Bytes copy(bytes, bytes + size);
      copy[size / 2] = static_cast<char>(copy[size / 2] ^ 0x10);
      const ssize_t done = push(copy.data(), size);
      if (done > static_cast<ssize_t>(size / 2)) note();
      return done;
    }
    if (kind_ == "tear") {
      const ssize_t done = push(bytes, size / 2);
      if (done <= 0) return done;
      note();
      return all;
    }
    const ssize_t done = push(bytes, size);  // double
    if (done <= 0) return done;
    if (push_all(bytes, static_cast<std::size_t>(done), push)) note();
    return done;
  }

  void spoil_in_place(char* bytes, std::size_t size) {
    if (kind_ == "flip") {
      bytes[size / 2] = static_cast<char>(bytes[size / 2] ^ 0x10);
    } else if (kind_ == "tear") {
      std::memset(bytes + size / 2, 0, size - size / 2);
    } else if (kind_ == "double" && held_.size() == size) {
      std::memcpy(bytes, held_.data(), size);
    } else {
      return;
    }
    note();
  }

  ssize_t overtake(const char* bytes, std::size_t size, const Push& push) {
    const ssize_t done = push(bytes, size);
    if (done <= 0) return done;
    held_channel_ = -1;
    push_all(held_.data(), held_.size(), push);
    return done;
  }

  // Whatever there is room for, for a while.
  static bool push_all(const char* bytes, std::size_t size, const Push& push) {
    std::size_t gone = 0;
    for (int tries = 0; gone < size && tries < longest_tries; ++tries) {
      const ssize_t done = push(bytes + gone, size - gone);
      if (done > 0) {
        gone += static_cast<std::size_t>(done);
      } else if (errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT || errno == ENOBUFS) {
        ::poll(nullptr, 0, 1);
      } else {
        break;
      }
    }
    return gone > 0;
  }

  std::string kind_, notes_;
  std::atomic<long> left_{0};    // messages until the chosen one
  int wanted_ = 0, place_ = -1;  // among the workers that came so far; -1: it has not yet
  std::size_t from_ = 0;
  bool spoilt_ = false;
  Bytes held_;  // a message that another overtakes, or the last one that was pulled
  std::atomic<long> held_channel_{-1};
  std::mutex mutex_;
};

Middleman& middleman() {
  static Middleman only;
  return only;
}

bool carries_messages(int fd) {
  struct stat status {};
  return fd > control_link && ::fstat(fd, &status) == 0 &&
         (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

bool of_interest(int fd) { return !middleman().idle() && carries_messages(fd); }

Bytes gathered(const iovec* parts, std::size_t count) {
  Bytes all;
  for (std::size_t i = 0; i < count; ++i) {
    const char* begin = static_cast<const char*>(parts[i].iov_base);
    all.insert(all.end(), begin, begin + parts[i].iov_len);
  }
  return all;
}

// Descriptors, POSIX queues, System V queues and a thread's signals each have numbers of their own.
long posix_queue(mqd_t queue) { return 1'000'000L + queue; }
long sysv_queue(int queue) { return 2'000'000L + queue; }
long signals_of(int thread, int number) { return 1'000'000'000L + 100L * thread + number; }

// Pages with that content, never to be used again: a pipe may hold them for ever.
void* kept_pages(const char* bytes, std::size_t size) {
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  std::memcpy(at, bytes, size);
  return at;
}

// A sealed file with that content, as memfd_pass sends it; -1 and errno.
int sealed_file(const char* bytes, std::size_t size) {
  const int file = ::memfd_create("middleman", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  const bool whole = ::pwrite(file, bytes, size, 0) == static_cast<ssize_t>(size);
  constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (whole && ::fcntl(file, F_ADD_SEALS, seals) == 0) return file;
  ::close(file);
  return -1;
}

Bytes content_of(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return {};
  Bytes all(static_cast<std::size_t>(status.st_size));
  if (::pread(file, all.data(), all.size(), 0) != status.st_size) return {};
  return all;
}

using SendMessage = ssize_t(int, const msghdr*, int);

// A message that is a file, beside which its length stands as the only part (memfd_pass).
ssize_t send_file(int fd, const msghdr* message, int flags, SendMessage* call) {
  const cmsghdr* rights = CMSG_FIRSTHDR(message);
  std::uint64_t length = 0;
  int file = -1;
  const bool is_file = rights != nullptr && rights->cmsg_level == SOL_SOCKET &&
                       rights->cmsg_type == SCM_RIGHTS &&
                       rights->cmsg_len == CMSG_LEN(sizeof file) && message->msg_iovlen == 1 &&
                       message->msg_iov[0].iov_len == sizeof length;
  if (is_file) std::memcpy(&file, CMSG_DATA(rights), sizeof file);
  const Bytes all = is_file ? content_of(file) : Bytes();
  if (all.empty()) return call(fd, message, flags);
  const auto push = [&](const char* some, std::size_t count) -> ssize_t {
    const int other = sealed_file(some, count);
    if (other < 0) return -1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof other)] = {};
    length = count;
    iovec part{&length, sizeof length};
    msghdr changed = *message;
    changed.msg_iov = &part;
    changed.msg_control = control;
    changed.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&changed);
    *header = *rights;
    std::memcpy(CMSG_DATA(header), &other, sizeof other);
    const ssize_t sent = call(fd, &changed, flags);
    const int error = errno;
    ::close(other);
    errno = error;
    return sent < 0 ? -1 : static_cast<ssize_t>(count);
  };
  const ssize_t done = middleman().pass(fd, all.data(), all.size(), push);
  return done < 0 ? done : static_cast<ssize_t>(sizeof length);
}

// A word of a message, with a signal (the mechanism `signal`); half a word is filled up with 0.
long send_word(const long (&arguments)[6], const std::function<long(const long*)>& call) {
  siginfo_t info = *reinterpret_cast<const siginfo_t*>(arguments[3]);
  char* const word = reinterpret_cast<char*>(&info.si_value);
  const Bytes all(word, word + sizeof info.si_value);
  const auto push = [&](const char* some, std::size_t count) -> ssize_t {
    std::memset(word, 0, sizeof info.si_value);
    std::memcpy(word, some, count);
    long changed[6];
    std::memcpy(changed, arguments, sizeof changed);
    changed[3] = reinterpret_cast<long>(&info);
    return call(changed) == 0 ? static_cast<ssize_t>(count) : -1;
  };
  const long channel = signals_of(static_cast<int>(arguments[1]), static_cast<int>(arguments[2]));
  return middleman().pass(channel, all.data(), all.size(), push) < 0 ? -1 : 0;
}

ssize_t put(mqd_t queue, const char* bytes, std::size_t size, unsigned priority,
            const timespec* until) {
  using Timed = int(mqd_t, const char*, std::size_t, unsigned, const timespec*);
  using Plain = int(mqd_t, const char*, std::size_t, unsigned);
  static auto* const timed = real<Timed>("mq_timedsend");
  static auto* const plain = real<Plain>("mq_send");
  const auto push = [&](const char* some, std::size_t count) -> ssize_t {
    const int put = until == nullptr ? plain(queue, some, count, priority)
                                     : timed(queue, some, count, priority, until);
    return put == 0 ? static_cast<ssize_t>(count) : -1;
  };
  if (middleman().idle()) return push(bytes, size);
  return middleman().pass(posix_queue(queue), bytes, size, push);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* const call = real<ssize_t(int, const void*, size_t)>("write");
  if (!of_interest(fd)) return call(fd, bytes, size);
  return middleman().pass(
      fd, static_cast<const char*>(bytes), size,
      [&](const char* some, std::size_t count) { return call(fd, some, count); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static auto* const call = real<ssize_t(int, const iovec*, int)>("writev");
  if (!of_interest(fd)) return call(fd, parts, count);
  const Bytes all = gathered(parts, static_cast<std::size_t>(count));
  return middleman().pass(fd, all.data(), all.size(), [&](const char* some, std::size_t length) {
    const iovec one{const_cast<char*>(some), length};
    return call(fd, &one, 1);
  });
}

ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to,
               socklen_t length) {
  using Call = ssize_t(int, const void*, size_t, int, const sockaddr*, socklen_t);
  static auto* const call = real<Call>("sendto");
  if (!of_interest(fd)) return call(fd, bytes, size, flags, to, length);
  return middleman().pass(fd, static_cast<const char*>(bytes), size,
                          [&](const char* some, std::size_t count) {
                            return call(fd, some, count, flags, to, length);
                          });
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  return sendto(fd, bytes, size, flags, nullptr, 0);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* const call = real<SendMessage>("sendmsg");
  if (!of_interest(fd)) return call(fd, message, flags);
  if (message->msg_controllen != 0) return send_file(fd, message, flags, call);
  const Bytes all = gathered(message->msg_iov, message->msg_iovlen);
  return middleman().pass(fd, all.data(), all.size(), [&](const char* some, std::size_t length) {
    iovec one{const_cast<char*>(some), length};
    msghdr changed = *message;
    changed.msg_iov = &one;
    changed.msg_iovlen = 1;
    return call(fd, &changed, flags);
  });
}

ssize_t vmsplice(int fd, const iovec* parts, size_t count, unsigned flags) {
  static auto* const call = real<ssize_t(int, const iovec*, size_t, unsigned)>("vmsplice");
  if (!of_interest(fd)) return call(fd, parts, count, flags);
  const Bytes all = gathered(parts, count);
  return middleman().pass(fd, all.data(), all.size(),
                          [&](const char* some, std::size_t length) -> ssize_t {
                            const iovec one{kept_pages(some, length), length};
                            return one.iov_base == nullptr ? -1 : call(fd, &one, 1, flags);
                          });
}

ssize_t process_vm_readv(pid_t pid, const iovec* here, unsigned long here_count, const iovec* there,
                         unsigned long there_count, unsigned long flags) noexcept {
  using Call =
      ssize_t(pid_t, const iovec*, unsigned long, const iovec*, unsigned long, unsigned long);
  static auto* const call = real<Call>("process_vm_readv");
  const ssize_t got = call(pid, here, here_count, there, there_count, flags);
  if (got > 0 && here_count == 1 && !middleman().idle()) {
    middleman().pulled(static_cast<char*>(here->iov_base), static_cast<std::size_t>(got));
  }
  return got;
}

long syscall(long number, ...) noexcept {
  using Call = long(long, ...);
  static auto* const call = real<Call>("syscall");
  long arguments[6];
  va_list list;
  va_start(list, number);
  for (long& each : arguments) each = va_arg(list, long);
  va_end(list);
  const auto plain = [number](const long* with) {
    return call(number, with[0], with[1], with[2], with[3], with[4], with[5]);
  };
  if (number != SYS_rt_tgsigqueueinfo || middleman().idle()) return plain(arguments);
  return send_word(arguments, plain);
}

int mq_send(mqd_t queue, const char* bytes, size_t size, unsigned priority) {
  return put(queue, bytes, size, priority, nullptr) < 0 ? -1 : 0;
}

int mq_timedsend(mqd_t queue, const char* bytes, size_t size, unsigned priority,
                 const timespec* until) {
  return put(queue, bytes, size, priority, until) < 0 ? -1 : 0;
}

int msgsnd(int queue, const void* message, size_t size, int flags) {
  static auto* const call = real<int(int, const void*, size_t, int)>("msgsnd");
  if (middleman().idle()) return call(queue, message, size, flags);
  const char* bytes = static_cast<const char*>(message) + sizeof(long);
  const auto push = [&](const char* some, std::size_t count) -> ssize_t {
    Bytes whole(sizeof(long) + count);
    std::memcpy(whole.data(), message, sizeof(long));
    std::memcpy(whole.data() + sizeof(long), some, count);
    return call(queue, whole.data(), count, flags) == 0 ? static_cast<ssize_t>(count) : -1;
  };
  return middleman().pass(sysv_queue(queue), bytes, size, push) < 0 ? -1 : 0;
}

}  // extern "C"
