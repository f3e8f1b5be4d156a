#include "scenarios/link/control_link.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <time.h>

#include <atomic>
#include <string>
#include <thread>

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

// Whose worker is stopped, or reads nothing, must still be ended by Ctrl-C.
TEST(ControlLink, AStopSignalEndsTheWaitForRoom) {
  auto ends = ControlLink::make_pair();
  ASSERT_TRUE(ends);
  std::atomic<int> stop_signal{0};
  ends->first.give_up_on(&stop_signal);
  const std::string text(30'000, 'x');
  Status sent;
  while (sent) sent = ends->first.send(said(text), Deadline::immediate());
  ASSERT_EQ(sent.error().code, Errc::would_block);
  std::thread user([&stop_signal] {
    const timespec pause{0, 50'000'000};
    nanosleep(&pause, nullptr);
    stop_signal = SIGINT;
  });
  sent = ends->first.send(said(text), Deadline::after(60'000'000'000));
  user.join();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::interrupted);
}

}  // namespace
}  // namespace ipcmark
