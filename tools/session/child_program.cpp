#include "tools/session/child_program.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "backends/deadline.hpp"
#include "backends/kernel/anonymous_file.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t grace_ns = 10'000'000'000;  // after SIGTERM; then SIGKILL

// Memory files instead of pipes: nobody has to read while the program runs, so that the caller
// takes no CPU from what is measured.
struct Streams {
  Fd in, out, err;

  static Result<Streams> make() {
    Streams made;
    for (Fd* each : {&made.in, &made.out, &made.err}) {
      auto file = create_anonymous_file("ipcmark-stream");
      if (!file) return tl::make_unexpected(file.error());
      *each = std::move(*file);
    }
    return made;
  }
};

bool fill(const Fd& file, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto wrote = ::write(file.get(), text.data() + done, text.size() - done);
    if (wrote <= 0) return false;
    done += static_cast<std::size_t>(wrote);
  }
  return ::lseek(file.get(), 0, SEEK_SET) == 0;
}

std::string content(const Fd& file) {
  std::string text;
  char buffer[65536];
  off_t at = 0;
  while (true) {
    const auto got = ::pread(file.get(), buffer, sizeof buffer, at);
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    at += got;
  }
}

// The pid, or an errno.
tl::expected<pid_t, int> spawn(const std::string& program,
                               const std::vector<std::string>& arguments, const Streams& streams) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  // In a group of its own: what is sent to ours (Ctrl-C, timeout(1)) reaches it once, from us.
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  ::posix_spawn_file_actions_adddup2(&actions, streams.in.get(), 0);
  ::posix_spawn_file_actions_adddup2(&actions, streams.out.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, streams.err.get(), 2);
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, program.c_str(), &actions, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return tl::make_unexpected(error);
  return pid;
}

ProcessEnd reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {true, WTERMSIG(status)};
  return {false, WEXITSTATUS(status)};
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
  return result != 0 || info.si_pid != 0;
}

// Until it has ended or the time is up, whichever comes first. True: it was killed for that.
bool await(pid_t pid, const Fd& pidfd, std::uint64_t limit_ns, const std::atomic<int>* stop) {
  Deadline deadline = Deadline::after(limit_ns);
  bool asked = false;
  while (!deadline.passed()) {
    if (!asked && stop != nullptr && stop->load() != 0) {
      ::kill(pid, SIGTERM);
      asked = true;
      deadline = Deadline::after(std::min(grace_ns, limit_ns));
    }
    pollfd entry{pidfd.get(), POLLIN, 0};
    // A stop signal that came just before the call would be slept over: hence the slices. Shorter
    // ones where nothing tells of the end (a kernel before 5.3, or a filter).
    const std::uint64_t longest = pidfd ? 500'000'000 : 20'000'000;
    const std::uint64_t slice = std::min(deadline.remaining_ns(), longest);
    if (::poll(&entry, 1, static_cast<int>(slice / 1'000'000) + 1) > 0) return false;
    if (!pidfd && has_ended(pid)) return false;
  }
  ::kill(pid, SIGKILL);
  return !asked;
}

}  // namespace

tl::expected<ProgramOutput, std::string> run_program(const std::string& program,
                                                     const std::vector<std::string>& arguments,
                                                     const std::string& input,
                                                     std::uint64_t limit_ns,
                                                     const std::atomic<int>* stop) {
  auto made = Streams::make();
  if (!made) {
    return tl::make_unexpected(fmt::format("cannot run '{}': {}", program, explain(made.error())));
  }
  const Streams streams = std::move(*made);
  if (!fill(streams.in, input)) {
    return tl::make_unexpected(
        fmt::format("cannot run '{}': its input: {}", program, ::strerror(errno)));
  }
  const KeptChildEnds kept;
  const auto pid = spawn(program, arguments, streams);
  if (!pid) {
    return tl::make_unexpected(
        fmt::format("cannot run '{}': {}", program, ::strerror(pid.error())));
  }
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0U)));
  ProgramOutput output;
  output.timed_out = await(*pid, pidfd, limit_ns, stop);
  output.end = reap(*pid);
  output.out = content(streams.out);
  output.err = content(streams.err);
  return output;
}

}  // namespace ipcmark
