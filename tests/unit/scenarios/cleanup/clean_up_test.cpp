// What dead runs leave is removed, and nothing else.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/registry.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/cleanup/manifest_file.hpp"
#include "scenarios/cleanup/origin.hpp"
#include "tests/unit/scenarios/cleanup/manifest_fixture.hpp"

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

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
  EXPECT_FALSE(fs::exists(base_));
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
  dead_manifest("ipcmark-manifest 1 deadbeef 1\nsysv_queue " + *name + "\n");
  EXPECT_EQ(clean_up(false).runs, 1U);
  EXPECT_TRUE(exists(ObjectKind::sysv_queue, *name));
}

TEST_F(ManifestTest, CleanUpRemovesNothingThatIsNotTheRuns) {
  const auto key = static_cast<int>(0x31337001U);
  const int queue = ::msgget(key, IPC_CREAT | 0600);
  ASSERT_GE(queue, 0);
  const std::string shm = "ipcmark.otherrun.1";
  make(ObjectKind::posix_shm, shm);
  make(ObjectKind::posix_queue, shm);
  const auto precious = root_ + "/precious";
  std::ofstream(precious) << "x";
  dead_manifest("ipcmark-manifest 1 deadbeef 1\nsysv_queue 0x31337001\nposix_shm " + shm +
                "\nposix_queue " + shm + "\nfile ../../../precious\nfile ../precious\n");
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

// What was made under another start of the machine, in another namespace or under another /dev/shm
// cannot be reached from here; what has its name here is somebody else's.
TEST_F(ManifestTest, WhatWasMadeElsewhereIsLeftAloneAndSaid) {
  using Kinds = std::set<ObjectKind>;
  const Kinds of_namespace{ObjectKind::posix_queue, ObjectKind::sysv_queue, ObjectKind::sysv_sem,
                           ObjectKind::sysv_shm};
  const Kinds all{std::begin(all_kinds), std::end(all_kinds)};
  struct Case {
    std::string Origin::*word;
    Kinds left;
  };
  for (const auto& [word, left] : {Case{&Origin::boot, all}, Case{&Origin::ipc, of_namespace},
                                   Case{&Origin::shm, Kinds{ObjectKind::posix_shm}}}) {
    const auto objects = killed_run();
    const auto path = only_manifest();
    const auto text = text_of(path);
    Origin origin = origin_here();
    origin.*word += "1";
    const auto run_id = fs::path{path}.stem().string();
    std::ofstream(path) << manifest_head(run_id, 1, origin) << text.substr(text.find('\n') + 1);
    for (const bool dry_run : {true, false}) {
      const auto report = clean_up(dry_run);
      EXPECT_EQ(report.left.size(), 1U);
      EXPECT_TRUE(report.failed.empty());
    }
    for (const auto& [kind, name] : objects) EXPECT_EQ(exists(kind, name), left.contains(kind));
    std::ofstream(path) << text;
    EXPECT_TRUE(clean_up(false).left.empty());
    for (const auto& [kind, name] : objects) EXPECT_FALSE(exists(kind, name));
    EXPECT_FALSE(fs::exists(base_));
  }
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
  EXPECT_FALSE(fs::exists(base_));
}

}  // namespace
}  // namespace ipcmark
