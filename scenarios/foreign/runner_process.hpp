// Starts a runner, and ends it with all the processes that it has started.
//
// It runs in a process group of its own. While one is there this process adopts whoever loses a
// parent, so that no descendant is out of reach: one at a time in a process. Blocking calls none.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backends/error.hpp"
#include "backends/fd.hpp"
#include "scenarios/launch/spawn.hpp"

namespace ipcmark {

// In its environment: the descriptor by which it marks the measured part, one end of a socket.
inline constexpr const char* marks_variable = "IPCMARK_MARKS";
inline constexpr int marks_fd = 3;

class RunnerProcess {
 public:
  // `command` is for /bin/sh; `arguments` follow it, `name` is what the shell calls itself in its
  // error messages. `input` is all of its standard input.
  static Result<RunnerProcess> start(const std::string& name, const std::string& command,
                                     const std::vector<std::string>& arguments,
                                     const std::string& input);
  RunnerProcess(RunnerProcess&& other) noexcept;
  RunnerProcess& operator=(RunnerProcess&&) = delete;
  RunnerProcess(const RunnerProcess&) = delete;
  RunnerProcess& operator=(const RunnerProcess&) = delete;
  ~RunnerProcess();  // kills and reaps whoever is left

  // Sleeps until it has ended, or has written a mark, or the time is over; a signal wakes it, too.
  void wait(std::uint64_t ns) const;
  // The mark that has come, without its newline; empty: none, or only part of one. To be answered.
  std::string mark();
  void answer_mark();
  // Its end, once it has ended; it is not reaped before.
  const std::optional<ProcessEnd>& end();
  bool was_stopped() const;  // since the last call
  // It, as long as it has not ended, and all its descendants.
  std::vector<pid_t> tree() const;
  // Waits a moment for descendants that outlive it; then kills all, and reaps them. Their number.
  unsigned kill_all(std::uint64_t grace_ns);

  std::uint64_t output_bytes() const;
  std::string output() const;
  std::string last_error_line() const;  // the last line of its standard error

 private:
  RunnerProcess() = default;
  std::vector<pid_t> orphans() const;  // that this process has adopted
  void reap_orphans() const;

  pid_t pid_ = -1;
  Fd pidfd_, out_, err_, marks_;
  std::string read_marks_;
  std::optional<ProcessEnd> end_;
  std::set<pid_t> before_;  // children of this process that are not its
  bool adopted_before_ = false;
};

}  // namespace ipcmark
