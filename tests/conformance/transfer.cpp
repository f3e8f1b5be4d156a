// What is sent arrives: sizes, order, large messages, both directions, batches, waits.
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t largest_required = 64U << 20U;

void send_key(Sender& sender, std::vector<std::byte>& scratch, std::size_t size,
              std::uint64_t key) {
  scratch.resize(size);
  fill(scratch, key);
  require_ok(sender.send(scratch, Deadline::never()), "send of " + std::to_string(size) + " bytes");
}

void expect_key(Receiver& receiver, std::span<std::byte> buffer, std::size_t size,
                std::uint64_t key) {
  const std::size_t got = take(receiver.receive(buffer, Deadline::never()),
                               "receive of message " + std::to_string(key));
  require(got == size, "message " + std::to_string(key) + " has " + std::to_string(got) +
                           " bytes, not " + std::to_string(size));
  require(matches(buffer.first(got), key), "message " + std::to_string(key) + " is damaged");
}

void expect_closed(Receiver& receiver, std::span<std::byte> buffer) {
  require_error(receiver.receive(buffer, Deadline::never()), Errc::closed,
                "after the last message");
}

// Sends sizes[i] with key i from one process to another, and checks all of it there.
void stream(Stage& stage, const ChannelSpec& spec, const std::vector<std::size_t>& sizes) {
  stage.channel(spec);
  stage.side("sender", {.sends = {0}}, [&](Side& side) {
    std::vector<std::byte> scratch;
    for (std::size_t i = 0; i < sizes.size(); ++i) send_key(side.sender(), scratch, sizes[i], i);
    require_ok(side.sender().close(Deadline::after(10'000'000'000U)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [&](Side& side) {
    std::vector<std::byte> buffer(spec.largest_message);
    for (std::size_t i = 0; i < sizes.size(); ++i) expect_key(side.receiver(), buffer, sizes[i], i);
    expect_closed(side.receiver(), buffer);
  });
  stage.run();
}

void ping_pong(Stage& stage, const ChannelSpec& spec, const std::vector<std::size_t>& sizes) {
  stage.channel(spec);
  stage.channel(spec);
  stage.side("initiator", {.sends = {0}, .receives = {1}}, [&](Side& side) {
    std::vector<std::byte> buffer(spec.largest_message);
    std::vector<std::byte> scratch;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      send_key(side.sender(0), scratch, sizes[i], i);
      expect_key(side.receiver(1), buffer, sizes[i], i);
    }
    require_ok(side.sender(0).close(Deadline::never()), "close");
  });
  stage.side("echo", {.sends = {1}, .receives = {0}}, [&](Side& side) {
    std::vector<std::byte> buffer(spec.largest_message);
    while (true) {
      const auto got = side.receiver(0).receive(buffer, Deadline::never());
      if (!got && got.error().code == Errc::closed) return;
      const std::size_t size = take(got, "receive");
      require_ok(side.sender(1).send(std::span(buffer).first(size), Deadline::never()),
                 "send back");
    }
  });
  stage.run();
}

void round_trip_sizes(Stage& stage) {
  const std::size_t max = fitting(stage, 5000);
  std::vector<std::size_t> sizes{0, 1, 0, 0, 7, 8, 9, 63, 64, 65, 1000, 4095, 4096, 4097, 5000, 0};
  std::erase_if(sizes, [max](std::size_t size) { return size > max; });
  ping_pong(stage, spec_of(max), sizes);
}

void round_trip_largest_of_spec(Stage& stage) {
  for (const std::uint64_t largest : {1U, 64U, 4096U, 65536U, 100'000U}) {
    Stage one(stage.backend());
    if (one.capabilities(spec_of(largest)).largest_message < largest) continue;
    ping_pong(one, spec_of(largest), {largest, 0, largest - 1, largest});
  }
}

void too_large_is_refused(Stage& stage) {
  const auto spec = spec_of(1000);
  stage.channel(spec);
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    std::vector<std::byte> scratch;
    for (std::uint64_t key = 0; key < 20; key += 2) {
      require_error(side.sender().send(message_of(1001, 77), Deadline::never()), Errc::too_large,
                    "send of max + 1 bytes");
      require_error(side.sender().send(message_of(70'000, 77), Deadline::immediate()),
                    Errc::too_large, "immediate send of 70 times max");
      send_key(side.sender(), scratch, 1000, key);
      send_key(side.sender(), scratch, 10, key + 1);
    }
    require_ok(side.sender().close(Deadline::after(10'000'000'000U)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(1000);
    for (std::uint64_t key = 0; key < 20; ++key) {
      expect_key(side.receiver(), buffer, key % 2 == 0 ? 1000 : 10, key);
    }
    expect_closed(side.receiver(), buffer);
  });
  stage.run();
}

void message_stays_when_the_buffer_is_small(Stage& stage) {
  stage.channel(spec_of(1000));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    std::vector<std::byte> scratch;
    send_key(side.sender(), scratch, 900, 1);
    send_key(side.sender(), scratch, 5, 2);
    require_ok(side.sender().close(Deadline::after(10'000'000'000U)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(1000);
    const std::span<std::byte> small(buffer.data(), 899);
    require_error(side.receiver().receive(small, Deadline::never()), Errc::too_large,
                  "receive into 899 bytes");
    require_error(side.receiver().receive(small.first(0), Deadline::immediate()), Errc::too_large,
                  "receive into no bytes");
    expect_key(side.receiver(), buffer, 900, 1);
    expect_key(side.receiver(), std::span(buffer).first(5), 5, 2);
    expect_closed(side.receiver(), buffer);
  });
  stage.run();
}

void order_of_10000(Stage& stage) {
  stream(stage, spec_of(64), std::vector<std::size_t>(10'000, 64));
}

std::vector<std::size_t> random_sizes(std::size_t count, std::size_t largest) {
  std::vector<std::size_t> sizes(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t random = mix(i);
    // Half small, half anything up to the largest: frames of all lengths meet at buffer ends.
    sizes[i] = random % 2 == 0 ? (random >> 8U) % 100U : (random >> 8U) % (largest + 1);
  }
  return sizes;
}

void random_sizes_arrive(Stage& stage) {
  const std::size_t max = fitting(stage, 20'000);
  stream(stage, spec_of(max), random_sizes(2000, max));
}

void only_empty_messages(Stage& stage) {
  stream(stage, spec_of(64), std::vector<std::size_t>(500, 0));
}

void a_million_bytes(Stage& stage) {
  stream(stage, spec_of(1'000'000), {1'000'000, 0, 999'999, 1'000'000});
}

void sixty_four_mebibytes(Stage& stage) {
  stream(stage, spec_of(largest_required), {largest_required, 1});
}

// One process streams into both directions at once, never blocking in send: what a chat does.
void exchange(Side& side, std::size_t out, std::size_t in, std::size_t size, std::size_t count) {
  std::vector<std::byte> message;
  std::vector<std::byte> buffer(size);
  std::size_t sent = 0;
  std::size_t received = 0;
  bool flushed = false;  // the sender holds no rest of a message any more
  while (!flushed || received < count) {
    bool moved = false;
    if (sent < count) {
      message = message_of(size, sent);
      const Status status = side.sender(out).send(message, Deadline::immediate());
      if (status) {
        ++sent;
        moved = true;
      } else {
        require_error(status, Errc::would_block, "immediate send");
      }
    } else if (!flushed) {
      const Status status = side.sender(out).flush(Deadline::immediate());
      flushed = status.has_value();
      if (!flushed) require_error(status, Errc::would_block, "immediate flush");
    }
    if (received < count) {
      const auto got = side.receiver(in).receive(buffer, Deadline::immediate());
      if (got) {
        require(*got == size && matches(std::span(buffer).first(*got), received),
                "message " + std::to_string(received) + " is damaged");
        ++received;
        moved = true;
      } else {
        require_error(got, Errc::would_block, "immediate receive");
      }
    }
    if (!moved) {
      // A kept rest of a message goes out with the next call, so both sides must keep calling.
      const timespec pause{0, 20'000};
      nanosleep(&pause, nullptr);
    }
  }
}

void both_directions_at_once(Stage& stage) {
  const auto spec = spec_of(60'000);
  stage.channel(spec);
  stage.channel(spec);
  const auto body = [](std::size_t out, std::size_t in) {
    return [out, in](Side& side) {
      exchange(side, out, in, 60'000, 100);
      require_ok(side.sender(out).close(Deadline::after(10'000'000'000U)), "close");
    };
  };
  stage.side("left", {.sends = {0}, .receives = {1}}, body(0, 1));
  stage.side("right", {.sends = {1}, .receives = {0}}, body(1, 0));
  stage.run();
}

void flush_publishes(Stage& stage) {
  auto spec = spec_of(64);
  spec.batch = 16;
  stage.channel(spec);
  stage.channel(spec_of(64));
  stage.side("sender", {.sends = {0}, .receives = {1}}, [](Side& side) {
    std::vector<std::byte> scratch;
    std::vector<std::byte> buffer(64);
    std::uint64_t key = 0;
    for (std::uint64_t round = 0; round < 50; ++round) {
      for (std::uint64_t i = 0; i <= round; ++i) send_key(side.sender(0), scratch, 64, key++);
      require_ok(side.sender(0).flush(Deadline::never()), "flush");
      require_ok(side.sender(0).flush(Deadline::never()), "second flush");
      expect_key(side.receiver(1), buffer, 8, key);  // the other side has all of them
    }
    for (std::uint64_t i = 0; i < 5; ++i) send_key(side.sender(0), scratch, 64, key++);
    require_ok(side.sender(0).close(Deadline::never()), "close, which flushes");
  });
  stage.side("receiver", {.sends = {1}, .receives = {0}}, [](Side& side) {
    std::vector<std::byte> scratch;
    std::vector<std::byte> buffer(64);
    std::uint64_t key = 0;
    for (std::uint64_t round = 0; round < 50; ++round) {
      for (std::uint64_t i = 0; i <= round; ++i) expect_key(side.receiver(0), buffer, 64, key++);
      send_key(side.sender(1), scratch, 8, key);
      require_ok(side.sender(1).flush(Deadline::never()), "flush");
    }
    for (std::uint64_t i = 0; i < 5; ++i) expect_key(side.receiver(0), buffer, 64, key++);
    expect_closed(side.receiver(0), buffer);
  });
  stage.run();
}

void each_declared_wait(Stage& stage) {
  bool any = false;
  for (const Wait wait : {Wait::block, Wait::spin, Wait::hybrid}) {
    auto spec = spec_of(64);
    spec.wait = wait;
    const Capabilities can = stage.capabilities(spec);
    if (!waits_by(can, wait) || !can.unsupported_reason.empty()) continue;
    any = true;
    Stage one(stage.backend());
    ping_pong(one, spec, std::vector<std::size_t>(300, 64));
    Stage two(stage.backend());
    stream(two, spec, std::vector<std::size_t>(2000, 64));
  }
  require(any, "declares no wait at all");
}

}  // namespace

std::vector<Case> transfer_cases() {
  return {{"RoundTripSizes", round_trip_sizes},
          {"RoundTripLargestOfSpec", round_trip_largest_of_spec},
          {"TooLargeIsRefused", too_large_is_refused},
          {"MessageStaysWhenTheBufferIsSmall", message_stays_when_the_buffer_is_small},
          {"OrderOf10000", order_of_10000, true},
          {"RandomSizesArrive", random_sizes_arrive, true},
          {"OnlyEmptyMessages", only_empty_messages, true},
          {"AMillionBytes", a_million_bytes, true},
          {"SixtyFourMebibytes", sixty_four_mebibytes, true},
          {"BothDirectionsAtOnce", both_directions_at_once, true},
          {"FlushPublishes", flush_publishes, true},
          {"EachDeclaredWait", each_declared_wait, true}};
}

}  // namespace ipcmark::conformance
