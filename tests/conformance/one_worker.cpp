// For backends whose two ends must be in one worker (`null`): one thread sends and receives.
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

void run_both(Stage& stage, const ChannelSpec& spec, const std::function<void(Side&)>& body) {
  stage.channel(spec);
  stage.side("both", {.sends = {0}, .receives = {0}}, body);
  stage.run();
}

void put(Side& side, std::size_t size, std::uint64_t key) {
  require_ok(side.sender().send(message_of(size, key), Deadline::never()), "send");
}

void get(Side& side, std::span<std::byte> buffer, std::size_t size, std::uint64_t key) {
  const std::size_t got = take(side.receiver().receive(buffer, Deadline::never()), "receive");
  require(got == size && matches(buffer.first(got), key),
          "message " + std::to_string(key) + " is damaged");
}

void one_after_the_other(Stage& stage) {
  run_both(stage, spec_of(5000), [](Side& side) {
    std::vector<std::byte> buffer(5000);
    for (std::uint64_t key = 0; key < 10'000; ++key) {
      const std::size_t size = key < 3 ? key : mix(key) % 5001U;
      put(side, size, key);
      get(side, buffer, size, key);
    }
  });
}

void sixty_four_mebibytes(Stage& stage) {
  run_both(stage, spec_of(64U << 20U), [](Side& side) {
    std::vector<std::byte> buffer(64U << 20U);
    put(side, buffer.size(), 1);
    get(side, buffer, buffer.size(), 1);
  });
}

void limits(Stage& stage) {
  run_both(stage, spec_of(1000), [](Side& side) {
    std::vector<std::byte> buffer(1000);
    require_error(side.receiver().receive(buffer, Deadline::immediate()), Errc::would_block,
                  "immediate receive from an empty channel");
    require_error(side.sender().send(message_of(1001, 1), Deadline::never()), Errc::too_large,
                  "send of max + 1 bytes");
    put(side, 1000, 1);
    require_error(side.receiver().receive(std::span(buffer).first(999), Deadline::never()),
                  Errc::too_large, "receive into 999 bytes");
    require(side.receiver().ready(), "not ready() with a message waiting");
    get(side, buffer, 1000, 1);
    require(!side.receiver().ready(), "ready() when all was received");
  });
}

void full_then_drained(Stage& stage) {
  auto spec = spec_of(64);
  spec.depth = 8;
  run_both(stage, spec, [](Side& side) {
    std::vector<std::byte> buffer(64);
    std::uint64_t sent = 0;
    while (side.sender().send(message_of(64, sent), Deadline::immediate())) {
      require(++sent < 1'000'000, "accepts without end");
    }
    require(sent > 0, "not one message fits");
    require_error(side.sender().send(message_of(64, sent), Deadline::immediate()),
                  Errc::would_block, "immediate send into a full channel");
    for (std::uint64_t key = 0; key < sent; ++key) get(side, buffer, 64, key);
    require_error(side.receiver().receive(buffer, Deadline::immediate()), Errc::would_block,
                  "immediate receive when drained");
  });
}

void close_and_drain(Stage& stage) {
  run_both(stage, spec_of(64), [](Side& side) {
    std::vector<std::byte> buffer(64);
    put(side, 64, 1);
    require_ok(side.sender().close(Deadline::after(second)), "close");
    get(side, buffer, 64, 1);
    for (unsigned i = 0; i < 3; ++i) {
      require_error(side.receiver().receive(buffer, Deadline::immediate()), Errc::closed,
                    "receive at the end");
    }
  });
}

}  // namespace

std::vector<Case> one_worker_cases() {
  return {{"OneAfterTheOther", one_after_the_other},
          {"SixtyFourMebibytes", sixty_four_mebibytes},
          {"Limits", limits},
          {"FullThenDrained", full_then_drained},
          {"CloseAndDrain", close_and_drain}};
}

}  // namespace ipcmark::conformance
