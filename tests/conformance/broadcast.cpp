// Broadcast: each message reaches every receiver, in order, and a receiver that is killed takes
// nothing from the others.
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t count = 3000;

ChannelSpec broadcast_spec(Stage& stage, std::size_t size, Wait wait) {
  auto spec = spec_of(size);
  spec.receivers = 3;
  spec.wait = wait;
  const Capabilities can = stage.capabilities(spec);
  if (!can.broadcast) throw Skipped("declares no broadcast");
  if (can.lossy) throw Skipped("declares lossy");
  if (!waits_by(can, wait)) throw Skipped("declares no such wait");
  return spec;
}

void take_all(Side& side, std::size_t size, unsigned late_ms) {
  std::vector<std::byte> buffer(size);
  sleep_ms(late_ms);
  for (std::uint64_t key = 0;; ++key) {
    const auto got = side.receiver().receive(buffer, Deadline::after(15 * second));
    if (!got && got.error().code == Errc::closed) {
      require(key == side.page().counts[0].load(), "ended after " + std::to_string(key));
      return;
    }
    require(take(got, "receive") == size && matches(buffer, key),
            "message " + std::to_string(key) + " is damaged, lost or repeated");
  }
}

void broadcast_of(Stage& stage, std::size_t size, std::uint64_t messages, Wait wait) {
  stage.channel(broadcast_spec(stage, size, wait));
  stage.page().counts[0].store(messages);
  stage.side("sender", {.sends = {0}}, [=](Side& side) {
    for (std::uint64_t key = 0; key < messages; ++key) {
      require_ok(side.sender().send(message_of(size, key), Deadline::never()), "send");
    }
    require_ok(side.sender().close(Deadline::after(15 * second)), "close");
  });
  for (std::uint32_t index = 0; index < 3; ++index) {
    stage.side("receiver", {.receives = {0}, .index = index},
               [=](Side& side) { take_all(side, size, index == 1 ? 100 : 0); });
  }
  stage.run();
}

void broadcast_small(Stage& stage) { broadcast_of(stage, 64, count, Wait::block); }
void broadcast_large(Stage& stage) { broadcast_of(stage, 20'000, 1000, Wait::block); }
void broadcast_hybrid(Stage& stage) { broadcast_of(stage, 64, count, Wait::hybrid); }

void broadcast_survives_a_receivers_kill(Stage& stage) {
  const ChannelSpec spec = broadcast_spec(stage, 64, Wait::block);
  if (!stage.capabilities(spec).survives_peer_kill) {
    throw Skipped("declares no survives_peer_kill");
  }
  stage.channel(spec);
  const std::uint64_t many = 20 * stage.capabilities(spec).depth + count;
  stage.page().counts[0].store(many);
  stage.side("sender", {.sends = {0}}, [many](Side& side) {
    for (std::uint64_t key = 0; key < many; ++key) {
      if (key == count / 2) {
        open_latch(side.page(), 0);
        await_latch(side.page(), 1);
      }
      require_ok(side.sender().send(message_of(64, key), Deadline::after(15 * second)), "send");
    }
    require_ok(side.sender().close(Deadline::after(15 * second)), "close");
  });
  for (std::uint32_t index = 0; index < 3; ++index) {
    stage.side(index == 0 ? "victim" : "receiver", {.receives = {0}, .index = index},
               [](Side& side) { take_all(side, 64, 0); });
  }
  stage.start();
  stage.await(0);
  stage.kill_side("victim");
  open_latch(stage.page(), 1);
  stage.finish();
}

}  // namespace

std::vector<Case> broadcast_cases() {
  return {{"BroadcastOfSmallMessages", broadcast_small},
          {"BroadcastOfLargeMessages", broadcast_large},
          {"BroadcastToHybridWaits", broadcast_hybrid},
          {"BroadcastSurvivesAReceiversKill", broadcast_survives_a_receivers_kill}};
}

}  // namespace ipcmark::conformance
