// The manifest and the clean-up after dead runs. Every test has a runtime directory of its own.
#include "scenarios/cleanup/manifest.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "backends/registry.hpp"
#include "scenarios/cleanup/manifest_file.hpp"

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

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
  }
}

constexpr ObjectKind all_kinds[] = {ObjectKind::file, ObjectKind::posix_shm,
                                    ObjectKind::posix_queue, ObjectKind::sysv_queue,
                                    ObjectKind::sysv_sem};

class ManifestTest : public testing::Test {
 protected:
  ManifestTest() {
    std::string path = "/tmp/ipcmark-test-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) root_ = path;
    base_ = root_ + "/r";
    ::setenv("IPCMARK_RUNTIME_DIR", base_.c_str(), 1);
  }
  ~ManifestTest() override {
    ::unsetenv("IPCMARK_RUNTIME_DIR");
    fs::remove_all(root_);
  }

  // A child that creates one object of each kind and is killed while holding its manifest.
  std::vector<std::pair<ObjectKind, std::string>> killed_run() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd in{ends[0]};
    Fd out{ends[1]};
    const pid_t child = ::fork();
    if (child == 0) {
      auto manifest = Manifest::create();
      if (!manifest) ::_exit(1);
      std::string told;
      for (const auto kind : all_kinds) {
        const auto name = (*manifest)->claim(kind);
        if (!name) ::_exit(2);
        make(kind, *name);
        told += *name + "\n";
      }
      if (::write(out.get(), told.data(), told.size()) < 0) ::_exit(3);
      for (;;) ::pause();
    }
    out.reset();
    std::string told;
    char byte = 0;
    while (std::count(told.begin(), told.end(), '\n') < static_cast<long>(std::size(all_kinds)) &&
           ::read(in.get(), &byte, 1) == 1)
      told += byte;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::vector<std::pair<ObjectKind, std::string>> objects;
    for (const auto kind : all_kinds) {
      objects.emplace_back(kind, told.substr(0, told.find('\n')));
      told.erase(0, told.find('\n') + 1);
    }
    return objects;
  }

  std::string root_, base_;
};

TEST_F(ManifestTest, DirectoryAndFileArePrivateWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const auto before = ::umask(mask);
    auto manifest = Manifest::create();
    ::umask(before);
    ASSERT_TRUE(manifest) << explain(manifest.error());
    EXPECT_EQ(mode_of(base_), 0700U);
    EXPECT_EQ(mode_of((*manifest)->directory()), 0700U);
    EXPECT_EQ(mode_of(base_ + "/" + (*manifest)->run_id() + ".manifest"), 0600U);
    manifest->reset();
    fs::remove(base_);
  }
}

TEST_F(ManifestTest, NothingIsLeftAfterItsLife) {
  {
    auto manifest = Manifest::create();
    ASSERT_TRUE(manifest);
    for (const auto kind : all_kinds) {
      const auto name = (*manifest)->claim(kind);
      ASSERT_TRUE(name);
      make(kind, *name);
      EXPECT_TRUE(exists(kind, *name));
    }
    std::ofstream((*manifest)->directory() + "/unclaimed") << "x";
  }
  EXPECT_TRUE(fs::is_empty(base_));
  EXPECT_EQ(clean_up(false).runs, 0U);
}

TEST_F(ManifestTest, NamesSayWhoseTheyAre) {
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  const auto& id = (*manifest)->run_id();
  const auto file = (*manifest)->claim(ObjectKind::file);
  const auto shm = (*manifest)->claim(ObjectKind::posix_shm);
  const auto queue = (*manifest)->claim(ObjectKind::sysv_queue);
  ASSERT_TRUE(file && shm && queue);
  EXPECT_EQ(fs::path(*file).parent_path(), (*manifest)->directory());
  EXPECT_LE(file->size(), 107U);
  EXPECT_TRUE(shm->starts_with("ipcmark." + id + ".")) << *shm;
  EXPECT_EQ(static_cast<unsigned>(key_of(*queue)) & 0xffff0000U, sysv_key_prefix);
}

TEST_F(ManifestTest, ClaimsAreInTheFileBeforeAndGoneAfter) {
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  const fs::path file = base_ + "/" + (*manifest)->run_id() + ".manifest";
  const auto first = (*manifest)->claim(ObjectKind::posix_shm);
  const auto second = (*manifest)->claim(ObjectKind::sysv_queue);
  ASSERT_TRUE(first && second);
  const auto names = [&] {
    std::set<std::string> result;
    const auto parsed = parse_manifest(text_of(file));
    EXPECT_TRUE(parsed);
    if (parsed)
      for (const auto& claim : parsed->claims) result.insert(claim.name);
    return result;
  };
  EXPECT_EQ(names(), (std::set<std::string>{*first, *second}));
  (*manifest)->released(*first);
  EXPECT_EQ(names(), std::set<std::string>{*second});
  (*manifest)->released(*second);
  EXPECT_TRUE(names().empty());
  const auto size = fs::file_size(file);
  for (int i = 0; i < 100; ++i) (*manifest)->released(*(*manifest)->claim(ObjectKind::file));
  EXPECT_EQ(fs::file_size(file), size);  // does not grow for ever
}

TEST_F(ManifestTest, PlantedSymlinkAndForeignRightsAreRefused) {
  fs::create_directory(root_ + "/elsewhere");
  fs::create_directory_symlink(root_ + "/elsewhere", base_);
  const auto planted = Manifest::create();
  ASSERT_FALSE(planted);
  EXPECT_NE(explain(planted.error()).find("symbolic link"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(root_ + "/elsewhere"));
  fs::remove(base_);

  fs::create_directory(base_);
  fs::permissions(base_, fs::perms::all);
  const auto open_to_all = Manifest::create();
  ASSERT_FALSE(open_to_all);
  EXPECT_NE(explain(open_to_all.error()).find("written by others"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(base_));
}

TEST_F(ManifestTest, ADirectoryOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make one";
  fs::create_directory(base_);
  ASSERT_EQ(::chown(base_.c_str(), 12345, 12345), 0);
  const auto made = Manifest::create();
  ASSERT_FALSE(made);
  EXPECT_NE(explain(made.error()).find("another user"), std::string::npos);
}

TEST_F(ManifestTest, APathTooLongForASocketIsRefused) {
  base_ = root_ + "/" + std::string(90, 'x');
  ::setenv("IPCMARK_RUNTIME_DIR", base_.c_str(), 1);
  const auto made = Manifest::create();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::limit);
}

TEST_F(ManifestTest, CleanUpRemovesWhatAKilledRunLeft) {
  const auto objects = killed_run();
  for (const auto& [kind, name] : objects) EXPECT_TRUE(exists(kind, name)) << name;

  const auto would = clean_up(true);
  EXPECT_EQ(would.runs, 1U);
  EXPECT_EQ(would.removed.size(), std::size(all_kinds) + 1);  // and the directory
  for (const auto& [kind, name] : objects) EXPECT_TRUE(exists(kind, name)) << name;

  const auto did = clean_up(false);
  EXPECT_EQ(did.runs, 1U);
  EXPECT_EQ(did.removed, would.removed);
  EXPECT_TRUE(did.failed.empty());
  for (const auto& [kind, name] : objects) EXPECT_FALSE(exists(kind, name)) << name;
  EXPECT_TRUE(fs::is_empty(base_));
  EXPECT_EQ(clean_up(false).runs, 0U);
}

// From now on this process dies at its first mq_unlink. False: the kernel has no such filters.
bool die_at_mq_unlink() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mq_unlink, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// A POSIX queue has a name only between two system calls; a run that dies there leaves it.
TEST_F(ManifestTest, CleanUpRemovesAQueueThatWasNotUnlinkedAnyMore) {
  const Registry registry = built_in_registry();
  const BackendEntry* backend = registry.backend("posix_mq");
  ASSERT_NE(backend, nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto manifest = Manifest::create();
    if (!manifest || !die_at_mq_unlink()) ::_exit(77);
    (void)backend->create(ChannelSpec{}, 1, **manifest);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no seccomp filters here";
  ASSERT_TRUE(WIFSIGNALED(status)) << status;

  const auto report = clean_up(false);
  EXPECT_TRUE(report.failed.empty());
  ASSERT_FALSE(report.removed.empty());
  const std::string kind = "posix_queue ";
  ASSERT_TRUE(report.removed[0].starts_with(kind)) << report.removed[0];
  EXPECT_FALSE(exists(ObjectKind::posix_queue, report.removed[0].substr(kind.size())));
}

TEST_F(ManifestTest, CleanUpLeavesALiveRunAlone) {
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  std::vector<std::pair<ObjectKind, std::string>> mine;
  for (const auto kind : all_kinds) {
    mine.emplace_back(kind, *(*manifest)->claim(kind));
    make(kind, mine.back().second);
  }
  const auto dead = killed_run();
  const auto report = clean_up(false);
  EXPECT_EQ(report.live_runs, 1U);
  EXPECT_EQ(report.runs, 1U);
  for (const auto& [kind, name] : mine) EXPECT_TRUE(exists(kind, name)) << name;
  for (const auto& [kind, name] : dead) EXPECT_FALSE(exists(kind, name)) << name;
}

// Two runs may draw the same key before either creates; the dead one's claim must not cost the
// live one its queue.
TEST_F(ManifestTest, AKeyALiveRunHasClaimedIsSpared) {
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  const auto name = (*manifest)->claim(ObjectKind::sysv_queue);
  ASSERT_TRUE(name);
  make(ObjectKind::sysv_queue, *name);
  std::ofstream(base_ + "/deadbeef.manifest")
      << "ipcmark-manifest 1 deadbeef 1\nsysv_queue " << *name << "\n";
  EXPECT_EQ(clean_up(false).runs, 1U);
  EXPECT_TRUE(exists(ObjectKind::sysv_queue, *name));
}

TEST_F(ManifestTest, CleanUpRemovesNothingThatIsNotTheRuns) {
  ASSERT_TRUE(Manifest::create());  // makes the directory
  const auto key = static_cast<int>(0x31337001U);
  const int queue = ::msgget(key, IPC_CREAT | 0600);
  ASSERT_GE(queue, 0);
  const std::string shm = "ipcmark.otherrun.1";
  make(ObjectKind::posix_shm, shm);
  make(ObjectKind::posix_queue, shm);
  const auto precious = root_ + "/precious";
  std::ofstream(precious) << "x";
  std::ofstream(base_ + "/deadbeef.manifest")
      << "ipcmark-manifest 1 deadbeef 1\nsysv_queue 0x31337001\nposix_shm " << shm
      << "\nposix_queue " << shm << "\nfile ../../precious\nfile ../precious\n";
  const auto report = clean_up(false);
  EXPECT_EQ(report.removed.size(), 0U);
  EXPECT_EQ(report.failed.size(), 5U);
  EXPECT_TRUE(fs::exists(precious));
  EXPECT_TRUE(exists(ObjectKind::posix_shm, shm));
  EXPECT_TRUE(exists(ObjectKind::posix_queue, shm));
  EXPECT_GE(::msgget(key, 0), 0);
  ::msgctl(queue, IPC_RMID, nullptr);
  ::shm_unlink(("/" + shm).c_str());
  ::mq_unlink(("/" + shm).c_str());
}

TEST_F(ManifestTest, TornAndEmptyManifestsNameNothing) {
  EXPECT_FALSE(parse_manifest(""));
  EXPECT_FALSE(parse_manifest("ipcmark-manifest 1 ab"));
  const auto torn = parse_manifest("ipcmark-manifest 1 ab 7\nfile 1\n#ile 2\nsysv_que");
  ASSERT_TRUE(torn);
  ASSERT_EQ(torn->claims.size(), 1U);
  EXPECT_EQ(torn->claims[0].name, "1");
  EXPECT_FALSE(parse_manifest("ipcmark-manifest 1 ../x 7\n"));
  EXPECT_FALSE(parse_manifest("ipcmark-manifest 1 ab 7\nhouse 1\n"));
}

// Eight runs start, claim and end at once, and two clean-ups run among them.
TEST_F(ManifestTest, ManyRunsAtOnceDoNotDisturbEachOther) {
  std::vector<pid_t> children;
  for (int run = 0; run < 10; ++run) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 0; i < 30; ++i) {
        if (run >= 8) {
          if (!clean_up(false).failed.empty()) ::_exit(1);
          continue;
        }
        auto manifest = Manifest::create();
        if (!manifest) ::_exit(2);
        const auto name = (*manifest)->claim(ObjectKind::file);
        if (!name || ::mkfifo(name->c_str(), 0600) != 0) ::_exit(3);
        ::usleep(500);
        if (::unlink(name->c_str()) != 0) ::_exit(4);  // somebody took it from us
        (*manifest)->released(*name);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_TRUE(fs::is_empty(base_));
}

}  // namespace
}  // namespace ipcmark
