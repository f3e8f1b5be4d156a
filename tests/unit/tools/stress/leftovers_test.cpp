#include "tools/stress/leftovers.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace ipcmark {
namespace {

TEST(Leftovers, EveryKindIsSeen) {
  auto made = Manifest::create();
  ASSERT_TRUE(made);
  auto& manifest = **made;
  const auto before = survey_objects(manifest);

  const auto file = *manifest.claim(ObjectKind::file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  const auto shm = *manifest.claim(ObjectKind::posix_shm);
  const Fd memory{::shm_open(("/" + shm).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600)};
  ASSERT_TRUE(memory);
  const auto queue = *manifest.claim(ObjectKind::sysv_queue);
  ASSERT_GE(::msgget(static_cast<int>(std::stoul(queue.substr(2), nullptr, 16)),
                     IPC_CREAT | IPC_EXCL | 0600),
            0);
  const auto semaphore = *manifest.claim(ObjectKind::sysv_sem);
  ASSERT_GE(::semget(static_cast<int>(std::stoul(semaphore.substr(2), nullptr, 16)), 1,
                     IPC_CREAT | IPC_EXCL | 0600),
            0);

  const auto after = survey_objects(manifest);
  std::vector<std::string> fresh;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(fresh));
  const auto seen = [&](const std::string& start) {
    return std::any_of(fresh.begin(), fresh.end(),
                       [&](const std::string& one) { return one.starts_with(start); });
  };
  EXPECT_EQ(fresh.size(), 5U);
  EXPECT_TRUE(seen("file " + file.substr(file.rfind('/') + 1)));
  EXPECT_TRUE(seen("posix_shm " + shm));
  EXPECT_TRUE(seen("sysv_queue " + queue));
  EXPECT_TRUE(seen("sysv_sem " + semaphore));
  EXPECT_TRUE(seen("descriptor "));
}

}  // namespace
}  // namespace ipcmark
