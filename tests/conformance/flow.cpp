// Full and empty queues: immediate calls, deadlines, depth, a receiver that comes late.
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t call_timeout = 50 * ms;    // the deadline of timed calls
constexpr std::uint64_t far_late = 2000 * ms;      // beyond it a timed call counts as late
constexpr std::uint64_t max_queued = 256U << 20U;  // no queue here holds more bytes than that

// Holds the answer of a call that began at `begin`, with a deadline it could not meet, to the time.
template <class R>
void expect_timed_out(const R& result, std::uint64_t begin, const std::string& what) {
  const std::uint64_t took = now_ns() - begin;
  require_error(result, Errc::timeout, what);
  require(took >= call_timeout, what + " returned " +
                                    std::to_string((call_timeout - took) / 1000U) +
                                    " us before its deadline");
  require(took <= call_timeout + far_late,
          what + " returned " + std::to_string(took / ms) + " ms after its begin, asked 50 ms");
}

template <class Call>
void expect_timeout(Call call, const std::string& what) {
  const std::uint64_t begin = now_ns();
  const auto result = call(Deadline::at(begin + call_timeout));
  expect_timed_out(result, begin, what);
}

// Immediate sends until the channel is full; returns how many were accepted. Where another thread
// or the network moves messages on, room comes just after a refusal: full is what stays full.
std::uint64_t fill_up(Sender& sender, std::size_t size, std::uint64_t first_key) {
  std::vector<std::byte> message(size);
  std::uint64_t accepted = 0;
  unsigned refused = 0;
  while (accepted * (size + 1) < max_queued) {
    fill(message, first_key + accepted);
    const Status status = sender.send(message, Deadline::immediate());
    if (status) {
      ++accepted;
      refused = 0;
      continue;
    }
    require_error(status, Errc::would_block, "immediate send into a full channel");
    if (++refused == 10) return accepted;
    sleep_ms(5);
  }
  throw Broken("accepted 256 MiB without a receiver: not a bounded channel");
}

// Receives messages with keys 0, 1, … until closed; returns how many.
std::uint64_t drain(Receiver& receiver, std::size_t size) {
  std::vector<std::byte> buffer(size);
  std::uint64_t key = 0;
  while (true) {
    const auto got = receiver.receive(buffer, Deadline::never());
    if (!got && got.error().code == Errc::closed) return key;
    const std::size_t length = take(got, "receive");
    require(length == size && matches(std::span(buffer).first(length), key),
            "message " + std::to_string(key) + " is damaged, lost or repeated (" +
                std::to_string(length) + " bytes, key " +
                std::to_string(key_of(std::span(buffer).first(length))) + ")");
    ++key;
  }
}

// Three timed sends that find no room, each followed by immediate ones. TCP's buffers may still
// grow meanwhile: what is accepted then counts, and the next send must wait again.
std::uint64_t expect_timeouts(Sender& sender, std::size_t size, std::uint64_t first_key) {
  std::uint64_t accepted = 0;
  unsigned timeouts = 0;
  for (unsigned tries = 0; tries < 40 && timeouts < 3; ++tries) {
    const auto message = message_of(size, first_key + accepted);
    const std::uint64_t begin = now_ns();
    const Status status = sender.send(message, Deadline::at(begin + call_timeout));
    if (status) {
      ++accepted;
    } else {
      expect_timed_out(status, begin, "timed send into a full channel");
      ++timeouts;
    }
    accepted += fill_up(sender, size, first_key + accepted);
  }
  require(timeouts == 3, "a full channel never stays full");
  return accepted;
}

void full_queue_of(Stage& stage, std::size_t size) {
  stage.channel(with_depth(stage, spec_of(size), 8));
  stage.side("sender", {.sends = {0}}, [size](Side& side) {
    std::uint64_t accepted = fill_up(side.sender(), size, 0);
    require(accepted > 0, "not one message fits without a waiting receiver");
    std::vector<std::byte> message(size);
    accepted += expect_timeouts(side.sender(), size, accepted);
    open_latch(side.page(), 0);
    // Let go on: the call that was refused may be repeated, and two more.
    for (unsigned i = 0; i < 3; ++i) {
      fill(message, accepted++);
      require_ok(side.sender().send(message, Deadline::never()),
                 "send while the other side drains");
    }
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
    side.page().counts[0].store(accepted);
    open_latch(side.page(), 1);
  });
  stage.side("receiver", {.receives = {0}}, [size](Side& side) {
    await_latch(side.page(), 0);
    const std::uint64_t got = drain(side.receiver(), size);
    await_latch(side.page(), 1);
    const std::uint64_t accepted = side.page().counts[0].load();
    require(got == accepted,
            "accepted " + std::to_string(accepted) + " messages, delivered " + std::to_string(got));
  });
  stage.run();
}

void full_queue_of_small(Stage& stage) { full_queue_of(stage, 64); }
void full_queue_of_typical(Stage& stage) { full_queue_of(stage, 3000); }
void full_queue_of_large(Stage& stage) { full_queue_of(stage, fitting(stage, 150'000)); }

// The sender fills the channel and closes at once: the rest it may still hold must come too.
void close_while_full(Stage& stage) {
  constexpr std::size_t size = 10'007;
  stage.channel(with_depth(stage, spec_of(size), 8));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    side.page().counts[0].store(fill_up(side.sender(), size, 0));
    open_latch(side.page(), 0);
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close of a full channel");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
    sleep_ms(30);
    const std::uint64_t got = drain(side.receiver(), size);
    require(got == side.page().counts[0].load(), "delivered " + std::to_string(got) + " of " +
                                                     std::to_string(side.page().counts[0].load()) +
                                                     " accepted messages");
  });
  stage.run();
}

void empty_queue(Stage& stage) {
  stage.channel(spec_of(64));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    for (std::uint64_t key = 0; key < 2; ++key) {
      await_latch(side.page(), 0, static_cast<std::uint32_t>(key + 1));
      require_ok(side.sender().send(message_of(64, key), Deadline::never()), "send");
      require_ok(side.sender().flush(Deadline::never()), "flush");
    }
    await_latch(side.page(), 1);
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(64);
    for (std::uint64_t key = 0; key < 2; ++key) {
      require_error(side.receiver().receive(buffer, Deadline::immediate()), Errc::would_block,
                    "immediate receive from an empty channel");
      expect_timeout([&](Deadline deadline) { return side.receiver().receive(buffer, deadline); },
                     "timed receive from an empty channel");
      open_latch(side.page(), 0);
      const auto got = side.receiver().receive(buffer, Deadline::after(10'000 * ms));
      require(take(got, "timed receive of a message that comes") == 64 && matches(buffer, key),
              "message is damaged");
    }
    require_error(side.receiver().receive(buffer, Deadline::immediate()), Errc::would_block,
                  "immediate receive from a channel that is empty again");
    open_latch(side.page(), 1);
    require_error(side.receiver().receive(buffer, Deadline::after(10'000 * ms)), Errc::closed,
                  "timed receive from a closed channel");
  });
  stage.run();
}

void past_deadlines(Stage& stage) {
  stage.channel(spec_of(64));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
    require_ok(side.sender().send(message_of(64, 1), Deadline::at(1)),
               "send with a deadline long past into an empty channel");
    require_ok(side.sender().flush(Deadline::never()), "flush");
    open_latch(side.page(), 1);
    await_latch(side.page(), 2);
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(64);
    require_error(side.receiver().receive(buffer, Deadline::at(1)), Errc::timeout,
                  "receive with a deadline long past");
    open_latch(side.page(), 0);
    await_latch(side.page(), 1);
    require(take(side.receiver().receive(buffer, Deadline::never()), "receive") == 64, "length");
    open_latch(side.page(), 2);
  });
  stage.run();
}

// The depth a backend states, it holds: that many messages go in while nobody receives.
void depth_is_kept(Stage& stage) {
  bool any = false;
  for (const std::uint32_t depth : {0U, 4U, 64U}) {
    for (const std::size_t size : {64U, 3000U}) {
      auto spec = spec_of(size);
      spec.depth = depth;
      const Capabilities can = stage.capabilities(spec);
      if (can.depth == 0 || !can.unsupported_reason.empty() || !stage.backend().probe(spec).empty())
        continue;
      any = true;
      Stage one(stage.backend());
      one.channel(spec);
      one.side("sender", {.sends = {0}}, [&can, size](Side& side) {
        const std::uint64_t accepted = fill_up(side.sender(), size, 0);
        side.page().counts[0].store(accepted);
        open_latch(side.page(), 0);
        require(accepted >= can.depth, "states a depth of " + std::to_string(can.depth) +
                                           " but holds " + std::to_string(accepted) +
                                           " messages of " + std::to_string(size) + " bytes");
        require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
      });
      one.side("receiver", {.receives = {0}}, [size](Side& side) {
        await_latch(side.page(), 0);
        drain(side.receiver(), size);
      });
      one.run();
    }
  }
  if (!any) throw Skipped("states no depth");
}

void receiver_comes_late(Stage& stage) {
  constexpr std::size_t size = 2000;
  stage.channel(spec_of(size));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    std::vector<std::byte> message(size);
    for (std::uint64_t key = 0; key < 5000; ++key) {
      fill(message, key);
      require_ok(side.sender().send(message, Deadline::never()), "send");
    }
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    sleep_ms(100);
    const std::uint64_t got = drain(side.receiver(), size);
    require(got == 5000, "received " + std::to_string(got) + " of 5000");
  });
  stage.run();
}

// A receiver with a deadline in the middle of a large message: nothing of it may be lost.
void timed_receive_of_slow_messages(Stage& stage) {
  constexpr std::size_t size = 3'000'000;
  stage.channel(spec_of(size));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    std::vector<std::byte> message(size);
    for (std::uint64_t key = 0; key < 6; ++key) {
      fill(message, key);
      Status status;
      do {
        status = side.sender().send(message, Deadline::after(300'000));
      } while (!status && status.error().code == Errc::timeout);
      require_ok(status, "send");
      sleep_ms(2);
    }
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(size);
    std::uint64_t key = 0;
    while (true) {
      const auto got = side.receiver().receive(buffer, Deadline::after(300'000));
      if (!got && got.error().code == Errc::timeout) continue;
      if (!got && got.error().code == Errc::closed) break;
      require(take(got, "receive") == size && matches(buffer, key),
              "message " + std::to_string(key) + " is damaged");
      ++key;
    }
    require(key == 6, "received " + std::to_string(key) + " of 6");
  });
  stage.run();
}

// A deadline may cut a message that is larger than what the channel holds; the sender then sends
// nothing more and does not close. Flushing alone has to bring the rest.
void a_cut_message_that_nothing_follows(Stage& stage) {
  const std::size_t size = fitting(stage, std::size_t{16} << 20U);
  stage.channel(spec_of(size));
  stage.side("sender", {.sends = {0}}, [size](Side& side) {
    const auto message = message_of(size, 7);
    Status sent = side.sender().send(message, Deadline::after(20 * ms));
    open_latch(side.page(), 0);  // until here nobody has received
    while (!sent && is_wait_over(sent.error())) {
      sent = side.sender().send(message, Deadline::after(ms));
    }
    require_ok(sent, "timed send of a message larger than the channel");
    Status flushed = side.sender().flush(Deadline::immediate());
    while (!flushed && is_wait_over(flushed.error())) {
      flushed = side.sender().flush(Deadline::after(ms));
    }
    require_ok(flushed, "flush of the rest");
    await_latch(side.page(), 1);
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [size](Side& side) {
    await_latch(side.page(), 0);
    std::vector<std::byte> buffer(size);
    const auto got = side.receiver().receive(buffer, Deadline::after(15'000 * ms));
    require(take(got, "receive of a message that was cut") == size && matches(buffer, 7),
            "the message is damaged");
    open_latch(side.page(), 1);
    require_error(side.receiver().receive(buffer, Deadline::after(10'000 * ms)), Errc::closed,
                  "receive after it");
  });
  stage.run();
}

}  // namespace

std::vector<Case> flow_cases() {
  return {{"FullQueueOfSmallMessages", full_queue_of_small, true},
          {"FullQueueOfTypicalMessages", full_queue_of_typical, true},
          {"FullQueueOfLargeMessages", full_queue_of_large, true},
          {"CloseWhileFull", close_while_full, true},
          {"EmptyQueue", empty_queue},
          {"PastDeadlines", past_deadlines},
          {"DepthIsKept", depth_is_kept, true},
          {"ReceiverComesLate", receiver_comes_late, true},
          {"TimedReceiveOfSlowMessages", timed_receive_of_slow_messages, true},
          {"ACutMessageThatNothingFollows", a_cut_message_that_nothing_follows, true}};
}

}  // namespace ipcmark::conformance
