#include "scenarios/machine/host_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <string>
#include <thread>

#include "backends/deadline.hpp"

namespace ipcmark {
namespace {

// Not the real one: a measurement may be going on beside the tests.
std::string own_name() { return "ipcmark.test." + std::to_string(::getpid()); }

std::atomic<int> seen_holder{0};

class HostLock : public testing::Test {
 protected:
  HostLock() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~HostLock() override {
    ::unlink(path().c_str());
    ::rmdir(folder_.c_str());
  }
  TurnRequest request(std::uint64_t wait_ns = 60'000'000'000) const {
    TurnRequest request;
    request.name = own_name();
    request.folders = {folder_};
    request.command = "ipcmark run --test";
    request.wait_ns = wait_ns;
    request.on_wait = [](const TurnHolder& holder) { seen_holder = holder.pid; };
    return request;
  }
  std::string path() const { return folder_ + "/" + own_name(); }

  std::string folder_ = testing::TempDir() + "ipcmark-turn-XXXXXX";
};

// A process that holds the lock until it is killed.
pid_t holder(const TurnRequest& request) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd in{ends[0]};
  Fd out{ends[1]};
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = take_turn(request);
    if (!lock || ::write(out.get(), "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  out.reset();
  char byte = 0;
  EXPECT_EQ(::read(in.get(), &byte, 1), 1);
  return child;
}

TEST_F(HostLock, IsFreeAgainWhenReleased) {
  for (int i = 0; i < 3; ++i) {
    const auto turn = take_turn(request());
    ASSERT_TRUE(turn) << turn.error().reason;
    EXPECT_EQ(turn->blind, "");
  }
}

TEST_F(HostLock, WaitsForAHolderNamesItAndGoesOnWhenItIsKilled) {
  const pid_t child = holder(request());
  seen_holder = 0;
  std::thread killer([&] {
    while (seen_holder == 0) ::usleep(1000);
    ::usleep(20'000);
    ::kill(child, SIGKILL);
  });
  const auto begin = now_ns();
  const auto turn = take_turn(request());
  const auto took = now_ns() - begin;
  killer.join();
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(turn);
  EXPECT_EQ(seen_holder, child);
  EXPECT_GE(took, 20'000'000U);
}

TEST_F(HostLock, GivesUpWhenStopped) {
  const auto held = take_turn(request());
  ASSERT_TRUE(held);
  std::atomic<int> stop{0};
  std::thread stopper([&] {
    ::usleep(20'000);
    stop = 15;
  });
  TurnRequest wish = request();
  wish.stop = &stop;
  const auto second = take_turn(wish);
  stopper.join();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().why, NoTurn::Why::stopped);
}

TEST_F(HostLock, WaitsNoLongerThanItIsToldAndNamesTheHolder) {
  const auto held = take_turn(request());
  ASSERT_TRUE(held);
  for (const std::uint64_t wait_ns : {std::uint64_t{0}, std::uint64_t{30'000'000}}) {
    const auto begin = now_ns();
    const auto second = take_turn(request(wait_ns));
    EXPECT_GE(now_ns() - begin, wait_ns);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().why, NoTurn::Why::late);
    const TurnHolder& holder = second.error().holder;
    EXPECT_EQ(holder.pid, ::getpid());
    EXPECT_EQ(holder.command, "ipcmark run --test");
    EXPECT_TRUE(holder.since.ends_with("Z")) << holder.since;
    EXPECT_EQ(holder_text(holder), "process " + std::to_string(::getpid()) +
                                       " (ipcmark run --test, since " + holder.since + ")");
  }
}

TEST_F(HostLock, OnlyOneOfManyHoldsIt) {
  std::atomic<int> inside{0};
  std::atomic<int> max{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 3; ++round) {
        const auto turn = take_turn(request());
        ASSERT_TRUE(turn);
        const int now = ++inside;
        if (now > max) max = now;
        ::usleep(1000);
        --inside;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(max, 1);
}

// Anybody may bind the name and never listen: who it is cannot be told, and nothing is spun for.
TEST_F(HostLock, ANameBoundWithoutListeningIsSaidAndCostsNoCpu) {
  const Fd squatter(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = own_name();
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(::bind(squatter.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  seen_holder = 0;
  rusage before{};
  rusage after{};
  ::getrusage(RUSAGE_THREAD, &before);
  const auto turn = take_turn(request(450'000'000));
  ::getrusage(RUSAGE_THREAD, &after);
  ASSERT_FALSE(turn);
  EXPECT_EQ(turn.error().why, NoTurn::Why::late);
  EXPECT_EQ(seen_holder, -1);
  EXPECT_EQ(holder_text(turn.error().holder), "a process that does not say which it is");
  EXPECT_LT(after.ru_nvcsw - before.ru_nvcsw, 50);
}

// In a network namespace of its own the abstract name is free; the file is not.
TEST_F(HostLock, AHolderInAnotherNetworkNamespaceIsSeen) {
  const TurnRequest wish = request(0);  // its name is this process's
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(77);
    const auto turn = take_turn(wish);
    ::_exit(turn ? 0 : turn.error().holder.pid == ::getppid() ? 1 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "takes root";
  ASSERT_EQ(WEXITSTATUS(status), 0) << "free, and taken in another namespace";
  const auto held = take_turn(request());
  ASSERT_TRUE(held);
  const pid_t other = ::fork();
  if (other == 0) {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(77);
    const auto turn = take_turn(wish);
    ::_exit(turn ? 0 : turn.error().holder.pid == ::getppid() ? 1 : 2);
  }
  ::waitpid(other, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

// Of whom the kernel tells no pid; the file holds what it says itself.
TEST_F(HostLock, AHolderOfAnotherPidNamespaceIsNamed) {
  const TurnRequest wish = request(0);
  const auto held = take_turn(request());
  ASSERT_TRUE(held);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWPID) != 0) ::_exit(77);
    const pid_t inside = ::fork();
    if (inside == 0) {
      const auto turn = take_turn(wish);
      ::_exit(turn ? 2 : turn.error().holder.command == wish.command ? 0 : 1);
    }
    int status = 0;
    ::waitpid(inside, &status, 0);
    ::_exit(WEXITSTATUS(status));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "takes root";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// A filter may forbid sockets or their names; here no more than one descriptor is left.
TEST_F(HostLock, WithoutASocketTheFileHasToDo) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(next);
  const rlimit one_more{static_cast<rlim_t>(next) + 1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &one_more), 0);
  const auto turn = take_turn(request());
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(turn) << turn.error().reason;
  EXPECT_FALSE(turn->name);
  EXPECT_EQ(turn->blind, "");
  const auto second = take_turn(request(0));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().why, NoTurn::Why::late);
  EXPECT_EQ(second.error().holder.pid, ::getpid());
}

TEST_F(HostLock, APlantedLinkIsNotFollowedAndSaid) {
  const std::string target = folder_ + "/target";
  ASSERT_EQ(::symlink(target.c_str(), path().c_str()), 0);
  const auto turn = take_turn(request());
  ASSERT_TRUE(turn);
  EXPECT_NE(turn->blind.find(path()), std::string::npos) << turn->blind;
  EXPECT_NE(::access(target.c_str(), F_OK), 0);
}

TEST_F(HostLock, TheNextFolderServesWhereTheFirstDoesNot) {
  TurnRequest wish = request();
  wish.folders = {folder_ + "/none", folder_};
  const auto turn = take_turn(wish);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->blind, "");
  struct stat about {};
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0666U);
}

TEST_F(HostLock, WhatOthersWroteIntoTheFileIsPrintable) {
  TurnHolder holder;
  holder.pid = 7;
  holder.command = "\x1b]0;t\x07";
  EXPECT_EQ(holder_text(holder).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
