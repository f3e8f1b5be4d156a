// A peer killed at any moment: the survivor ends, and nothing it got is broken.
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
// Large enough that a kill often hits the middle of a message.
std::size_t size_for(Stage& stage) { return fitting(stage, 30'000); }

// Without a deadline the plainest blocking call may hang until the watchdog comes, unless the
// backend reports a peer's death by itself.
Deadline peer_deadline(const Side& side) {
  return side.page().counts[1].load() != 0 ? Deadline::never() : Deadline::after(15 * second);
}

void stream_for_ever(Side& side) {
  std::vector<std::byte> message(side.page().counts[2].load());
  for (std::uint64_t key = 0;; ++key) {
    fill(message, key);
    const Status status = side.sender().send(message, peer_deadline(side));
    if (status) continue;
    require_error(status, Errc::peer_died, "send while the receiver is killed");
    return;
  }
}

void receive_for_ever(Side& side) {
  std::vector<std::byte> buffer(side.page().counts[2].load());
  for (std::uint64_t key = 0;; ++key) {
    const auto got = side.receiver().receive(buffer, peer_deadline(side));
    if (got) {
      require(*got == buffer.size() && matches(buffer, key),
              "message " + std::to_string(key) + " is damaged after the kill");
      side.page().counts[0].store(key + 1);
      continue;
    }
    const bool end = got.error().code == Errc::closed || got.error().code == Errc::peer_died;
    require(end, "receive after the sender was killed: " + outcome(got));
    return;
  }
}

void create_channel(Stage& stage) {
  stage.channel(spec_of(size_for(stage)));
  stage.page().counts[2].store(size_for(stage));
}

// Kills `role` while messages flow; `raise` is what the coordinator's pidfd would bring about.
void kill_in_the_stream(Stage& stage, const std::string& role, unsigned after_ms, bool raise) {
  create_channel(stage);
  stage.page().counts[1].store(raise ? 0 : 1);
  stage.side("sender", {.sends = {0}}, stream_for_ever);
  stage.side("receiver", {.receives = {0}}, receive_for_ever);
  stage.start();
  const Deadline begun = Deadline::after(10 * second);
  while (stage.page().counts[0].load() == 0 && !begun.passed()) sleep_ms(1);
  sleep_ms(after_ms);
  stage.kill_side(role);
  if (raise) stage.raise_peer_died();
  const std::uint64_t killed = now_ns();
  stage.finish();
  const std::uint64_t took = now_ns() - killed;
  require(took < 10 * second, "the survivor needed " + std::to_string(took / second) + " s to end");
}

// A peer killed inside the mechanism's own lock can hang the survivor where no deadline reaches it;
// a backend of that kind declares neither, and the launcher's watchdog ends the trial.
void need_an_end(Stage& stage) {
  const Capabilities can = stage.capabilities(spec_of(size_for(stage)));
  if (!can.survives_peer_kill && !can.reports_peer_death) {
    throw Skipped("declares neither survives_peer_kill nor reports_peer_death: may hang");
  }
}

void sender_killed(Stage& stage) {
  need_an_end(stage);
  for (const unsigned after_ms : {0U, 3U, 7U}) {
    Stage one(stage.backend());
    kill_in_the_stream(one, "sender", after_ms, true);
  }
}

void receiver_killed(Stage& stage) {
  need_an_end(stage);
  for (const unsigned after_ms : {0U, 3U, 7U}) {
    Stage one(stage.backend());
    kill_in_the_stream(one, "receiver", after_ms, true);
  }
}

void waiting_receiver_of_a_killed_sender(Stage& stage) {
  create_channel(stage);
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    open_latch(side.page(), 0);
    sleep_ms(60'000);
  });
  stage.side("receiver", {.receives = {0}}, receive_for_ever);
  stage.start();
  stage.await(0);
  sleep_ms(20);
  stage.kill_side("sender");
  stage.raise_peer_died();
  stage.finish();
}

void waiting_sender_of_a_killed_receiver(Stage& stage) {
  create_channel(stage);
  stage.side("sender", {.sends = {0}}, stream_for_ever);
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    open_latch(side.page(), 0);
    sleep_ms(60'000);
  });
  stage.start();
  stage.await(0);
  sleep_ms(50);
  stage.kill_side("receiver");
  stage.raise_peer_died();
  stage.finish();
}

void reports_death_by_itself(Stage& stage) {
  if (!stage.capabilities(spec_of(size_for(stage))).reports_peer_death) {
    throw Skipped("declares no reports_peer_death");
  }
  for (const char* role : {"sender", "receiver"}) {
    Stage one(stage.backend());
    kill_in_the_stream(one, role, 3, false);
  }
}

// Three of four senders go on after one was killed in the middle of its stream.
void others_survive_a_kill(Stage& stage) {
  auto spec = spec_of(64);
  spec.senders = 4;
  const Capabilities can = stage.capabilities(spec);
  if (!can.survives_peer_kill) throw Skipped("declares no survives_peer_kill");
  if (!can.many_senders) throw Skipped("declares no many_senders");
  constexpr std::uint64_t count = 2000;
  stage.channel(spec);
  for (std::uint32_t index = 0; index < 4; ++index) {
    stage.side(index == 0 ? "victim" : "sender", {.sends = {0}, .index = index}, [](Side& side) {
      for (std::uint64_t i = 0; side.index() == 0 || i < count; ++i) {
        if (i == count / 2) open_latch(side.page(), 0);
        // Half of each sender's messages are sent after the kill.
        if (i == count / 2 && side.index() != 0) await_latch(side.page(), 1);
        const auto message = message_of(64, (std::uint64_t{side.index()} << 32U) | i);
        require_ok(side.sender().send(message, Deadline::after(15 * second)), "send");
      }
    });
  }
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(64);
    std::uint64_t next[4] = {};
    while (next[1] + next[2] + next[3] < 3 * count) {
      const auto got = side.receiver().receive(buffer, Deadline::after(15 * second));
      require(take(got, "receive") == 64 && matches(buffer, key_of(buffer)), "message is damaged");
      const std::uint64_t from = key_of(buffer) >> 32U;
      require(from < 4 && (key_of(buffer) & 0xFFFFFFFFU) == next[from]++, "lost or reordered");
    }
  });
  stage.start();
  stage.await(0, 4);
  stage.kill_side("victim");
  open_latch(stage.page(), 1);
  stage.finish();
}

constexpr std::uint64_t shared_out = 4000;

// Takes its share of sender 0's messages and marks each, until there are no more.
void mark_share(Side& side) {
  std::vector<std::byte> buffer(64);
  while (true) {
    const auto got = side.receiver().receive(buffer, Deadline::after(15 * second));
    if (!got) {
      const bool end = got.error().code == Errc::closed || got.error().code == Errc::peer_died;
      require(end, "receive after another receiver was killed: " + outcome(got));
      return;
    }
    require(*got == 64 && matches(buffer, key_of(buffer)), "message is damaged");
    require(key_of(buffer) < shared_out, "a key that nobody sent");
    require(side.page().marks[key_of(buffer)].fetch_add(1) == 0, "a message arrived twice");
    if (side.index() == 0) sleep_ms(1);  // so that it is still there to be killed
  }
}

// Of three receivers two go on after one was killed, and end, at the latest when the coordinator
// says that a peer is gone. How much is lost with it is the mechanism's affair: ZeroMQ hands
// messages out before they are asked for.
void others_survive_a_receivers_kill(Stage& stage) {
  auto spec = spec_of(64);
  spec.receivers = 3;
  const Capabilities can = stage.capabilities(spec);
  if (!can.survives_peer_kill) throw Skipped("declares no survives_peer_kill");
  if (!can.many_receivers) throw Skipped("declares no many_receivers");
  stage.channel(spec);
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    for (std::uint64_t key = 0; key < shared_out; ++key) {
      if (key == shared_out / 2) open_latch(side.page(), 0);
      if (key == shared_out / 2) await_latch(side.page(), 1);
      require_ok(side.sender().send(message_of(64, key), Deadline::after(15 * second)), "send");
    }
    require_ok(side.sender().close(Deadline::after(15 * second)), "close");
    open_latch(side.page(), 2);
  });
  for (std::uint32_t index = 0; index < 3; ++index) {
    stage.side(index == 0 ? "victim" : "receiver", {.receives = {0}, .index = index}, mark_share);
  }
  stage.start();
  stage.await(0);
  stage.kill_side("victim");
  open_latch(stage.page(), 1);
  // Who takes the last messages lets the sender close; the sender may have ended before the look.
  const Deadline limit = Deadline::after(15 * second);
  while (stage.page().latches[2].load() == 0 && !limit.passed()) sleep_ms(1);
  sleep_ms(20);
  stage.raise_peer_died();
  stage.finish();
  std::uint64_t later = 0;
  for (std::uint64_t key = shared_out / 2; key < shared_out; ++key) {
    later += stage.page().marks[key].load();
  }
  require(later > 0, "the others got nothing that was sent after the kill");
}

}  // namespace

std::vector<Case> death_cases() {
  return {{"SenderKilledInTheStream", sender_killed, true},
          {"ReceiverKilledInTheStream", receiver_killed, true},
          {"WaitingReceiverOfAKilledSender", waiting_receiver_of_a_killed_sender},
          {"WaitingSenderOfAKilledReceiver", waiting_sender_of_a_killed_receiver},
          {"ReportsDeathByItself", reports_death_by_itself, true},
          {"OthersSurviveAKill", others_survive_a_kill, true},
          {"OthersSurviveAReceiversKill", others_survive_a_receivers_kill, true}};
}

}  // namespace ipcmark::conformance
