#include "tools/commands/stop_signal.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "scenarios/launch/ending_signals.hpp"

namespace ipcmark {
namespace {

// Each in a process of its own, which exits with the flag's value.
class StopSignalTest : public testing::Test {
 protected:
  StopSignalTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  static const std::atomic<int>& caught() { return catch_stop_signals(); }
  [[noreturn]] static void end() { ::_exit(catch_stop_signals().load()); }
};

[[noreturn]] void write_to_nobody() {
  const std::atomic<int>& stop = catch_stop_signals();
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) ::_exit(2);
  ::close(ends[0]);
  const bool failed = ::write(ends[1], "x", 1) < 0 && errno == EPIPE;
  ::_exit(failed && stop.load() == 0 ? 0 : 1);
}

constexpr useconds_t longer_than_an_instant = 350'000;

TEST_F(StopSignalTest, EachRaisesTheFlag) {
  for (const int number :
       {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU, SIGRTMIN, SIGRTMAX}) {
    EXPECT_EXIT(
        {
          caught();
          ::raise(number);
          end();
        },
        testing::ExitedWithCode(number), "");
  }
}

TEST_F(StopSignalTest, TheFirstIsRemembered) {
  EXPECT_EXIT(
      {
        caught();
        ::raise(SIGINT);
        ::raise(SIGTERM);
        end();
      },
      testing::ExitedWithCode(SIGINT), "");
}

// As timeout(1) sends it.
TEST_F(StopSignalTest, TwiceInAnInstantCountsOnce) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    EXPECT_EXIT(
        {
          caught();
          ::raise(number);
          ::raise(number);
          ::raise(number);
          end();
        },
        testing::ExitedWithCode(number), "");
  }
}

TEST_F(StopSignalTest, AgainAfterAnInstantEndsTheProcess) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    EXPECT_EXIT(
        {
          caught();
          ::raise(number);
          ::usleep(longer_than_an_instant);
          ::raise(number);
          end();
        },
        testing::KilledBySignal(number), "");
  }
}

TEST_F(StopSignalTest, ALimitThatRepeatsItselfEndsNothingAtOnce) {
  EXPECT_EXIT(
      {
        caught();
        ::raise(SIGXCPU);
        ::usleep(longer_than_an_instant);
        ::raise(SIGXCPU);
        end();
      },
      testing::ExitedWithCode(SIGXCPU), "");
}

TEST_F(StopSignalTest, WhatWasIgnoredStaysIgnored) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE}) {
    EXPECT_EXIT(
        {
          ::signal(number, SIG_IGN);
          caught();
          ::raise(number);
          ::_exit(is_ignored(number) && caught().load() == 0 ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
  }
}

TEST_F(StopSignalTest, APipeThatNobodyReadsIsAnError) {
  EXPECT_EXIT({ write_to_nobody(); }, testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace ipcmark
