#include "scenarios/launch/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "scenarios/launch/ending_signals.hpp"

namespace ipcmark {
namespace {

#ifndef P_PIDFD
constexpr idtype_t pidfd_type = static_cast<idtype_t>(3);
#else
constexpr idtype_t pidfd_type = P_PIDFD;
#endif

// Both spawn attributes and file actions, destroyed on every path.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

int prepare(SpawnPlan& plan, const ControlLink& link) {
  // None ignored, whatever the coordinator's embedder did to its own. What ends a run is blocked
  // until the worker ignores it: in between, a signal to the process group would kill it.
  sigset_t blocked;
  sigset_t all;
  sigemptyset(&blocked);
  for (const int number : ending_signals()) sigaddset(&blocked, number);
  sigfillset(&all);
  int error = ::posix_spawnattr_setsigmask(&plan.attributes, &blocked);
  if (error == 0) error = ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
  if (error == 0) {
    error = ::posix_spawnattr_setflags(&plan.attributes,
                                       POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  if (error == 0) {
    error = ::posix_spawn_file_actions_addopen(&plan.actions, 0, "/dev/null", O_RDONLY, 0);
  }
  const bool has_stderr = ::fcntl(2, F_GETFD) >= 0;
  if (error == 0 && !has_stderr) {
    error = ::posix_spawn_file_actions_addopen(&plan.actions, 2, "/dev/null", O_WRONLY, 0);
  }
  if (error == 0) error = ::posix_spawn_file_actions_adddup2(&plan.actions, 2, 1);
  if (error == 0) {
    error = ::posix_spawn_file_actions_adddup2(&plan.actions, link.descriptor(), worker_link_fd);
  }
  return error;
}

}  // namespace

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string(name);
}

std::string describe(const ProcessEnd& end) {
  return end.by_signal ? "killed by " + signal_name(end.code)
                       : "exited with code " + std::to_string(end.code);
}

KeptChildEnds::KeptChildEnds() {
  if (::sigaction(SIGCHLD, nullptr, &before_) != 0) return;
  changed_ = before_.sa_handler == SIG_IGN || (before_.sa_flags & SA_NOCLDWAIT) != 0;
  if (changed_) ::signal(SIGCHLD, SIG_DFL);
}

KeptChildEnds::~KeptChildEnds() {
  if (changed_) ::sigaction(SIGCHLD, &before_, nullptr);
}

Result<WorkerProcess> WorkerProcess::spawn(const ControlLink& link) {
  SpawnPlan plan;
  if (const int error = prepare(plan, link); error != 0) {
    return fail(Errc::system, "posix_spawn attributes", error);
  }
  std::string program = "ipcmark-worker";
  std::string argument = worker_argument;
  std::string coordinator = std::to_string(::getpid());
  const std::array<char*, 4> arguments{program.data(), argument.data(), coordinator.data(),
                                       nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, "/proc/self/exe", &plan.actions, &plan.attributes,
                                  arguments.data(), environ);
  if (error != 0) {
    if (error == ENOENT && ::access("/proc/self/exe", F_OK) != 0) {
      return fail(Errc::limit, "workers are started from /proc, which is not there; mount it");
    }
    if (error == EAGAIN) {
      return fail(Errc::limit, "no process is left for a worker; raise ulimit -u, or use fewer",
                  error);
    }
    return fail(Errc::system, "posix_spawn of a worker", error);
  }
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
  const int pidfd_error = errno;
  WorkerProcess process(pid, std::move(pidfd));
  // A kernel before 5.3, or a filter that does not know the call: the parent asks by the pid then,
  // which cannot be reused before it is reaped.
  if (!process.pidfd_ && pidfd_error != ENOSYS && pidfd_error != EPERM && pidfd_error != EACCES) {
    return fail(Errc::system, "pidfd_open", pidfd_error);
  }
  return process;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)), end_(other.end_) {}

WorkerProcess::~WorkerProcess() {
  if (pid_ < 0 || end_) return;
  kill(SIGKILL);
  reap(true);
}

std::optional<ProcessEnd> WorkerProcess::reap(bool wait) {
  if (end_ || pid_ < 0) return end_;
  siginfo_t info{};
  const idtype_t type = pidfd_ ? pidfd_type : P_PID;
  const id_t id = static_cast<id_t>(pidfd_ ? pidfd_.get() : pid_);
  int result = -1;
  do {
    result = ::waitid(type, id, &info, WEXITED | (wait ? 0 : WNOHANG));
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    end_ = ProcessEnd{};  // somebody else reaped it: how it ended is not known
  } else if (info.si_pid != 0) {
    end_ = ProcessEnd{info.si_code != CLD_EXITED, info.si_status};
  }
  return end_;
}

bool WorkerProcess::was_stopped() {
  if (end_ || pid_ < 0) return false;
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WCONTINUED | WNOHANG) == 0 &&
         info.si_pid != 0;
}

void WorkerProcess::kill(int signal) {
  if (pid_ >= 0 && !end_) ::kill(pid_, signal);
}

}  // namespace ipcmark
