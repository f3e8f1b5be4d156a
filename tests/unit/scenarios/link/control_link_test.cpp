#include "scenarios/link/control_link.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ipcmark {
namespace {

LinkMessage said(const std::string& text) {
  LinkMessage message;
  message.type = MessageType::report;
  message.text = text;
  return message;
}

// A worker that fails while descriptors are still being handed over has not read them: the kernel
// then speaks of a reset before it gives out what was said.
TEST(ControlLink, WhatWasSaidBeforeTheEndIsRead) {
  auto ends = ControlLink::make_pair();
  ASSERT_TRUE(ends);
  ASSERT_TRUE(ends->first.send(said("never read"), Deadline::immediate()));
  ASSERT_TRUE(ends->second.send(said("why"), Deadline::immediate()));
  ASSERT_TRUE(ends->second.send(said("and more"), Deadline::immediate()));
  ends->second = ControlLink();
  const auto first = ends->first.receive(Deadline::immediate());
  ASSERT_TRUE(first) << explain(first.error());
  EXPECT_EQ(first->text, "why");
  const auto second = ends->first.receive(Deadline::immediate());
  ASSERT_TRUE(second) << explain(second.error());
  EXPECT_EQ(second->text, "and more");
  const auto end = ends->first.receive(Deadline::immediate());
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Errc::closed);
}

// The deadline passed while nobody looked (the process was stopped): what has come meanwhile
// counts.
TEST(ControlLink, APassedDeadlineTakesWhatIsThere) {
  auto ends = ControlLink::make_pair();
  ASSERT_TRUE(ends);
  ASSERT_TRUE(ends->second.send(said("in time"), Deadline::immediate()));
  EXPECT_TRUE(ends->first.receive(Deadline::at(1)));
  const auto none = ends->first.receive(Deadline::at(1));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::timeout);
}

// Whose worker is stopped, or reads nothing, must still be ended by Ctrl-C, or by the watchdog.
TEST(ControlLink, WhoHasGivenUpWaitsForNoRoom) {
  auto ends = ControlLink::make_pair();
  ASSERT_TRUE(ends);
  const std::string text(30'000, 'x');
  Status sent;
  while (sent) sent = ends->first.send(said(text), Deadline::immediate());
  ASSERT_EQ(sent.error().code, Errc::would_block);
  unsigned asked = 0;
  sent = ends->first.send(said(text), Deadline::never(), [&asked] { return ++asked == 3; });
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::interrupted);
  EXPECT_EQ(asked, 3U);
}

}  // namespace
}  // namespace ipcmark
