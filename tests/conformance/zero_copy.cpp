// Messages written and read where they lie: loan, publish, abandon, borrow, release.
#include <string>

#include "tests/conformance/pattern.hpp"
#include "tests/conformance/stage.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::size_t largest = 3000;
constexpr std::uint64_t count = 4000;  // many times around any ring of the default depth

std::size_t size_of(std::uint64_t key) { return mix(key) % (largest + 1); }

void need_zero_copy(Stage& stage) {
  if (!stage.capabilities(spec_of(largest)).zero_copy) throw Skipped("declares no zero_copy");
}

void refused_when_not_declared(Stage& stage) {
  if (stage.capabilities(spec_of(64)).zero_copy) throw Skipped("declares zero_copy");
  stage.channel(spec_of(64));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    require_error(side.sender().loan(64, Deadline::immediate()), Errc::unsupported, "loan");
    require_error(side.sender().publish(64), Errc::unsupported, "publish");
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    require_error(side.receiver().borrow(Deadline::immediate()), Errc::unsupported, "borrow");
    std::vector<std::byte> buffer(64);
    require_error(side.receiver().receive(buffer, Deadline::never()), Errc::closed, "at the end");
  });
  stage.run();
}

// Message `key` by one of: send, loan and publish, a larger loan of which a part is published; and
// now and then a loan given back before it.
void put(Sender& sender, std::uint64_t key, std::vector<std::byte>& scratch) {
  const std::size_t size = size_of(key);
  const std::uint64_t dice = mix(key + 1'000'000) % 8U;
  if (dice == 0) {
    scratch.resize(size);
    fill(scratch, key);
    require_ok(sender.send(scratch, Deadline::never()), "send between loans");
    return;
  }
  if (dice == 1) {
    const auto given_back = take(sender.loan(largest, Deadline::never()), "loan to abandon");
    fill(given_back, 0xDEAD);
    sender.abandon();
  }
  const std::size_t loaned = dice == 2 ? largest : size;
  const auto place = take(sender.loan(loaned, Deadline::never()), "loan");
  require(place.size() >= loaned, "loaned fewer bytes than asked");
  fill(place.first(size), key);
  require_ok(sender.publish(size), "publish");
}

void loan_and_borrow(Stage& stage) {
  need_zero_copy(stage);
  stage.channel(spec_of(largest));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    std::vector<std::byte> scratch;
    for (std::uint64_t key = 0; key < count; ++key) put(side.sender(), key, scratch);
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    std::vector<std::byte> buffer(largest);
    for (std::uint64_t key = 0; key < count; ++key) {
      const bool copies = mix(key + 2'000'000) % 4U == 0;
      std::span<const std::byte> message;
      if (copies) {
        const auto got = side.receiver().receive(buffer, Deadline::never());
        message = std::span(buffer).first(take(got, "receive between borrows"));
      } else {
        message = take(side.receiver().borrow(Deadline::never()), "borrow");
      }
      require(message.size() == size_of(key) && matches(message, key),
              "message " + std::to_string(key) + " is damaged");
      if (!copies) side.receiver().release();
    }
    require_error(side.receiver().borrow(Deadline::never()), Errc::closed, "borrow at the end");
  });
  stage.run();
}

void loan_limits(Stage& stage) {
  need_zero_copy(stage);
  stage.channel(with_depth(stage, spec_of(largest), 4));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    require_error(side.sender().loan(largest + 1, Deadline::never()), Errc::too_large,
                  "loan of max + 1 bytes");
    std::uint64_t key = 0;
    while (true) {  // nobody borrows yet: it must become full
      const auto place = side.sender().loan(largest, Deadline::immediate());
      if (!place) {
        require_error(place, Errc::would_block, "immediate loan of a full channel");
        break;
      }
      fill(place->first(largest), key++);
      require_ok(side.sender().publish(largest), "publish");
      require(key < 100'000, "loans without end");
    }
    const std::uint64_t begin = now_ns();
    require_error(side.sender().loan(largest, Deadline::at(begin + 30'000'000)), Errc::timeout,
                  "timed loan of a full channel");
    require(now_ns() - begin >= 30'000'000, "timed loan returned before its deadline");
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
    side.page().counts[0].store(key);
    open_gate(side.page(), 0);
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    await_gate(side.page(), 0);
    std::uint64_t key = 0;
    while (true) {
      const auto message = side.receiver().borrow(Deadline::never());
      if (!message && message.error().code == Errc::closed) break;
      require(take(message, "borrow").size() == largest && matches(*message, key++), "damaged");
      side.receiver().release();
    }
    require(key == side.page().counts[0].load(), "not everything published was borrowed");
  });
  stage.run();
}

void borrow_from_an_empty_channel(Stage& stage) {
  need_zero_copy(stage);
  stage.channel(spec_of(largest));
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    await_gate(side.page(), 0);
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    require_error(side.receiver().borrow(Deadline::immediate()), Errc::would_block,
                  "immediate borrow from an empty channel");
    const std::uint64_t begin = now_ns();
    require_error(side.receiver().borrow(Deadline::at(begin + 30'000'000)), Errc::timeout,
                  "timed borrow from an empty channel");
    require(now_ns() - begin >= 30'000'000, "timed borrow returned before its deadline");
    open_gate(side.page(), 0);
    require_error(side.receiver().borrow(Deadline::never()), Errc::closed, "borrow at the end");
  });
  stage.run();
}

}  // namespace

std::vector<Case> zero_copy_cases() {
  return {{"LoansRefusedWhenNotDeclared", refused_when_not_declared},
          {"LoanAndBorrow", loan_and_borrow, true},
          {"LoanLimits", loan_limits, true},
          {"BorrowFromAnEmptyChannel", borrow_from_an_empty_channel}};
}

}  // namespace ipcmark::conformance
