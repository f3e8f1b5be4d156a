// What a line of /proc/PID/task/TID/syscall says.
#include "scenarios/foreign/blocking_call.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <string>

namespace ipcmark {
namespace {

std::string line(long number, const std::string& arguments) {
  return std::to_string(number) + " " + arguments + " 0x7ffc00000000 0x7f0000000000";
}

TEST(BlockingCall, NamesTheCallAndItsDescriptor) {
  const auto write = blocking_call(line(SYS_write, "0x5 0x7f00 0xf4240 0x0 0x0 0x0"));
  ASSERT_TRUE(write.has_value());
  EXPECT_STREQ(write->name, "write");
  EXPECT_EQ(write->kind, CallKind::gives);
  EXPECT_EQ(write->fd, 5);
  EXPECT_TRUE(write->for_ever());
}

TEST(BlockingCall, WhoRunsIsInNone) {
  for (const char* text : {"", "running", "-1 0x7ffc 0x7f00"}) {
    EXPECT_FALSE(blocking_call(text).has_value()) << text;
  }
}

TEST(BlockingCall, ATimeOfItsOwnEndsIt) {
  // A futex without a time, and with one by pointer.
  const auto for_ever = blocking_call(line(SYS_futex, "0x7f00 0x189 0x0 0x0 0x0 0xffffffff"));
  const auto timed = blocking_call(line(SYS_futex, "0x7f00 0x189 0x0 0x7ffc10 0x0 0xffffffff"));
  EXPECT_TRUE(for_ever->for_ever());
  EXPECT_FALSE(timed->for_ever());
  EXPECT_EQ(timed->kind, CallKind::sleeps);
  const auto sleep = blocking_call(line(SYS_clock_nanosleep, "0x1 0x0 0x7ffc 0x0 0x0 0x0"));
  EXPECT_EQ(sleep->kind, CallKind::sleeps);
  // By value, in 32 bits: -1 is none.
  const auto wait = blocking_call(line(SYS_epoll_pwait, "0x4 0x7f00 0x8 0xffffffff 0x0 0x8"));
  EXPECT_TRUE(wait->for_ever());
  const auto second = blocking_call(line(SYS_epoll_pwait, "0x4 0x7f00 0x8 0x3e8 0x0 0x8"));
  EXPECT_FALSE(second->for_ever());
}

TEST(BlockingCall, OfACallThatIsNotKnownNothingIsSaid) {
  const auto call = blocking_call(line(SYS_getpid, "0x0 0x0 0x0 0x0 0x0 0x0"));
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->kind, CallKind::other);
  EXPECT_FALSE(call->for_ever());
}

}  // namespace
}  // namespace ipcmark
