#include "scenarios/machine/host_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "backends/deadline.hpp"

namespace ipcmark {
namespace {

// Not the real one: a measurement may be going on beside the tests.
std::string own_name() { return "ipcmark.test." + std::to_string(::getpid()); }

std::atomic<int> seen_holder{0};
void note_holder(int pid) { seen_holder = pid; }

// A process that holds the lock until it is killed.
pid_t holder(const std::string& name) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd in{ends[0]};
  Fd out{ends[1]};
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = hold_named_lock(name, nullptr, nullptr);
    if (!lock || ::write(out.get(), "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  out.reset();
  char byte = 0;
  EXPECT_EQ(::read(in.get(), &byte, 1), 1);
  return child;
}

TEST(HostLock, IsFreeAgainWhenReleased) {
  for (int i = 0; i < 3; ++i) {
    const auto lock = hold_named_lock(own_name(), nullptr, nullptr);
    ASSERT_TRUE(lock) << explain(lock.error());
  }
}

TEST(HostLock, WaitsForAHolderNamesItAndGoesOnWhenItIsKilled) {
  const auto name = own_name();
  const pid_t child = holder(name);
  seen_holder = 0;
  std::thread killer([&] {
    while (seen_holder == 0) ::usleep(1000);
    ::usleep(20'000);
    ::kill(child, SIGKILL);
  });
  const auto begin = now_ns();
  const auto lock = hold_named_lock(name, nullptr, note_holder);
  const auto took = now_ns() - begin;
  killer.join();
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(lock);
  EXPECT_EQ(seen_holder, child);
  EXPECT_GE(took, 20'000'000U);
}

TEST(HostLock, GivesUpWhenStopped) {
  const auto name = own_name();
  const auto held = hold_named_lock(name, nullptr, nullptr);
  ASSERT_TRUE(held);
  std::atomic<int> stop{0};
  std::thread stopper([&] {
    ::usleep(20'000);
    stop = 15;
  });
  const auto second = hold_named_lock(name, &stop, nullptr);
  stopper.join();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::interrupted);
}

TEST(HostLock, OnlyOneOfManyHoldsIt) {
  const auto name = own_name();
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 3; ++round) {
        const auto lock = hold_named_lock(name, nullptr, nullptr);
        ASSERT_TRUE(lock);
        const int now = ++inside;
        if (now > most) most = now;
        ::usleep(1000);
        --inside;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace ipcmark
