#include "scenarios/link/control_link.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

LinkMessage said(const std::string& text) {
  LinkMessage message;
  message.word = Word::report;
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
  ends->second.close();
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

}  // namespace
}  // namespace ipcmark
