#include "scenarios/machine/host_lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <utility>

#include "backends/deadline.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

constexpr int slice_ms = 100;  // how late a raised `stop` may be seen
constexpr std::size_t max_command = 200;

using Failed = tl::unexpected<NoTurn>;

Failed failed(const char* what, int error) {
  return Failed(NoTurn{NoTurn::Why::error, {}, std::string(what) + ": " + std::strerror(error)});
}

std::string utc_now() {
  const time_t now = ::time(nullptr);
  tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  ::strftime(text.data(), text.size(), "%FT%TZ", &parts);
  return text.data();
}

// Of a process that is here: its own word of its command.
TurnHolder holder_of(int pid) {
  TurnHolder holder;
  holder.pid = pid;
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  std::string text(max_command, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  while (!text.empty() && text.back() == '\0') text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  holder.command = std::move(text);
  return holder;
}

// Three lines: pid, since when, command. Anybody may have written them.
TurnHolder holder_in(int file) {
  std::array<char, 64 + max_command> text{};
  const ssize_t got = ::pread(file, text.data(), text.size(), 0);
  std::string_view rest(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto line = [&rest] {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view first = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    return first;
  };
  TurnHolder holder;
  const std::string_view pid = line();
  std::from_chars(pid.data(), pid.data() + pid.size(), holder.pid);
  holder.since = line();
  holder.command = line();
  return holder;
}

void sign(int file, const std::string& command) {
  std::string text =
      std::to_string(::getpid()) + "\n" + utc_now() + "\n" + command.substr(0, max_command) + "\n";
  // Who waits can do without it.
  if (::ftruncate(file, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(file, text.data(), text.size(), 0);
  }
}

class Waiting {
 public:
  explicit Waiting(const TurnRequest& request)
      : request_(request), deadline_(Deadline::after(request.wait_ns)) {}

  // Tells who has the turn, the first time; the reason to give up, or nothing.
  std::optional<NoTurn> goes_on(const TurnHolder& holder) {
    if (request_.stop != nullptr && request_.stop->load() != 0) {
      return NoTurn{NoTurn::Why::stopped, {}, {}};
    }
    if (deadline_.passed()) return NoTurn{NoTurn::Why::late, holder, {}};
    // At the first look a holder may not have got as far as saying who it is.
    const bool known = holder.pid > 0 || ++unknown_ > 1;
    if (known && request_.on_wait && !std::exchange(reported_, true)) request_.on_wait(holder);
    return std::nullopt;
  }
  int slice() const {
    const std::uint64_t left = deadline_.remaining_ns() / 1'000'000U + 1;
    return static_cast<int>(std::min<std::uint64_t>(left, slice_ms));
  }

 private:
  const TurnRequest& request_;
  Deadline deadline_;
  unsigned unknown_ = 0;
  bool reported_ = false;
};

struct SocketName {
  explicit SocketName(const std::string& name) {
    address.sun_family = AF_UNIX;  // sun_path[0] stays zero: the abstract namespace
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }
  const sockaddr* at() const { return reinterpret_cast<const sockaddr*>(&address); }
  sockaddr_un address{};
  socklen_t size = 0;
};

Fd new_socket() { return Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)}; }

// A connection to the holder; none where it does not listen, or is gone.
Fd connect_to(const SocketName& name) {
  Fd connection = new_socket();
  if (connection && ::connect(connection.get(), name.at(), name.size) != 0) connection.reset();
  return connection;
}

TurnHolder holder_at(const Fd& connection) {
  ucred holder{};
  socklen_t size = sizeof holder;
  if (!connection || ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &holder, &size) != 0 ||
      holder.pid <= 0) {
    return {};
  }
  return holder_of(holder.pid);
}

// Whether somebody has the second lock, and so has signed the file.
bool is_locked(const Fd& file) {
  if (::flock(file.get(), LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  ::flock(file.get(), LOCK_UN);
  return false;
}

// `file`: of the second lock, for what its holder says; or none.
tl::expected<Fd, NoTurn> take_name(const TurnRequest& request, const Fd& file, Waiting& waiting) {
  const SocketName name(request.name);
  Fd connection;
  for (;;) {
    Fd lock = new_socket();
    if (!lock) return failed("waiting for the turn: socket", errno);
    if (::bind(lock.get(), name.at(), name.size) == 0) {
      if (::listen(lock.get(), 64) != 0) return failed("waiting for the turn: listen", errno);
      return lock;
    }
    if (errno != EADDRINUSE) return failed("waiting for the turn: bind", errno);
    lock.reset();
    if (!connection) connection = connect_to(name);
    TurnHolder holder = holder_at(connection);
    // The kernel tells no pid of another pid namespace.
    if (file && (holder.pid > 0 || is_locked(file))) {
      TurnHolder said = holder_in(file.get());
      if (holder.pid <= 0 || said.pid == holder.pid) holder = std::move(said);
    }
    if (auto end = waiting.goes_on(holder)) return Failed(std::move(*end));
    // Without a connection (it does not listen, its backlog is full, or it is gone) nothing tells
    // when it ends: poll then only sleeps.
    pollfd watch{connection.get(), POLLIN, 0};
    if (::poll(&watch, 1, waiting.slice()) > 0) connection.reset();
  }
}

// Opened, but not locked. Nothing, with the reason in `why`, where it cannot serve.
Fd open_file(const std::string& path, std::string& why) {
  constexpr int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  // Not O_CREAT at once: with it, fs.protected_regular refuses another user's file.
  Fd file(::open(path.c_str(), how));
  if (!file && errno == ENOENT) {
    file = Fd(::open(path.c_str(), how | O_CREAT | O_EXCL, 0666));
    if (file) ::fchmod(file.get(), 0666);  // whatever the umask: it is for all users
    if (!file && errno == EEXIST) file = Fd(::open(path.c_str(), how));
  }
  struct stat about {};
  if (!file) {
    why = path + ": " + std::strerror(errno);
  } else if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode) || about.st_nlink != 1) {
    why = path + " is not a plain file";
    file.reset();
  }
  return file;
}

Fd open_first(const TurnRequest& request, std::string& why) {
  for (const std::string& folder : request.folders) {
    std::string reason;
    Fd file = open_file(folder + "/" + request.name, reason);
    if (file) {
      why.clear();
      return file;
    }
    why += (why.empty() ? "" : ", ") + reason;
  }
  return {};
}

tl::expected<void, NoTurn> lock_file(const Fd& file, Waiting& waiting) {
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return failed("flock", errno);
    if (auto end = waiting.goes_on(holder_in(file.get()))) return Failed(std::move(*end));
    ::poll(nullptr, 0, waiting.slice());
  }
  return {};
}

}  // namespace

std::string holder_text(const TurnHolder& holder) {
  std::string text = holder.pid > 0 ? "process " + std::to_string(holder.pid)
                                    : std::string("a process that does not say which it is");
  std::string more = holder.command;
  if (!holder.since.empty()) more += (more.empty() ? "since " : ", since ") + holder.since;
  if (!more.empty()) text += " (" + more + ")";
  return printable(text);
}

tl::expected<MeasuringTurn, NoTurn> take_turn(const TurnRequest& request) {
  if (request.name.empty() || request.name.size() > 100) {
    return Failed(NoTurn{NoTurn::Why::error, {}, "the lock's name must have 1 to 100 bytes"});
  }
  Waiting waiting(request);
  MeasuringTurn turn;
  turn.file = open_first(request, turn.blind);
  auto name = take_name(request, turn.file, waiting);
  std::string unnamed;  // why: a filter of system calls, a container
  if (name) {
    turn.name = std::move(*name);
  } else if (name.error().why == NoTurn::Why::error) {
    unnamed = name.error().reason + ", ";
  } else {
    return Failed(std::move(name.error()));
  }
  if (!turn.file) {
    turn.blind = unnamed + turn.blind;
    return turn;
  }
  if (auto locked = lock_file(turn.file, waiting); !locked) {
    if (locked.error().why != NoTurn::Why::error) return Failed(std::move(locked.error()));
    turn.blind = unnamed + locked.error().reason;  // a file system without locks
    turn.file.reset();
    return turn;
  }
  sign(turn.file.get(), request.command);
  return turn;
}

}  // namespace ipcmark
