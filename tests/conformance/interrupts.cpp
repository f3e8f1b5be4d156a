// A storm of signals that interrupt every system call: nothing is lost, deadlines are kept.
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t ms = 1'000'000;

void stream_in_a_storm(Stage& stage) {
  constexpr std::size_t size = 40'000;
  stage.channel(spec_of(size));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    begin_storm();
    std::vector<std::byte> message(size);
    for (std::uint64_t key = 0; key < 600; ++key) {
      fill(message, key);
      require_ok(side.sender().send(message, Deadline::never()), "send");
    }
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    begin_storm();
    sleep_ms(20);  // so that the sender is interrupted while it waits for room
    std::vector<std::byte> buffer(size);
    for (std::uint64_t key = 0; key < 600; ++key) {
      const auto got = side.receiver().receive(buffer, Deadline::never());
      require(take(got, "receive") == size && matches(buffer, key),
              "message " + std::to_string(key) + " is damaged");
    }
    require_error(side.receiver().receive(buffer, Deadline::never()), Errc::closed, "at the end");
  });
  stage.run();
}

void waits_in_a_storm(Stage& stage) {
  stage.channel(spec_of(64));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
    sleep_ms(30);
    require_ok(side.sender().send(message_of(64, 5), Deadline::never()), "send");
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    begin_storm();
    std::vector<std::byte> buffer(64);
    const std::uint64_t begin = now_ns();
    const auto nothing = side.receiver().receive(buffer, Deadline::at(begin + 50 * ms));
    const std::uint64_t took = now_ns() - begin;
    require_error(nothing, Errc::timeout, "timed receive in a storm of signals");
    require(took >= 50 * ms && took < 2050 * ms,
            "asked 50 ms, took " + std::to_string(took / 1000U) + " us");
    open_latch(side.page(), 0);
    const auto got = side.receiver().receive(buffer, Deadline::never());
    require(take(got, "receive without deadline in a storm") == 64 && matches(buffer, 5),
            "message is damaged");
    require_error(side.receiver().receive(buffer, Deadline::never()), Errc::closed, "at the end");
  });
  stage.run();
}

void timed_send_in_a_storm(Stage& stage) {
  constexpr std::size_t size = 5000;
  stage.channel(with_depth(stage, spec_of(size), 4));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    begin_storm();
    std::vector<std::byte> message(size);
    std::uint64_t key = 0;
    while (true) {
      fill(message, key);
      const std::uint64_t begin = now_ns();
      const Status status = side.sender().send(message, Deadline::at(begin + 50 * ms));
      if (status) {
        require(++key < 100'000, "accepts without end");
        continue;
      }
      const std::uint64_t took = now_ns() - begin;
      require_error(status, Errc::timeout, "timed send in a storm of signals");
      require(took >= 50 * ms && took < 2050 * ms,
              "asked 50 ms, took " + std::to_string(took / 1000U) + " us");
      break;
    }
    side.page().counts[0].store(key);
    open_latch(side.page(), 0);
    require_ok(side.sender().close(Deadline::after(10'000 * ms)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
    begin_storm();
    std::vector<std::byte> buffer(size);
    std::uint64_t key = 0;
    while (true) {
      const auto got = side.receiver().receive(buffer, Deadline::never());
      if (!got && got.error().code == Errc::closed) break;
      require(take(got, "receive") == size && matches(buffer, key), "message is damaged");
      ++key;
    }
    require(key == side.page().counts[0].load(), "not everything accepted was delivered");
  });
  stage.run();
}

}  // namespace

std::vector<Case> interrupt_cases() {
  return {{"StreamInASignalStorm", stream_in_a_storm, true},
          {"WaitsInASignalStorm", waits_in_a_storm},
          {"TimedSendInASignalStorm", timed_send_in_a_storm, true}};
}

}  // namespace ipcmark::conformance
