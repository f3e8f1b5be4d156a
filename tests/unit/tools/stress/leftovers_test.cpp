#include "tools/stress/leftovers.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace ipcmark {
namespace {

int key_of(const std::string& name) {
  return static_cast<int>(std::stoul(name.substr(2), nullptr, 16));
}

void make_queue(const std::string& name) {
  ASSERT_GE(::msgget(key_of(name), IPC_CREAT | IPC_EXCL | 0600), 0);
}

TEST(Leftovers, EveryKindIsSeen) {
  auto made = Manifest::create();
  ASSERT_TRUE(made);
  auto& manifest = **made;
  TrialNames names{manifest};
  const auto before = survey_objects(manifest);

  const auto file = *names.claim(ObjectKind::file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  const auto shm = *names.claim(ObjectKind::posix_shm);
  const Fd memory{::shm_open(("/" + shm).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600)};
  ASSERT_TRUE(memory);
  const auto queue = *names.claim(ObjectKind::sysv_queue);
  make_queue(queue);
  const auto semaphore = *names.claim(ObjectKind::sysv_sem);
  ASSERT_GE(::semget(key_of(semaphore), 1, IPC_CREAT | IPC_EXCL | 0600), 0);
  const auto segment = *names.claim(ObjectKind::sysv_shm);
  ASSERT_GE(::shmget(key_of(segment), 1, IPC_CREAT | IPC_EXCL | 0600), 0);
  (void)*names.claim(ObjectKind::posix_queue);  // never made

  const auto after = survey_objects(manifest);
  std::vector<std::string> fresh;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(fresh));
  ASSERT_EQ(fresh.size(), 3U);
  EXPECT_TRUE(fresh[0].starts_with("descriptor ")) << fresh[0];
  EXPECT_EQ(fresh[1], "file " + file);
  EXPECT_EQ(fresh[2], "posix_shm " + shm);
  EXPECT_EQ(names.still_there(),
            (std::set<std::string>{"file " + file, "posix_shm " + shm, "sysv_queue " + queue,
                                   "sysv_sem " + semaphore, "sysv_shm " + segment}));
}

TEST(Leftovers, ANameReleasedTooEarlyIsSeen) {
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  TrialNames names{**manifest};
  const auto name = *names.claim(ObjectKind::sysv_queue);
  make_queue(name);
  names.released(name);
  EXPECT_EQ(names.still_there(), std::set<std::string>{"sysv_queue " + name});
  ::msgctl(::msgget(key_of(name), 0), IPC_RMID, nullptr);
}

TEST(Leftovers, AnotherRunsObjectsAreNot) {
  auto mine = Manifest::create();
  auto another = Manifest::create();
  ASSERT_TRUE(mine && another);
  TrialNames names{**mine};
  const auto before = survey_objects(**mine);
  make_queue(*(*another)->claim(ObjectKind::sysv_queue));
  const auto shm = *(*another)->claim(ObjectKind::posix_shm);
  ASSERT_TRUE((Fd{::shm_open(("/" + shm).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600)}));
  EXPECT_EQ(survey_objects(**mine), before);
  EXPECT_EQ(names.still_there(), std::set<std::string>{});
}

}  // namespace
}  // namespace ipcmark
