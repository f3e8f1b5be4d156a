// The send queue over a sender that takes a part of a message and keeps the rest, as pipes do.
#include "scenarios/traffic/send_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ipcmark {
namespace {

// Has room for so many bytes; what does not fit of a message goes at flush().
class Cutting final : public Sender {
 public:
  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (const Status flushed = flush(deadline); !flushed) return flushed;
    if (room == 0) return fail(Errc::would_block, "full");
    rest_ = message.size();
    ++messages;
    move();
    return {};
  }
  Status flush(Deadline) override {
    move();
    if (rest_ > 0) return fail(Errc::would_block, "full");
    return {};
  }
  Status close(Deadline) override { return {}; }

  std::size_t room = 0;
  std::size_t messages = 0;

 private:
  void move() {
    const std::size_t part = std::min(room, rest_);
    rest_ -= part;
    room -= part;
  }
  std::size_t rest_ = 0;
};

TEST(SendQueue, IsNotEmptyBeforeAMessageThatWasCutIsWhole) {
  Cutting sender;
  SendQueue send_queue(sender);
  const std::vector<std::byte> message(10);
  sender.room = 4;
  ASSERT_TRUE(send_queue.post(message).has_value());
  EXPECT_EQ(send_queue.size(), 0U) << "it has been sent";
  EXPECT_FALSE(send_queue.empty()) << "but not all of it";
  ASSERT_TRUE(send_queue.pump().has_value());
  EXPECT_FALSE(send_queue.empty());
  sender.room = 6;
  ASSERT_TRUE(send_queue.pump().has_value());
  EXPECT_TRUE(send_queue.empty());
}

TEST(SendQueue, CompletesWhatWasCutBeforeItSendsOn) {
  Cutting sender;
  SendQueue send_queue(sender);
  const std::vector<std::byte> message(10);
  sender.room = 4;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send_queue.post(message).has_value());
  EXPECT_EQ(sender.messages, 1U);
  EXPECT_EQ(send_queue.size(), 2U);
  sender.room = 17;  // the rest of the first, the second, and a part of the third
  ASSERT_TRUE(send_queue.push(Deadline::immediate()).has_value());
  EXPECT_EQ(sender.messages, 3U);
  EXPECT_FALSE(send_queue.empty());
  send_queue.drop();
  EXPECT_TRUE(send_queue.empty()) << "nobody is left who would take it";
}

}  // namespace
}  // namespace ipcmark
