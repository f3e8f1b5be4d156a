// The end of a channel: closed after everything, and only after everyone.
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

void stays_closed(Receiver& receiver, std::span<std::byte> buffer) {
  require_error(receiver.receive(buffer, Deadline::never()), Errc::closed, "receive at the end");
  require_error(receiver.receive(buffer, Deadline::immediate()), Errc::closed,
                "immediate receive after the end");
  require_error(receiver.receive(buffer, Deadline::after(second)), Errc::closed,
                "timed receive after the end");
}

void close_and_drain(Stage& stage) {
  stage.channel(spec_of(500));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    for (std::uint64_t key = 0; key < 4; ++key) {
      require_ok(side.sender().send(message_of(500, key), Deadline::never()), "send");
    }
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
    require_ok(side.sender().close(Deadline::immediate()), "second close");
    side.drop_sender();
    open_latch(side.page(), 0);
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    // Either everything fits and the sender is long gone, or close() still waits for room.
    for (unsigned i = 0; i < 50 && side.page().latches[0].load() == 0; ++i) sleep_ms(1);
    std::vector<std::byte> buffer(500);
    for (std::uint64_t key = 0; key < 4; ++key) {
      require(take(side.receiver().receive(buffer, Deadline::never()), "receive") == 500 &&
                  matches(buffer, key),
              "message " + std::to_string(key) + " is damaged");
    }
    stays_closed(side.receiver(), buffer);
  });
  stage.run();
}

void empty_channel_closed(Stage& stage) {
  stage.channel(spec_of(64));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(64);
    stays_closed(side.receiver(), buffer);
  });
  stage.run();
}

void close_wakes_a_waiting_receiver(Stage& stage) {
  stage.channel(spec_of(64));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
    sleep_ms(50);
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(64);
    open_latch(side.page(), 0);
    stays_closed(side.receiver(), buffer);
  });
  stage.run();
}

void closed_only_after_the_last_sender(Stage& stage) {
  auto spec = spec_of(64);
  spec.senders = 3;
  if (!stage.capabilities(spec).many_senders) throw Skipped("declares no many_senders");
  stage.channel(spec);
  for (std::uint32_t index = 0; index < 3; ++index) {
    stage.side("sender", {.sends = {0}, .index = index}, [](Side& side) {
      await_latch(side.page(), side.index());
      require_ok(side.sender().send(message_of(64, side.index()), Deadline::never()), "send");
      require_ok(side.sender().close(Deadline::after(10 * second)), "close");
    });
  }
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(64);
    for (const unsigned index : {1U, 0U, 2U}) {
      require_error(side.receiver().receive(buffer, Deadline::after(20'000'000)), Errc::timeout,
                    "receive while a sender is still open");
      open_latch(side.page(), index);
      const auto got = side.receiver().receive(buffer, Deadline::after(10 * second));
      require(take(got, "receive") == 64 && matches(buffer, index), "message is damaged");
    }
    stays_closed(side.receiver(), buffer);
  });
  stage.run();
}

// Whoever sends to nobody is told, at the latest when the coordinator says that a peer is gone.
void send_after_the_receiver_left(Stage& stage) {
  stage.channel(spec_of(1000));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
    const Deadline limit = Deadline::after(15 * second);
    const auto message = message_of(1000, 1);
    while (true) {
      const Status status = side.sender().send(message, limit);
      if (status) continue;
      require_error(status, Errc::peer_died, "send without a receiver");
      return;
    }
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    side.drop_receiver();
    side.page().peer_died.store(1);
    open_latch(side.page(), 0);
  });
  stage.run();
}

}  // namespace

std::vector<Case> closing_cases() {
  return {{"CloseAndDrain", close_and_drain},
          {"EmptyChannelClosed", empty_channel_closed},
          {"CloseWakesAWaitingReceiver", close_wakes_a_waiting_receiver},
          {"ClosedOnlyAfterTheLastSender", closed_only_after_the_last_sender},
          {"SendAfterTheReceiverLeft", send_after_the_receiver_left}};
}

}  // namespace ipcmark::conformance
