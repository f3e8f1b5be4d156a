#include "scenarios/messaging/chat_log.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

using Kind = ChatKind;

TEST(ChatLog, EachEventGoesToThoseJoinedButItsOwn) {
  const std::vector<ChatEvent> log{
      {Kind::join, 0, 0},    {Kind::message, 0, 0}, {Kind::join, 1, 0},    {Kind::message, 0, 1},
      {Kind::message, 1, 0}, {Kind::leave, 1, 0},   {Kind::message, 0, 2}, {Kind::shutdown, 0, 0}};
  const std::vector<ChatShare> shares = shares_of(log, 2);
  ChatShare first;  // JOIN of 1, its message, its LEAVE, shutdown
  for (const std::uint64_t place : {2U, 4U, 5U, 7U}) first.enter(place, log[place]);
  ChatShare second;  // one message while it was there
  second.enter(3, log[3]);
  EXPECT_EQ(shares[0], first);
  EXPECT_EQ(shares[1], second);
}

TEST(ChatLog, TheHashTellsAnotherOrderAndAnotherEvent) {
  const ChatEvent a{Kind::message, 0, 0};
  const ChatEvent b{Kind::message, 1, 0};
  ChatShare in_order;
  in_order.enter(0, a);
  in_order.enter(1, b);
  ChatShare swapped;
  swapped.enter(1, b);
  swapped.enter(0, a);
  EXPECT_EQ(in_order.events, swapped.events);
  EXPECT_NE(in_order.hash, swapped.hash);
}

}  // namespace
}  // namespace ipcmark
