#include "scenarios/foreign/runner_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "backends/deadline.hpp"
#include "scenarios/foreign/process_tree.hpp"
#include "scenarios/foreign/spawn_plan.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t killed_within_ns = 5'000'000'000;
constexpr std::uint64_t without_pidfd_ns = 20'000'000;

// Ours and one more.
std::vector<std::string> environment() {
  std::vector<std::string> all{std::string(marks_variable) + "=" + std::to_string(marks_fd)};
  const std::string name = std::string(marks_variable) + "=";
  for (char** each = environ; *each != nullptr; ++each) {
    if (!std::string_view(*each).starts_with(name)) all.emplace_back(*each);
  }
  return all;
}

bool adopts() {
  int value = 0;
  return ::prctl(PR_GET_CHILD_SUBREAPER, &value) == 0 && value != 0;
}

void sleep_briefly() {
  const timespec wait{0, 2'000'000};
  ::nanosleep(&wait, nullptr);
}

}  // namespace

Result<RunnerProcess> RunnerProcess::start(const std::string& name, const std::string& command,
                                           const std::vector<std::string>& arguments,
                                           const std::string& input) {
  RunnerProcess runner;
  auto in = create_stream(input, "writing a runner's question");
  auto out = create_stream({}, "");
  auto err = create_stream({}, "");
  for (const auto* each : {&in, &out, &err}) {
    if (!*each) return tl::make_unexpected(each->error());
  }
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(Errc::system, "socketpair", errno);
  }
  runner.marks_ = Fd(ends[0]);
  const Fd theirs(ends[1]);
  SpawnPlan plan;
  plan.pass(*in, 0);
  plan.pass(*out, 1);
  plan.pass(*err, 2);
  plan.pass(theirs, marks_fd);
  std::vector<std::string> words{"-c", "exec " + command + " \"$@\"", name};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment();
  runner.adopted_before_ = adopts();
  const auto children = children_of(::getpid());
  runner.before_.insert(children.begin(), children.end());
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const auto pid = plan.start("/bin/sh", std::move(words), pointers_to(variables).data());
  if (!pid) {
    if (pid.error() == EAGAIN) return fail(Errc::limit, no_process_left, EAGAIN);
    return fail(Errc::system, "posix_spawn of a runner", pid.error());
  }
  runner.pid_ = *pid;
  runner.pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, runner.pid_, 0U)));
  runner.out_ = std::move(*out);
  runner.err_ = std::move(*err);
  return runner;
}

RunnerProcess::RunnerProcess(RunnerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      marks_(std::move(other.marks_)),
      read_marks_(std::move(other.read_marks_)),
      end_(other.end_),
      before_(std::move(other.before_)),
      adopted_before_(other.adopted_before_) {}

RunnerProcess::~RunnerProcess() {
  if (pid_ < 0) return;
  kill_all(0);
  ::prctl(PR_SET_CHILD_SUBREAPER, adopted_before_ ? 1 : 0);
}

void RunnerProcess::wait(std::uint64_t ns) const {
  if (!pidfd_) ns = std::min(ns, without_pidfd_ns);
  std::array<pollfd, 2> watched{{{pidfd_.get(), POLLIN, 0}, {marks_.get(), POLLIN, 0}}};
  const timespec time = to_timespec(ns);
  ::ppoll(watched.data(), marks_ ? 2 : 1, &time, nullptr);
}

std::string RunnerProcess::mark() {
  std::array<char, 256> buffer{};
  while (marks_) {
    const auto got = ::recv(marks_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) read_marks_.append(buffer.data(), static_cast<std::size_t>(got));
    // Closed at its side, or it writes what nobody waits for: no more is looked at.
    if (got == 0 || read_marks_.size() > 4096) marks_.reset();
    if (got <= 0) break;
  }
  const auto end = read_marks_.find('\n');
  if (end == std::string::npos) return {};
  std::string mark = read_marks_.substr(0, end);
  read_marks_.erase(0, end + 1);
  return mark;
}

void RunnerProcess::answer_mark() {
  constexpr std::string_view go = "go\n";
  if (marks_) (void)::send(marks_.get(), go.data(), go.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

const std::optional<ProcessEnd>& RunnerProcess::end() {
  if (end_ || pid_ < 0) return end_;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) != 0) {
    end_ = ProcessEnd{};  // somebody else has reaped it
  } else if (info.si_pid != 0) {
    end_ = ProcessEnd{info.si_code != CLD_EXITED, info.si_status};
  }
  return end_;
}

bool RunnerProcess::was_stopped() const {
  if (end_ || pid_ < 0) return false;
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WCONTINUED | WNOHANG) == 0 &&
         info.si_pid != 0;
}

std::vector<pid_t> RunnerProcess::orphans() const {
  std::vector<pid_t> found;
  for (const pid_t child : children_of(::getpid())) {
    if (child != pid_ && !before_.contains(child)) found.push_back(child);
  }
  return found;
}

std::vector<pid_t> RunnerProcess::tree() const {
  std::vector<pid_t> roots = orphans();
  if (!end_ && pid_ > 0) roots.insert(roots.begin(), pid_);
  return tree_of(roots);
}

void RunnerProcess::reap_orphans() const {
  for (const pid_t child : orphans()) {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG);
  }
}

unsigned RunnerProcess::kill_all(std::uint64_t grace_ns) {
  const Deadline grace = Deadline::after(grace_ns);
  while (!grace.passed()) {
    reap_orphans();
    end();
    if (tree().empty()) break;
    sleep_briefly();
  }
  std::set<pid_t> killed;
  const Deadline limit = Deadline::after(killed_within_ns);
  while (!limit.passed()) {
    reap_orphans();
    end();
    const auto left = tree();
    if (left.empty()) break;
    for (const pid_t pid : left) {
      ::kill(pid, SIGKILL);
      killed.insert(pid);
    }
    sleep_briefly();
  }
  return static_cast<unsigned>(killed.size());
}

std::uint64_t RunnerProcess::output_bytes() const {
  struct stat status {};
  return ::fstat(out_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::string RunnerProcess::output() const {
  return text_of_stream(out_, static_cast<std::size_t>(output_bytes()));
}

std::string RunnerProcess::last_error_line() const {
  std::string text = text_of_stream(err_, std::size_t{1} << 20U);
  while (text.ends_with('\n')) text.pop_back();
  const auto before = text.rfind('\n');
  return before == std::string::npos ? text : text.substr(before + 1);
}

}  // namespace ipcmark
