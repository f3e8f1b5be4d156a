#include "scenarios/peer/peer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/framing/stream_endpoint.hpp"
#include "results/text/printable.hpp"
#include "scenarios/machine/placement.hpp"
#include "scenarios/peer/peer_role.hpp"

namespace ipcmark {
namespace {

constexpr int reported = 0;
constexpr int no_such_question = 2;
constexpr int left_alone = 5;
constexpr std::size_t longest_question = std::size_t{1} << 20U;
constexpr std::size_t min_buffer = 4;  // the message STOP
constexpr std::size_t shared_bytes = sizeof(std::uint64_t);

// What comes on standard input, and goes to standard output.
class Lines {
 public:
  // Without its newline; nothing: no more comes.
  std::optional<std::string> next() {
    for (;;) {
      if (const auto end = text_.find('\n'); end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      std::array<char, 4096> part{};
      const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || text_.size() > longest_question) return std::nullopt;
      text_.append(part.data(), static_cast<std::size_t>(got));
    }
  }
  static bool say(std::string_view text) {
    while (!text.empty()) {
      const ssize_t done = ::write(STDOUT_FILENO, text.data(), text.size());
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
  }

 private:
  std::string text_;
};

// Eight bytes that both ends map.
class SharedWord {
 public:
  SharedWord() = default;
  SharedWord(const SharedWord&) = delete;
  SharedWord& operator=(const SharedWord&) = delete;
  ~SharedWord() {
    if (word_ != nullptr) ::munmap(word_, shared_bytes);
  }
  Status map(int fd) {
    void* at = ::mmap(nullptr, shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return fail(Errc::system, "mmap of the shared word", errno);
    word_ = static_cast<std::atomic<std::uint64_t>*>(at);
    return {};
  }
  std::atomic<std::uint64_t>* get() const { return word_; }

 private:
  std::atomic<std::uint64_t>* word_ = nullptr;
};

Result<StreamFd> opened(const PeerChannel& channel) {
  if (channel.kind == PeerChannelKind::socket) {
    return StreamFd{Fd(channel.fd), StreamFd::Kind::socket};
  }
  if (channel.kind == PeerChannelKind::pipe) {
    return StreamFd{Fd(channel.fd), StreamFd::Kind::pipe};
  }
  // Waits for the other end.
  Fd fd(::open(channel.path.c_str(), (channel.sends ? O_WRONLY : O_RDONLY) | O_CLOEXEC));
  if (!fd) return fail(Errc::system, "open of a FIFO", errno);
  return StreamFd{std::move(fd), StreamFd::Kind::pipe};
}

Status open_channels(PeerTask& task) {
  const std::uint64_t largest =
      std::max({static_cast<std::uint64_t>(task.question.spec.size), task.question.payload,
                static_cast<std::uint64_t>(min_buffer)});
  for (const PeerChannel& channel : task.question.channels) {
    auto stream = opened(channel);
    if (!stream) return tl::make_unexpected(stream.error());
    if (channel.sends) {
      task.sender = std::make_unique<StreamSender>(std::move(*stream), largest);
    } else {
      task.receiver = std::make_unique<StreamReceiver>(std::move(*stream), largest);
    }
  }
  return {};
}

// Empty, or what is wrong with the descriptors that the question names: each is this process's own
// from now on, and is closed once.
std::string descriptor_unsupported(const PeerQuestion& question) {
  std::vector<int> fds;
  fds.reserve(question.channels.size() + 2);
  for (const PeerChannel& channel : question.channels) {
    if (channel.kind != PeerChannelKind::fifo) fds.push_back(channel.fd);
  }
  for (const int fd : {question.enough, question.ready}) {
    if (fd != -1) fds.push_back(fd);
  }
  for (auto fd = fds.begin(); fd != fds.end(); ++fd) {
    if (*fd <= STDERR_FILENO) {
      return fmt::format("descriptor {} is none to inherit: those begin at 3", *fd);
    }
    if (std::count(fds.begin(), fd, *fd) != 0) {
      return fmt::format("descriptor {} stands twice in the question", *fd);
    }
    if (::fcntl(*fd, F_GETFD) < 0) {
      return fmt::format("descriptor {} is not open: let this process inherit it", *fd);
    }
  }
  struct stat file {};
  if (question.enough != -1 &&
      (::fstat(question.enough, &file) != 0 || file.st_size < static_cast<off_t>(shared_bytes))) {
    return fmt::format("'enough' must be a file of at least {} bytes", shared_bytes);
  }
  return {};
}

// Empty, or why it cannot be the end that it is asked to be.
std::string unsupported_reason(const PeerQuestion& question, const PeerRoleRow* row) {
  const RunSpec& spec = question.spec;
  if (row == nullptr) {
    return fmt::format("there is no end '{}' of {} for a mixed pair", printable(question.role),
                       printable(spec.scenario));
  }
  const auto sending = std::count_if(question.channels.begin(), question.channels.end(),
                                     [](const PeerChannel& each) { return each.sends; });
  const auto receiving = static_cast<std::ptrdiff_t>(question.channels.size()) - sending;
  if (sending != (row->sends ? 1 : 0) || receiving != (row->receives ? 1 : 0)) {
    return fmt::format("the end '{}' of {} needs {} to send into and {} to receive from", row->role,
                       row->scenario, row->sends ? "one channel" : "none",
                       row->receives ? "one" : "none");
  }
  if (question.worker > 1) return "'worker' must be 0 or 1: a pair has two ends";
  if (spec.size == 0 || spec.size > largest_frame || question.payload > largest_frame) {
    return fmt::format("messages have 1 to {} bytes", largest_frame);
  }
  const std::string scenario = spec.scenario;
  if (scenario == "throughput" && question.enough < 0) return "throughput needs 'enough'";
  const bool one_way = row->sends != row->receives;
  if (scenario == "large_payload" && one_way && question.ready < 0) {
    return "large_payload needs 'ready'";
  }
  const bool naive = scenario == "large_payload" && spec.option("protocol", 0) != 0;
  if (naive && question.payload == 0) return "the naive exchange needs 'payload'";
  if (question.cpu >= 0 && !may_run_on(question.cpu)) {
    return fmt::format("'cpu' is {}, where this process may not run", question.cpu);
  }
  return descriptor_unsupported(question);
}

int refuse(const std::string& why) {
  std::fputs(("ipcmark trial --peer: " + why + "\n").c_str(), stderr);
  return no_such_question;
}

struct CpuTime {
  std::uint64_t user_ns = 0, system_ns = 0;
};
CpuTime cpu_time() {
  const auto ns = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_usec) * 1'000U;
  };
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {ns(usage.ru_utime), ns(usage.ru_stime)};
}

// As ps(1), and the diagnosis of a deadlock, call it.
void take_name(const PeerQuestion& question) {
  const std::string name = fmt::format("{} {} C++", question.role.substr(0, 9), question.worker);
  ::prctl(PR_SET_NAME, name.c_str());
}

Status take_place(const PeerQuestion& question, SharedWord& enough, PeerTask& task) {
  if (question.cpu >= 0) {
    const int error = pin_this_thread(question.cpu);
    if (error != 0) return fail(Errc::system, "sched_setaffinity", error);
  }
  if (question.enough >= 0) {
    if (const Status mapped = enough.map(question.enough); !mapped) return mapped;
    task.enough = enough.get();
  }
  if (question.ready >= 0) task.ready = Fd(question.ready);
  return open_channels(task);
}

// Its parent's death is its end, also while it waits for a message.
void end_with_parent() {
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(left_alone);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);  // whoever started it is asked to end, and ends it
}

}  // namespace

int run_peer() {
  end_with_parent();
  Lines lines;
  const auto text = lines.next();
  if (!text) return refuse("no question came on standard input");
  const auto question = read_peer_question(*text);
  if (!question) return refuse("standard input: " + question.error());
  const PeerRoleRow* row = peer_role(question->spec.scenario, question->role);
  if (const std::string why = unsupported_reason(*question, row); !why.empty()) return refuse(why);
  take_name(*question);

  PeerReport report;
  SharedWord enough;
  CpuTime before;
  bool alone = false;
  PeerTask task{*question, nullptr, nullptr, nullptr, Fd(), {}, report};
  task.start = [&]() -> Status {
    alone = !Lines::say("ready\n") || !lines.next();
    before = cpu_time();
    if (alone) return fail(Errc::peer_died, "waiting for 'go'");
    return {};
  };
  Status done = take_place(*question, enough, task);
  if (done) done = row->run(task);
  if (alone) return left_alone;
  if (!done) report.failed = explain(done.error());
  const CpuTime after = cpu_time();
  report.cost.role = question->role;
  report.cost.pid = static_cast<std::int32_t>(::getpid());
  report.cost.cpu = question->cpu;
  report.cost.user_ns = after.user_ns - before.user_ns;
  report.cost.system_ns = after.system_ns - before.system_ns;
  if (!Lines::say(peer_report(report))) return left_alone;
  lines.next();  // what it has used is looked at before it ends
  return reported;
}

}  // namespace ipcmark
