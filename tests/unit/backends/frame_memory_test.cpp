// A message for which there is no memory: libzmq throws, and a worker must not.
#include <gtest/gtest.h>

#include <cerrno>
#include <limits>

#include "backends/zeromq/zeromq_endpoint.hpp"

namespace ipcmark {
namespace {

TEST(ZeromqFrame, WithoutMemoryIsARefusal) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer ends a program that asks for so much";
#endif
  zmq::message_t frame;
  const Status made = zeromq::make_room(frame, std::numeric_limits<std::size_t>::max() / 4);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::refused);
  EXPECT_EQ(made.error().sys_errno, ENOMEM);
  ASSERT_TRUE(zeromq::make_room(frame, 100));
  EXPECT_EQ(frame.size(), 100U);
}

}  // namespace
}  // namespace ipcmark
