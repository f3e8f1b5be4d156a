// A connection that nobody answers, as behind a packet filter that drops: a listener whose queue is
// full answers nobody either.
#include "backends/kernel/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

namespace ipcmark {
namespace {

constexpr std::uint64_t ms = 1'000'000;

Fd new_socket() { return Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)}; }

class ConnectionTest : public testing::Test {
 protected:
  void listen_for(int backlog) {
    at_.sin_family = AF_INET;
    at_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&at_), sizeof at_), 0);
    ASSERT_EQ(::listen(listener_.get(), backlog), 0);
    socklen_t length = sizeof at_;
    ASSERT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at_), &length), 0);
  }

  Fd listener_ = new_socket();
  sockaddr_in at_{};
};

TEST_F(ConnectionTest, IsThereAtOnceAndInBlockingMode) {
  listen_for(8);
  const Fd one = new_socket();
  const Status connected = connect_until(one, at_, Deadline::after(10'000 * ms));
  ASSERT_TRUE(connected) << explain(connected.error());
  EXPECT_EQ(::fcntl(one.get(), F_GETFL) & O_NONBLOCK, 0);
  sockaddr_in from{};
  const auto other = accept_until(listener_, from, Deadline::after(10'000 * ms));
  ASSERT_TRUE(other) << explain(other.error());
  EXPECT_EQ(::fcntl(other->get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(from.sin_addr.s_addr, at_.sin_addr.s_addr);
}

TEST_F(ConnectionTest, ThatNobodyAnswersEndsWithItsDeadline) {
  listen_for(0);
  std::vector<Fd> waiting;
  Status connected;
  while (connected && waiting.size() < 100) {
    waiting.push_back(new_socket());
    connected = connect_until(waiting.back(), at_, Deadline::after(50 * ms));
  }
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, Errc::limit);
  EXPECT_NE(explain(connected.error()).find("packet filter"), std::string::npos);
}

TEST_F(ConnectionTest, ThatNeverComesEndsWithItsDeadline) {
  listen_for(8);
  sockaddr_in from{};
  const auto none = accept_until(listener_, from, Deadline::after(10 * ms));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::limit);
}

}  // namespace
}  // namespace ipcmark
