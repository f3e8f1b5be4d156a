#include "scenarios/foreign/spawn_plan.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "backends/kernel/anonymous_file.hpp"

namespace ipcmark {

SpawnPlan::SpawnPlan() {
  ::posix_spawn_file_actions_init(&actions_);
  ::posix_spawnattr_init(&attributes_);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes_, &none);
  ::posix_spawnattr_setsigdefault(&attributes_, &all);
  // In a group of its own: what is sent to ours (Ctrl-C, timeout(1)) reaches it once, from us.
  ::posix_spawnattr_setpgroup(&attributes_, 0);
  ::posix_spawnattr_setflags(
      &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

SpawnPlan::~SpawnPlan() {
  ::posix_spawn_file_actions_destroy(&actions_);
  ::posix_spawnattr_destroy(&attributes_);
}

void SpawnPlan::pass(const Fd& fd, int as) {
  ::posix_spawn_file_actions_adddup2(&actions_, fd.get(), as);
}

tl::expected<pid_t, int> SpawnPlan::start(const std::string& program,
                                          std::vector<std::string> arguments,
                                          char* const* environment) const {
  arguments.insert(arguments.begin(), program);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, program.c_str(), &actions_, &attributes_,
                                   pointers_to(arguments).data(), environment);
  if (error != 0) return tl::make_unexpected(error);
  return pid;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

Result<Fd> create_stream(const std::string& text, const char* operation) {
  auto file = create_anonymous_file("ipcmark-stream");
  if (!file) return file;
  std::size_t done = 0;
  while (done < text.size()) {
    const auto wrote = ::write(file->get(), text.data() + done, text.size() - done);
    if (wrote <= 0) return fail(Errc::system, operation, errno);
    done += static_cast<std::size_t>(wrote);
  }
  ::lseek(file->get(), 0, SEEK_SET);
  return file;
}

std::string text_of_stream(const Fd& stream, std::size_t max_bytes) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() < max_bytes) {
    const auto got =
        ::pread(stream.get(), buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace ipcmark
