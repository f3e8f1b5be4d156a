// Starts, watches and ends one worker process.
//
// posix_spawn, never a bare fork: a clean heap, no copy-on-write faults in the figures, safe under
// sanitizers. The thread that spawns must live as long as its workers: PR_SET_PDEATHSIG follows
// the thread, not the process.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "backends/error.hpp"
#include "backends/fd.hpp"
#include "scenarios/link/control_link.hpp"

namespace ipcmark {

inline constexpr const char* worker_argument = "--ipcmark-worker";
inline constexpr int worker_link_fd = 3;

struct ProcessEnd {
  bool by_signal = false;
  int code = 0;  // exit status, or the signal's number
  bool clean() const { return !by_signal && code == 0; }
};
std::string signal_name(int number);          // "SIGSEGV"
std::string describe(const ProcessEnd& end);  // "killed by SIGSEGV", "exited with code 3"

// While it lives, the kernel keeps how a child ended until it is asked. A parent of ours may have
// left SIGCHLD ignored (env --ignore-signal=CHLD), and then it keeps nothing: a
// crash could not be told from an end in order. Restores what it found. Process-wide.
class KeptChildEnds {
 public:
  KeptChildEnds();
  KeptChildEnds(const KeptChildEnds&) = delete;
  KeptChildEnds& operator=(const KeptChildEnds&) = delete;
  ~KeptChildEnds();

 private:
  struct sigaction before_ {};
  bool changed_ = false;
};

// Owns the process: the destructor kills and reaps it if that has not happened.
class WorkerProcess {
 public:
  // `link` becomes descriptor 3; 0 is /dev/null, 1 goes where 2 goes (the coordinator's standard
  // output carries its results), nothing else is passed on. limit: no processes left.
  static Result<WorkerProcess> spawn(const ControlLink& link);
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&&) = delete;
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();

  pid_t pid() const { return pid_; }
  // Readable once it has ended; -1 where the kernel gives none: reap(false) then asks.
  int pidfd() const { return pidfd_.get(); }
  std::optional<ProcessEnd> reap(bool wait);  // its end, once; remembered in end()
  const std::optional<ProcessEnd>& end() const { return end_; }
  // Whether it has been stopped (and maybe continued) since the last call; not known of one that
  // has ended.
  bool was_stopped();
  void kill(int signal);  // nothing once it has ended

 private:
  WorkerProcess(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  pid_t pid_ = -1;
  Fd pidfd_;
  std::optional<ProcessEnd> end_;
};

}  // namespace ipcmark
