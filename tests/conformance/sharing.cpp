// Several senders, several receivers, several channels in one wait set.
#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string>

#include "backends/wait_set.hpp"
#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t per_sender = 1500;

std::uint64_t key_for(std::uint32_t sender, std::uint64_t sequence) {
  return (std::uint64_t{sender} << 32U) | sequence;
}

void send_share(Side& side, std::size_t channel, std::size_t size, std::uint64_t count) {
  std::vector<std::byte> message(size);
  for (std::uint64_t i = 0; i < count; ++i) {
    fill(message, key_for(side.index(), i));
    require_ok(side.sender(channel).send(message, Deadline::never()), "send");
  }
  require_ok(side.sender(channel).close(Deadline::after(15 * second)), "close");
}

// A backend that does not declare it must refuse the spec, or the launcher's gate would let it in.
void require_refusal(const Capabilities& can, const std::string& capability) {
  require(can.unsupported_reason.size() >= 5,
          "declares no " + capability + ", but does not refuse a spec that needs it (refusal: \"" +
              can.unsupported_reason + "\")");
  throw Skipped("refused as declared: " + can.unsupported_reason);
}

void many_senders_of(Stage& stage, std::size_t size, std::uint64_t count) {
  auto spec = spec_of(size);
  spec.senders = 4;
  const Capabilities can = stage.capabilities(spec);
  if (!can.many_senders) require_refusal(can, "many_senders");
  stage.channel(spec);
  for (std::uint32_t index = 0; index < 4; ++index) {
    stage.side("sender", {.sends = {0}, .index = index},
               [=](Side& side) { send_share(side, 0, size, count); });
  }
  stage.side("receiver", {.receives = {0}}, [=](Side& side) {
    std::vector<std::byte> buffer(size);
    std::uint64_t next[4] = {};
    while (true) {
      const auto got = side.receiver().receive(buffer, Deadline::never());
      if (!got && got.error().code == Errc::closed) break;
      require(take(got, "receive") == size && matches(buffer, key_of(buffer)),
              "message is damaged: senders' bytes are mixed");
      const std::uint64_t from = key_of(buffer) >> 32U;
      require(from < 4, "a key that nobody sent");
      require((key_of(buffer) & 0xFFFFFFFFU) == next[from]++,
              "messages of sender " + std::to_string(from) + " lost or reordered");
    }
    for (const std::uint64_t n : next) require(n == count, "not everything arrived");
  });
  stage.run();
}

void many_senders_small(Stage& stage) { many_senders_of(stage, 64, per_sender); }
void many_senders_large(Stage& stage) { many_senders_of(stage, 20'000, 200); }

void take_share(Side& side, std::size_t size) {
  std::vector<std::byte> buffer(size);
  while (true) {
    const auto got = side.receiver().receive(buffer, Deadline::never());
    if (!got && got.error().code == Errc::closed) return;
    require(take(got, "receive") == size && matches(buffer, key_of(buffer)),
            "message is damaged: read by two receivers");
    const std::uint64_t from = key_of(buffer) >> 32U;
    const std::uint64_t sequence = key_of(buffer) & 0xFFFFFFFFU;
    require(from < 4 && sequence < per_sender, "a key that nobody sent");
    const auto before = side.page().marks[from * per_sender + sequence].fetch_add(1);
    require(before == 0, "a message arrived at two receivers");
  }
}

// Alike for a while, then longer: a receiver that has come to expect one size gets another.
std::size_t varying_size(std::uint64_t sequence) {
  constexpr std::size_t sizes[] = {64, 500, 16, 2000, 1000};
  return sizes[sequence / 16 % std::size(sizes)];
}

void many_receivers_of_varying_sizes(Stage& stage) {
  constexpr std::uint64_t count = 1200;
  auto spec = spec_of(2000);
  spec.receivers = 2;
  const Capabilities can = stage.capabilities(spec);
  if (can.broadcast) throw Skipped("each message reaches every receiver");
  if (!can.many_receivers) require_refusal(can, "many_receivers");
  stage.channel(spec);
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    for (std::uint64_t i = 0; i < count; ++i) {
      require_ok(side.sender().send(message_of(varying_size(i), i), Deadline::never()), "send");
    }
    require_ok(side.sender().close(Deadline::after(15 * second)), "close");
  });
  for (std::uint32_t index = 0; index < 2; ++index) {
    stage.side("receiver", {.receives = {0}, .index = index}, [](Side& side) {
      std::vector<std::byte> buffer(2000);
      while (true) {
        const auto got = side.receiver().receive(buffer, Deadline::never());
        if (!got && got.error().code == Errc::closed) return;
        const auto message = std::span(buffer).first(take(got, "receive"));
        const std::uint64_t key = key_of(message);
        require(key < count, "a key that nobody sent");
        require(message.size() == varying_size(key) && matches(message, key),
                "message " + std::to_string(key) + " is damaged");
        side.page().counts[0].fetch_add(1);
      }
    });
  }
  stage.run();
  require(stage.page().counts[0].load() == count,
          "of " + std::to_string(count) + " messages " +
              std::to_string(stage.page().counts[0].load()) + " arrived");
}

void work_queue(Stage& stage, std::uint32_t senders) {
  constexpr std::size_t size = 64;
  auto spec = spec_of(size);
  spec.senders = senders;
  spec.receivers = 4;
  const Capabilities can = stage.capabilities(spec);
  if (can.broadcast) throw Skipped("each message reaches every receiver");
  if (!can.many_receivers) require_refusal(can, "many_receivers");
  if (senders > 1 && !can.unsupported_reason.empty())
    throw Skipped("refused as declared: " + can.unsupported_reason);
  stage.channel(spec);
  for (std::uint32_t index = 0; index < senders; ++index) {
    stage.side("sender", {.sends = {0}, .index = index},
               [](Side& side) { send_share(side, 0, size, per_sender); });
  }
  for (std::uint32_t index = 0; index < 4; ++index) {
    stage.side("receiver", {.receives = {0}, .index = index},
               [](Side& side) { take_share(side, size); });
  }
  stage.run();
  std::uint64_t got = 0;
  for (std::uint64_t i = 0; i < senders * per_sender; ++i) got += stage.page().marks[i].load();
  require(got == senders * per_sender, "of " + std::to_string(senders * per_sender) + " messages " +
                                           std::to_string(got) + " arrived");
}

void many_receivers(Stage& stage) { work_queue(stage, 1); }
void many_to_many(Stage& stage) { work_queue(stage, 4); }

long voluntary_switches() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

void wait_set_by(Stage& stage, ChannelSpec spec) {
  constexpr std::size_t size = 100;
  for (unsigned i = 0; i < 3; ++i) stage.channel(spec);
  for (std::uint32_t index = 0; index < 3; ++index) {
    stage.side("sender" + std::to_string(index), {.sends = {index}}, [index](Side& side) {
      await_latch(side.page(), 0);
      send_share(side, index, size, 300);
    });
  }
  stage.side("receiver", {.receives = {0, 1, 2}}, [wait = spec.wait](Side& side) {
    WaitSet set(wait);
    for (std::size_t i = 0; i < 3; ++i) set.add(side.receiver(i));
    require_error(set.wait(Deadline::immediate(), side.context()), Errc::would_block,
                  "immediate wait, all empty");
    const long switches = voluntary_switches();
    const std::uint64_t begin = now_ns();
    bool polled = false;
    OpenContext context = side.context();
    context.polled = &polled;
    require_error(set.wait(Deadline::at(begin + 50'000'000), context), Errc::timeout,
                  "timed wait, all empty");
    // Where each look is a sleep of the harness's own, it says so; and only there.
    const long sleeps = voluntary_switches() - switches;
    require(polled || sleeps < 25, "slept " + std::to_string(sleeps) + " times without a word");
    require(!polled || wait != Wait::spin, "a spinning wait is said to sleep");
    const std::uint64_t took = now_ns() - begin;
    require(wait != Wait::spin || voluntary_switches() - switches < 5, "a spinning wait slept");
    require(took >= 50'000'000 && took < 2 * second,
            "the timed wait took " + std::to_string(took / 1000U) + " us, not 50 ms");
    open_latch(side.page(), 0);
    std::vector<std::byte> buffer(size);
    std::uint64_t next[3] = {};
    std::vector<std::size_t> open{0, 1, 2};
    while (!open.empty()) {
      const std::size_t at = take(set.wait(Deadline::after(15 * second), side.context()), "wait");
      require(at < open.size(), "index of no receiver");
      const std::size_t channel = open[at];
      const auto got = side.receiver(channel).receive(buffer, Deadline::after(15 * second));
      if (!got && got.error().code == Errc::closed) {
        set.remove(side.receiver(channel));
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
        continue;
      }
      require(take(got, "receive") == size && matches(buffer, next[channel]++),
              "message is damaged or out of order");
    }
    for (const std::uint64_t n : next) require(n == 300, "not everything arrived");
  });
  stage.run();
}

void wait_set(Stage& stage) {
  for (const Wait wait : {Wait::block, Wait::spin, Wait::hybrid}) {
    auto spec = spec_of(100);
    spec.wait = wait;
    const Capabilities can = stage.capabilities(spec);
    if (!waits_by(can, wait) && wait != Wait::block) continue;
    Stage one(stage.backend());
    wait_set_by(one, spec);
  }
}

void wait_set_sees_a_peers_death(Stage& stage) {
  stage.channel(spec_of(64));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    open_latch(side.page(), 0);
    sleep_ms(60'000);
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    WaitSet set(Wait::block);
    set.add(side.receiver());
    const auto got = set.wait(Deadline::after(15 * second), side.context());
    if (!got) {
      require_error(got, Errc::peer_died, "wait after a peer was killed");
      return;
    }
    // The mechanism itself may have told: then the receiver is ready to say so.
    std::vector<std::byte> buffer(64);
    const auto end = side.receiver().receive(buffer, Deadline::immediate());
    require(!end && (end.error().code == Errc::closed || end.error().code == Errc::peer_died),
            "ready after the kill, but receive says " + outcome(end));
  });
  stage.start();
  stage.await(0);
  sleep_ms(20);
  stage.kill_side("sender");
  stage.raise_peer_died();
  stage.finish();
}

void ready_is_truthful(Stage& stage) {
  stage.channel(spec_of(64));
  const Capabilities can = stage.capabilities(spec_of(64));
  const bool pollable = can.pollable;
  // As many as it holds while nobody receives.
  const std::uint64_t count = can.depth == 0 ? 3 : std::min<std::uint64_t>(3, can.depth);
  stage.side("sender", {.sends = {0}}, [count](Side& side) {
    await_latch(side.page(), 0);
    for (std::uint64_t key = 0; key < count; ++key) {
      require_ok(side.sender().send(message_of(64, key), Deadline::never()), "send");
    }
    require_ok(side.sender().flush(Deadline::never()), "flush");
    open_latch(side.page(), 1);
    await_latch(side.page(), 2);
    require_ok(side.sender().close(Deadline::after(15 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [pollable, count](Side& side) {
    Receiver& receiver = side.receiver();
    require(!receiver.ready(), "ready() of an empty channel");
    if (pollable) require(receiver.descriptor() >= 0, "declared pollable, but has no descriptor");
    require(pollable || receiver.descriptor() < 0 || receiver.futex_word() == nullptr,
            "not declared pollable, but has both a descriptor and a futex word");
    open_latch(side.page(), 0);
    await_latch(side.page(), 1);
    std::vector<std::byte> buffer(64);
    for (std::uint64_t key = 0; key < count; ++key) {
      const Deadline limit = Deadline::after(10 * second);
      while (!receiver.ready() && !limit.passed()) sleep_ms(1);
      require(receiver.ready(), "not ready() with messages waiting");
      const auto got = receiver.receive(buffer, Deadline::immediate());
      require(take(got, "immediate receive after ready()") == 64 && matches(buffer, key),
              "message is damaged");
    }
    require(!receiver.ready(), "ready() when all was received");
    open_latch(side.page(), 2);
    const Deadline limit = Deadline::after(10 * second);
    while (!receiver.ready() && !limit.passed()) sleep_ms(1);
    require(receiver.ready(), "not ready() although receive() would say closed at once");
    require_error(receiver.receive(buffer, Deadline::immediate()), Errc::closed, "after the end");
  });
  stage.run();
}

}  // namespace

std::vector<Case> sharing_cases() {
  return {{"ManySendersOfSmallMessages", many_senders_small, true},
          {"ManySendersOfLargeMessages", many_senders_large, true},
          {"ManyReceivers", many_receivers, true},
          {"ManyReceiversOfVaryingSizes", many_receivers_of_varying_sizes, true},
          {"ManyToMany", many_to_many, true},
          {"WaitSet", wait_set, true},
          {"WaitSetSeesAPeersDeath", wait_set_sees_a_peers_death},
          {"ReadyIsTruthful", ready_is_truthful}};
}

}  // namespace ipcmark::conformance
