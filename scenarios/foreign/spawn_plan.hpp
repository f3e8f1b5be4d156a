// How a program that is not ipcmark's own is started: in a process group of its own, with every
// signal at its default, over streams in memory.
#pragma once

#include <spawn.h>

#include <cstddef>
#include <string>
#include <vector>

#include "backends/error.hpp"
#include "backends/fd.hpp"

namespace ipcmark {

// Of EAGAIN when a program is started.
inline constexpr const char* no_process_left = "no more processes may be started; raise ulimit -u";

// What posix_spawn(3) is told. One thread.
class SpawnPlan {
 public:
  SpawnPlan();
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan();

  // Among the program's descriptors it is `as`.
  void pass(const Fd& fd, int as);
  // Starts the program, which is looked for as a shell would, with `arguments` behind its name, and
  // with these variables as its environment. The pid, or an errno.
  tl::expected<pid_t, int> start(const std::string& program, std::vector<std::string> arguments,
                                 char* const* environment) const;

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// The words as execve(2) takes them; they must outlive it.
std::vector<char*> pointers_to(std::vector<std::string>& words);

// Memory files instead of pipes: nobody has to read while the program runs, so that the caller
// takes no CPU from what is measured. One that begins with `text`; `operation` is said of what
// fails.
Result<Fd> create_stream(const std::string& text, const char* operation);
// All of it, up to `max_bytes`, wherever it stands.
std::string text_of_stream(const Fd& stream, std::size_t max_bytes);

}  // namespace ipcmark
