// A wait that its own mechanism does not end.
#include "backends/kernel/interruptible_call.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace ipcmark {
namespace {

// The first try finds nothing; before the next look the message comes, and its sender dies.
struct LastMessage {
  std::atomic<std::uint32_t>& died;
  unsigned tries = 0;
  bool comes = true;
  bool operator()() {
    if (++tries > 1 && comes) return true;
    died.store(1);
    errno = EAGAIN;
    return false;
  }
};

TEST(InterruptibleCall, WhatCameBeforeADeathIsStillToBeHad) {
  for (const Deadline deadline : {Deadline::immediate(), Deadline::after(60'000'000'000)}) {
    std::atomic<std::uint32_t> died{0};
    OpenContext context;
    context.peer_died = &died;
    InterruptibleCall call(context);
    LastMessage message{died};
    const Status got = call.get(
        "read", deadline, [] { return false; }, [&message] { return message(); },
        [](std::uint64_t) { return false; });
    EXPECT_TRUE(got) << explain(got.error());
  }
}

TEST(InterruptibleCall, AfterADeathNothingIsWaitedFor) {
  std::atomic<std::uint32_t> died{0};
  OpenContext context;
  context.peer_died = &died;
  InterruptibleCall call(context);
  LastMessage message{.died = died, .comes = false};
  const Status got = call.get(
      "read", Deadline::after(60'000'000'000), [] { return false; },
      [&message] { return message(); }, [](std::uint64_t) { return false; });
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::peer_died);
}

}  // namespace
}  // namespace ipcmark
