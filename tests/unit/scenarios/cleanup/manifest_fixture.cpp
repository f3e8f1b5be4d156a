#include "tests/unit/scenarios/cleanup/manifest_fixture.hpp"

#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenarios/cleanup/manifest.hpp"

namespace ipcmark {

namespace fs = std::filesystem;

int key_of(const std::string& name) {
  return static_cast<int>(std::stoul(name.substr(2), nullptr, 16));
}

bool exists(ObjectKind kind, const std::string& name) {
  switch (kind) {
    case ObjectKind::file:
      return fs::exists(fs::symlink_status(name));
    case ObjectKind::posix_shm:
      return fs::exists("/dev/shm/" + name);
    case ObjectKind::posix_queue:
      return static_cast<bool>(Fd{::mq_open(("/" + name).c_str(), O_RDONLY)});
    case ObjectKind::sysv_queue:
      return ::msgget(key_of(name), 0) >= 0;
    case ObjectKind::sysv_sem:
      return ::semget(key_of(name), 0, 0) >= 0;
    case ObjectKind::sysv_shm:
      return ::shmget(key_of(name), 0, 0) >= 0;
  }
  return false;
}

void make(ObjectKind kind, const std::string& name) {
  switch (kind) {
    case ObjectKind::file:
      ASSERT_EQ(::mkfifo(name.c_str(), 0600), 0);
      break;
    case ObjectKind::posix_shm:
      ASSERT_TRUE(Fd{::shm_open(("/" + name).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600)});
      break;
    case ObjectKind::posix_queue: {
      mq_attr smallest{};
      smallest.mq_maxmsg = smallest.mq_msgsize = 1;
      ASSERT_TRUE(Fd{::mq_open(("/" + name).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &smallest)});
      break;
    }
    case ObjectKind::sysv_queue:
      ASSERT_GE(::msgget(key_of(name), IPC_CREAT | IPC_EXCL | 0600), 0);
      break;
    case ObjectKind::sysv_sem:
      ASSERT_GE(::semget(key_of(name), 1, IPC_CREAT | IPC_EXCL | 0600), 0);
      break;
    case ObjectKind::sysv_shm:
      ASSERT_GE(::shmget(key_of(name), 1, IPC_CREAT | IPC_EXCL | 0600), 0);
      break;
  }
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

ManifestTest::ManifestTest() {
  std::string path = std::filesystem::temp_directory_path() / "ipcmark-test-XXXXXX";
  if (::mkdtemp(path.data()) != nullptr) root_ = path;
  chosen_ = root_ + "/r";
  base_ = chosen_ + "/ipcmark";
  ::setenv("IPCMARK_RUNTIME_DIR", chosen_.c_str(), 1);
}

ManifestTest::~ManifestTest() {
  ::unsetenv("IPCMARK_RUNTIME_DIR");
  fs::remove_all(root_);
}

std::string ManifestTest::dead_manifest(const std::string& text) const {
  fs::create_directories(base_);
  fs::permissions(chosen_, fs::perms::owner_all);
  fs::permissions(base_, fs::perms::owner_all);
  const auto path = base_ + "/deadbeef.manifest";
  std::ofstream(path) << text;
  return path;
}

std::string ManifestTest::only_manifest() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(base_))
    if (entry.path().extension() == ".manifest") found.push_back(entry.path());
  EXPECT_EQ(found.size(), 1U);
  return found.empty() ? "" : found.front();
}

std::vector<std::pair<ObjectKind, std::string>> ManifestTest::killed_run() {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd in{ends[0]};
  Fd out{ends[1]};
  const pid_t child = ::fork();
  if (child == 0) {
    auto manifest = Manifest::create();
    if (!manifest) ::_exit(1);
    std::string reported;
    for (const auto kind : all_kinds) {
      const auto name = (*manifest)->claim(kind);
      if (!name) ::_exit(2);
      make(kind, *name);
      reported += *name + "\n";
    }
    if (::write(out.get(), reported.data(), reported.size()) < 0) ::_exit(3);
    for (;;) ::pause();
  }
  out.reset();
  std::string reported;
  char byte = 0;
  while (std::count(reported.begin(), reported.end(), '\n') <
             static_cast<long>(std::size(all_kinds)) &&
         ::read(in.get(), &byte, 1) == 1)
    reported += byte;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  std::vector<std::pair<ObjectKind, std::string>> objects;
  for (const auto kind : all_kinds) {
    objects.emplace_back(kind, reported.substr(0, reported.find('\n')));
    reported.erase(0, reported.find('\n') + 1);
  }
  return objects;
}

}  // namespace ipcmark
