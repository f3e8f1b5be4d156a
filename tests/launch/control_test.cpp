// The handwritten control, as a process of its own: whatever becomes of it, whoever waits goes on.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>

#include "scenarios/launch/plain_ping_pong.hpp"
#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

constexpr std::uint64_t ms = 1'000'000;

TEST(PlainPingPong, AnEchoThatDiesEndsIt) {
  PlainPingPong how;
  how.duration_ns = 10 * ms;
  how.cpus = {0, 1023};  // no such CPU: the echo ends before it answers
  const auto figure = plain_ping_pong(how);
  ASSERT_FALSE(figure);
  EXPECT_EQ(figure.error().code, Errc::corrupt);
  EXPECT_FALSE(has_children());
}

TEST(PlainPingPong, TheUserEndsIt) {
  const std::atomic<int> stop_signal{SIGINT};
  PlainPingPong how;
  how.duration_ns = 3'600'000 * ms;
  how.cpus = {0, 0};
  how.stop_signal = &stop_signal;
  const auto figure = plain_ping_pong(how);
  ASSERT_FALSE(figure);
  EXPECT_EQ(figure.error().code, Errc::interrupted);
  EXPECT_FALSE(has_children());
}

// Whose parent had SIGCHLD ignored: how children end must be known all the same.
TEST(PlainPingPong, GivesItsFigureWhereSigchldIsIgnored) {
  struct sigaction before {};
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGCHLD, &ignored, &before), 0);
  PlainPingPong how;
  how.duration_ns = 10 * ms;
  how.cpus = {0, 0};
  const auto figure = plain_ping_pong(how);
  struct sigaction after {};
  ::sigaction(SIGCHLD, &before, &after);
  ASSERT_TRUE(figure) << explain(figure.error());
  EXPECT_GT(*figure, 0);
  EXPECT_EQ(after.sa_handler, SIG_IGN) << "it belongs to the caller";
}

}  // namespace
}  // namespace ipcmark::toy
