// A mechanism that may lose messages: what it delivers is whole and in order, what it must hold it
// holds, it never makes its sender wait, and its end is never lost.
#include <string>

#include "backends/wait_set.hpp"
#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::size_t size = 1000;
constexpr std::uint64_t flood = 20'000;  // far more than a queue of the default depth holds

// Takes what comes until the end; each must be later than the one before. Returns how many came.
template <class Receive>
std::uint64_t take_what_comes(Receive receive) {
  std::vector<std::byte> buffer(size);
  std::uint64_t came = 0;
  std::uint64_t next = 0;
  for (;;) {
    const auto got = receive(std::span(buffer));
    if (!got && got.error().code == Errc::closed) return came;
    if (!got && is_wait_over(got.error())) continue;
    require(take(got, "receive") == size && matches(buffer, key_of(buffer)), "message is damaged");
    require(key_of(buffer) >= next, "message " + std::to_string(key_of(buffer)) + " after " +
                                        std::to_string(next - 1) + ": reordered or doubled");
    require(key_of(buffer) < flood, "a message that nobody sent");
    next = key_of(buffer) + 1;
    ++came;
  }
}

void send_flood(Side& side) {
  std::vector<std::byte> message(size);
  for (std::uint64_t key = 0; key < flood; ++key) {
    fill(message, key);
    require_ok(side.sender().send(message, Deadline::immediate()), "immediate send");
  }
  require_ok(side.sender().close(Deadline::immediate()), "immediate close");
}

// The receiver comes when everything has been sent and closed: the queue was full then.
template <class Receive>
void flooded(Stage& stage, Receive receive) {
  stage.channel(spec_of(size));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    send_flood(side);
    open_latch(side.page(), 0);
  });
  stage.side("receiver", {.receives = {0}}, [receive](Side& side) {
    await_latch(side.page(), 0);
    const std::uint64_t came =
        take_what_comes([&](std::span<std::byte> buffer) { return receive(side, buffer); });
    require(came > 0, "nothing came");
    std::vector<std::byte> buffer(size);
    require_error(side.receiver().receive(buffer, Deadline::immediate()), Errc::closed,
                  "immediate receive after the end");
  });
  stage.run();
}

void end_is_not_lost(Stage& stage) {
  flooded(stage, [](Side& side, std::span<std::byte> buffer) {
    return side.receiver().receive(buffer, Deadline::never());
  });
}

void end_is_not_lost_for_who_has_deadlines(Stage& stage) {
  for (const std::uint64_t ns : {3'000'000U, 300'000'000U}) {
    Stage one(stage.backend());
    flooded(one, [ns](Side& side, std::span<std::byte> buffer) {
      return side.receiver().receive(buffer, Deadline::after(ns));
    });
  }
}

void end_is_not_lost_in_a_wait_set(Stage& stage) {
  flooded(stage, [](Side& side, std::span<std::byte> buffer) -> Result<std::size_t> {
    WaitSet set(Wait::block);
    set.add(side.receiver());
    const auto found = set.wait(Deadline::after(15 * second), side.context());
    if (!found) return tl::make_unexpected(found.error());
    return side.receiver().receive(buffer, Deadline::immediate());
  });
}

// Both at once, as fast as they can.
void a_stream_is_in_order(Stage& stage) {
  stage.channel(spec_of(size));
  stage.side("sender", {.sends = {0}}, send_flood);
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    const std::uint64_t came = take_what_comes([&](std::span<std::byte> buffer) {
      return side.receiver().receive(buffer, Deadline::never());
    });
    require(came > 0, "nothing came");
  });
  stage.run();
}

// To each of several receivers in order and whole, however fast each of them is.
void a_broadcast_is_in_order(Stage& stage) {
  auto spec = spec_of(size);
  spec.receivers = 3;
  if (!stage.capabilities(spec).broadcast) throw Skipped("declares no broadcast");
  stage.channel(spec);
  stage.side("sender", {.sends = {0}}, send_flood);
  for (std::uint32_t index = 0; index < 3; ++index) {
    stage.side("receiver", {.receives = {0}, .index = index}, [](Side& side) {
      sleep_ms(side.index() == 1 ? 20 : 0);
      const std::uint64_t came = take_what_comes([&](std::span<std::byte> buffer) {
        return side.receiver().receive(buffer, Deadline::never());
      });
      require(came > 0, "nothing came");
    });
  }
  stage.run();
}

// Of the depth it was given, nothing is lost while nobody receives.
void depth_is_not_lost(Stage& stage) {
  bool any = false;
  for (const std::uint32_t depth : {4U, 64U}) {
    for (const std::size_t bytes : {64U, 3000U, 20'000U}) {
      auto spec = spec_of(fitting(stage, bytes));
      spec.depth = depth;
      const Capabilities can = stage.capabilities(spec);
      if (can.depth == 0 || !can.unsupported_reason.empty() || !stage.backend().probe(spec).empty())
        continue;
      any = true;
      Stage one(stage.backend());
      one.channel(spec);
      one.side("sender", {.sends = {0}}, [&spec](Side& side) {
        for (std::uint64_t key = 0; key < spec.depth; ++key) {
          const auto message = message_of(spec.largest_message, key);
          require_ok(side.sender().send(message, Deadline::never()), "send");
        }
        open_latch(side.page(), 0);
        require_ok(side.sender().close(Deadline::after(10 * second)), "close");
      });
      one.side("receiver", {.receives = {0}}, [&spec](Side& side) {
        await_latch(side.page(), 0);
        std::vector<std::byte> buffer(spec.largest_message);
        for (std::uint64_t key = 0; key < spec.depth; ++key) {
          const auto got = side.receiver().receive(buffer, Deadline::after(10 * second));
          require(take(got, "receive") == buffer.size() && matches(buffer, key),
                  "message " + std::to_string(key) + " of a depth of " +
                      std::to_string(spec.depth) + " was lost");
        }
      });
      one.run();
    }
  }
  if (!any) throw Skipped("states no depth");
}

void stream_for_ever(Side& side) {
  std::vector<std::byte> message(size);
  for (std::uint64_t key = 0;; ++key) {
    fill(message, key % flood);
    const Status status = side.sender().send(message, Deadline::after(15 * second));
    if (status) continue;
    require_error(status, Errc::peer_died, "send while the receiver is killed");
    return;
  }
}

void receive_for_ever(Side& side) {
  std::vector<std::byte> buffer(size);
  for (;;) {
    const auto got = side.receiver().receive(buffer, Deadline::after(15 * second));
    if (got) {
      require(*got == size && matches(buffer, key_of(buffer)), "message is damaged after the kill");
      side.page().counts[0].fetch_add(1);
      continue;
    }
    const bool end = got.error().code == Errc::closed || got.error().code == Errc::peer_died;
    require(end, "receive after the sender was killed: " + outcome(got));
    return;
  }
}

void killed_in_the_stream(Stage& stage) {
  for (const char* role : {"sender", "receiver"}) {
    for (const unsigned after_ms : {0U, 5U}) {
      Stage one(stage.backend());
      one.channel(spec_of(size));
      one.side("sender", {.sends = {0}}, stream_for_ever);
      one.side("receiver", {.receives = {0}}, receive_for_ever);
      one.start();
      const Deadline begun = Deadline::after(10 * second);
      while (one.page().counts[0].load() == 0 && !begun.passed()) sleep_ms(1);
      sleep_ms(after_ms);
      one.kill_side(role);
      one.raise_peer_died();
      one.finish();
    }
  }
}

// What it does not declare, it refuses.
void undeclared_ends_are_refused(Stage& stage) {
  auto senders = spec_of(64);
  senders.senders = 4;
  auto receivers = spec_of(64);
  receivers.receivers = 4;
  const Capabilities of_many = stage.capabilities(senders);
  const Capabilities to_many = stage.capabilities(receivers);
  require(of_many.many_senders || !of_many.unsupported_reason.empty(),
          "takes four senders undeclared");
  require(to_many.many_receivers || to_many.broadcast || !to_many.unsupported_reason.empty(),
          "takes four receivers undeclared");
}

}  // namespace

std::vector<Case> lossy_cases() {
  return {{"EndIsNotLost", end_is_not_lost},
          {"EndIsNotLostForWhoHasDeadlines", end_is_not_lost_for_who_has_deadlines},
          {"EndIsNotLostInAWaitSet", end_is_not_lost_in_a_wait_set},
          {"AStreamIsInOrder", a_stream_is_in_order},
          {"ABroadcastIsInOrder", a_broadcast_is_in_order},
          {"DepthIsNotLost", depth_is_not_lost},
          {"LossyKilledInTheStream", killed_in_the_stream},
          {"UndeclaredEndsAreRefused", undeclared_ends_are_refused}};
}

}  // namespace ipcmark::conformance
