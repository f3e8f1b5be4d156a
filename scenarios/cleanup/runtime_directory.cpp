#include "scenarios/cleanup/runtime_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "backends/error.hpp"

namespace ipcmark {
namespace {

// sockaddr_un holds 108 bytes, the last of them the terminating zero.
constexpr std::size_t longest_socket_path = 107;

enum class Missing { create, refuse };

struct Opened {
  Fd fd;
  bool made = false;
};

struct Unusable {
  int number = 0;  // errno, 0 when the directory is not fit
  std::string sentence;
};

tl::unexpected<Unusable> refuse(const std::string& path, const char* why, int number = 0) {
  const bool few = number == EMFILE || number == ENFILE;
  return tl::make_unexpected(Unusable{
      number,
      fmt::format("cannot use the runtime directory '{}': {}; {}", path,
                  number == 0 ? why : explain({Errc::system, number, why}),
                  few ? "raise ulimit -n" : "set IPCMARK_RUNTIME_DIR to a directory of your own")});
}

// Judged through its descriptor: a check by path could be outrun.
const char* unfit(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return "it cannot be looked at";
  if (status.st_uid != ::geteuid()) return "it belongs to another user";
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return "it can be written by others (chmod 700 it)";
  return nullptr;
}

// `parent` and `leaf` as for openat(); `path` is what to call it.
tl::expected<Opened, Unusable> open_own(int parent, const std::string& leaf,
                                        const std::string& path, Missing missing) {
  Opened opened;
  if (missing == Missing::create) {
    opened.made = ::mkdirat(parent, leaf.c_str(), 0700) == 0;
    if (!opened.made && errno != EEXIST) return refuse(path, "creating it", errno);
  }
  const auto give_up = [&](const char* why, int number = 0) {
    if (opened.made) ::unlinkat(parent, leaf.c_str(), AT_REMOVEDIR);
    return refuse(path, why, number);
  };
  // A umask may have taken our own bits away; a mode without them is none of anybody else's.
  struct stat status {};
  if (opened.made && ::fstatat(parent, leaf.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      (status.st_mode & 0777) != 0700 && ::fchmodat(parent, leaf.c_str(), 0700, 0) != 0)
    return give_up("chmod", errno);
  opened.fd = Fd{::openat(parent, leaf.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!opened.fd) {
    if (errno == ENOTDIR || errno == ELOOP) return give_up("it is a symbolic link or no directory");
    return give_up("opening it", errno);
  }
  if (const char* why = unfit(opened.fd.get())) return give_up(why);
  return opened;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::string{} : std::string{value};
}

struct Candidate {
  std::string path;    // ours
  std::string parent;  // the one that the user chose; empty: none, and there may be other places
  // Not null: the user's own setting names it, so no other place stands in for it. Ends the
  // refusal.
  const char* way_out = nullptr;
};

std::vector<Candidate> candidates() {
  if (auto chosen = environment("IPCMARK_RUNTIME_DIR"); !chosen.empty()) {
    while (chosen.size() > 1 && chosen.back() == '/') chosen.pop_back();
    return {{chosen == "/" ? "/ipcmark" : chosen + "/ipcmark", chosen}};
  }
  std::vector<Candidate> all;
  // A relative path is to be ignored, says the specification.
  if (const auto base = environment("XDG_RUNTIME_DIR"); base.starts_with('/'))
    all.push_back({base + "/ipcmark", {}});
  const std::string leaf = "/ipcmark-" + std::to_string(::geteuid());
  if (const auto base = environment("TMPDIR"); !base.empty()) {
    all.push_back({base + leaf, {}, ", or TMPDIR to one that is there and that you may write to"});
  }
  all.push_back({"/tmp" + leaf, {}});
  return all;
}

tl::expected<RuntimeDirectory, Unusable> open_once(const Candidate& candidate, Missing missing) {
  if (candidate.path.front() != '/') {
    return refuse(candidate.parent.empty() ? candidate.path : candidate.parent,
                  "it must be an absolute path");
  }
  if (candidate.parent.empty()) {
    auto opened = open_own(AT_FDCWD, candidate.path, candidate.path, missing);
    if (!opened) return tl::make_unexpected(std::move(opened.error()));
    return RuntimeDirectory{std::move(opened->fd), candidate.path};
  }
  auto parent = open_own(AT_FDCWD, candidate.parent, candidate.parent, missing);
  if (!parent) return tl::make_unexpected(std::move(parent.error()));
  auto opened = open_own(parent->fd.get(), "ipcmark", candidate.path, missing);
  if (!opened) {
    if (parent->made) ::rmdir(candidate.parent.c_str());
    return tl::make_unexpected(std::move(opened.error()));
  }
  return RuntimeDirectory{std::move(opened->fd), candidate.path, true,
                          parent->made ? candidate.parent : std::string{}};
}

// A run that ends may remove it between our making and our opening.
tl::expected<RuntimeDirectory, Unusable> open_candidate(const Candidate& candidate) {
  auto opened = open_once(candidate, Missing::create);
  for (int again = 0; again < 100 && !opened && opened.error().number == ENOENT; ++again)
    opened = open_once(candidate, Missing::create);
  return opened;
}

bool is_same(const RuntimeDirectory& one, const RuntimeDirectory& other) {
  struct stat a {};
  struct stat b {};
  return ::fstat(one.fd.get(), &a) == 0 && ::fstat(other.fd.get(), &b) == 0 &&
         a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

tl::expected<RuntimeDirectory, std::string> open_runtime_directory(std::size_t longest_below) {
  std::string last;
  for (const auto& candidate : candidates()) {
    if (candidate.path.size() + longest_below > longest_socket_path) {
      last = refuse(candidate.path, "its path is too long for a socket's name (107 bytes in all)")
                 .value()
                 .sentence;
      continue;
    }
    auto opened = open_candidate(candidate);
    if (opened) return std::move(*opened);
    last = std::move(opened.error().sentence);
    if (candidate.way_out != nullptr) {
      last += candidate.way_out;
      break;
    }
  }
  return tl::make_unexpected(std::move(last));
}

std::vector<RuntimeDirectory> existing_runtime_directories(std::vector<std::string>& refused) {
  auto all = candidates();
  const bool chosen = !all.front().parent.empty();
  // A run started from a login session, cleaned up from a cron job, or the other way round.
  if (!chosen) all.push_back({"/run/user/" + std::to_string(::geteuid()) + "/ipcmark", {}});
  std::erase_if(
      all, [](const Candidate& each) { return each.parent.empty() && each.path.front() != '/'; });
  std::vector<RuntimeDirectory> found;
  const auto add = [&](tl::expected<RuntimeDirectory, Unusable> opened) {
    if (!opened) {
      const int number = opened.error().number;
      if ((chosen && number != ENOENT) || number == EMFILE || number == ENFILE)
        refused.push_back(opened.error().sentence);
    } else if (std::none_of(found.begin(), found.end(),
                            [&](const auto& known) { return is_same(known, *opened); })) {
      found.push_back(std::move(*opened));
    }
  };
  for (const auto& candidate : all) add(open_once(candidate, Missing::refuse));
  if (chosen && refused.empty()) {
    const auto& parent = all.front().parent;
    auto opened = open_own(AT_FDCWD, parent, parent, Missing::refuse);
    if (opened) add(RuntimeDirectory{std::move(opened->fd), parent, false});
  }
  return found;
}

void remove_if_empty(const RuntimeDirectory& directory) {
  if (directory.ours) ::rmdir(directory.path.c_str());
  if (!directory.made_parent.empty()) ::rmdir(directory.made_parent.c_str());
}

}  // namespace ipcmark
