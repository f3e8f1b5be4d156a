#include "scenarios/cleanup/runtime_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace ipcmark {
namespace {

enum class Missing { create, refuse };

// One directory by its path, judged through its descriptor: a check by path could be outrun.
Result<Fd> open_own_directory(const std::string& path, Missing missing) {
  bool made = false;
  if (missing == Missing::create) {
    if (::mkdir(path.c_str(), 0700) == 0) {
      made = true;
    } else if (errno != EEXIST) {
      return fail(Errc::system,
                  "creating the runtime directory (set IPCMARK_RUNTIME_DIR to a directory you can "
                  "write)",
                  errno);
    }
  }
  Fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd) {
    if (errno == ENOTDIR || errno == ELOOP)
      return fail(Errc::invalid,
                  "the runtime directory is a symbolic link or no directory; remove it, or set "
                  "IPCMARK_RUNTIME_DIR to a directory of your own");
    return fail(Errc::system, "opening the runtime directory", errno);
  }
  // A umask may have taken our own bits away.
  if (made && ::fchmod(fd.get(), 0700) != 0)
    return fail(Errc::system, "chmod of the runtime directory", errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return fail(Errc::system, "stat of the runtime directory", errno);
  if (status.st_uid != ::geteuid())
    return fail(Errc::invalid,
                "the runtime directory belongs to another user; set IPCMARK_RUNTIME_DIR to a "
                "directory of your own");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(Errc::invalid,
                "the runtime directory can be written by others; chmod 700 it, or set "
                "IPCMARK_RUNTIME_DIR to a directory of your own");
  return fd;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::string{} : std::string{value};
}

struct Candidate {
  std::string path;
  bool chosen;  // by the user: no other place will do
};

std::vector<Candidate> candidates() {
  std::vector<Candidate> all;
  if (auto chosen = environment("IPCMARK_RUNTIME_DIR"); !chosen.empty())
    return {{std::move(chosen), true}};
  if (const auto base = environment("XDG_RUNTIME_DIR"); !base.empty())
    all.push_back({base + "/ipcmark", false});
  all.push_back({"/tmp/ipcmark-" + std::to_string(::geteuid()), false});
  return all;
}

}  // namespace

Result<RuntimeDirectory> open_runtime_directory() {
  Error last{Errc::invalid, 0, "no runtime directory; set IPCMARK_RUNTIME_DIR"};
  for (const auto& [path, chosen] : candidates()) {
    if (path.front() != '/')
      return fail(Errc::invalid, "IPCMARK_RUNTIME_DIR must be an absolute path");
    if (auto fd = open_own_directory(path, Missing::create))
      return RuntimeDirectory{std::move(*fd), path, !chosen};
    else
      last = fd.error();
  }
  return tl::make_unexpected(last);
}

std::vector<RuntimeDirectory> existing_runtime_directories() {
  auto all = candidates();
  if (!all.front().chosen) {
    // A run started from a login session, cleaned up from a cron job, or the other way round.
    const auto usual = "/run/user/" + std::to_string(::geteuid()) + "/ipcmark";
    if (all.front().path != usual) all.push_back({usual, false});
  }
  std::vector<RuntimeDirectory> found;
  for (const auto& [path, chosen] : all)
    if (auto fd = open_own_directory(path, Missing::refuse))
      found.push_back({std::move(*fd), path, !chosen});
  return found;
}

void remove_if_empty(const RuntimeDirectory& directory) {
  if (directory.disposable) ::rmdir(directory.path.c_str());
}

}  // namespace ipcmark
