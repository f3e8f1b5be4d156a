// Messages written and read where they lie: loan, publish, abandon, borrow, release.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

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
  const std::uint64_t random = mix(key + 1'000'000) % 8U;
  if (random == 0) {
    scratch.resize(size);
    fill(scratch, key);
    require_ok(sender.send(scratch, Deadline::never()), "send between loans");
    return;
  }
  if (random == 1) {
    const auto given_back = take(sender.loan(largest, Deadline::never()), "loan to abandon");
    fill(given_back, 0xDEAD);
    sender.abandon();
  }
  const std::size_t loaned = random == 2 ? largest : size;
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
    open_latch(side.page(), 0);
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
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
    await_latch(side.page(), 0);
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    require_error(side.receiver().borrow(Deadline::immediate()), Errc::would_block,
                  "immediate borrow from an empty channel");
    const std::uint64_t begin = now_ns();
    require_error(side.receiver().borrow(Deadline::at(begin + 30'000'000)), Errc::timeout,
                  "timed borrow from an empty channel");
    require(now_ns() - begin >= 30'000'000, "timed borrow returned before its deadline");
    open_latch(side.page(), 0);
    require_error(side.receiver().borrow(Deadline::never()), Errc::closed, "borrow at the end");
  });
  stage.run();
}

// How many an end may have on loan in a channel as several_loans() makes it.
Capabilities need_several(Stage& stage, const ChannelSpec& spec) {
  const Capabilities can = stage.capabilities(spec);
  if (!can.zero_copy) throw Skipped("declares no zero_copy");
  if (can.loans < 2 && can.borrows < 2) throw Skipped("declares one loan at a time");
  return can;
}

using Places = std::vector<std::span<std::byte>>;

// Between 1 and half of what an end may have, so that both ends together leave room.
std::uint64_t some_of(std::uint64_t max, std::uint64_t key) {
  return 1 + mix(key + 3'000'000) % std::max<std::uint64_t>(max / 2, 1);
}

Places loan_some(Sender& sender, std::uint64_t first, std::uint64_t some) {
  Places places;
  places.reserve(some);
  for (std::uint64_t key = first; key < first + some; ++key) {
    const std::size_t loaned = mix(key + 4'000'000) % 3U == 0 ? largest : size_of(key);
    places.push_back(take(sender.loan(loaned, Deadline::never()), "loan beside others"));
    require(places.back().size() >= loaned, "loaned fewer bytes than asked");
  }
  return places;
}

// Places are filled last first and published first first, some of them before more are taken; of
// some less is published than was loaned, and some are all given back.
void lend_several(Sender& sender, std::uint64_t max) {
  std::uint64_t key = 0;
  while (key < count) {
    if (mix(key + 5'000'000) % 8U == 0) {
      for (const auto& place : loan_some(sender, key, some_of(max, key))) fill(place, 0xDEAD);
      sender.abandon();
    }
    const std::uint64_t some = std::min(some_of(max, key), count - key);
    const Places places = loan_some(sender, key, some);
    for (std::uint64_t i = some; i-- > 0;) fill(places[i].first(size_of(key + i)), key + i);
    require_ok(sender.publish(size_of(key)), "publish the oldest of several");
    if (some > 1 && key + some < count) {
      const std::uint64_t one_more = key + some;
      const auto place = take(sender.loan(size_of(one_more), Deadline::never()), "loan one more");
      for (std::uint64_t i = 1; i < some; ++i) require_ok(sender.publish(size_of(key + i)), "next");
      fill(place, one_more);
      require_ok(sender.publish(size_of(one_more)), "publish the one more");
      ++key;
    } else {
      for (std::uint64_t i = 1; i < some; ++i) require_ok(sender.publish(size_of(key + i)), "next");
    }
    key += some;
  }
  require_ok(sender.close(Deadline::after(10 * second)), "close");
}

void several_loans(Stage& stage) {
  const Capabilities can = need_several(stage, spec_of(largest));
  stage.channel(spec_of(largest));
  stage.side("sender", {.sends = {0}},
             [can](Side& side) { lend_several(side.sender(), can.loans); });
  stage.side("receiver", {.receives = {0}}, [can](Side& side) {
    std::vector<std::span<const std::byte>> messages;
    for (std::uint64_t key = 0; key < count; key += messages.size()) {
      const std::uint64_t some = std::min(some_of(can.borrows, key + 7), count - key);
      messages.clear();
      for (std::uint64_t i = 0; i < some; ++i) {
        messages.push_back(take(side.receiver().borrow(Deadline::never()), "borrow beside others"));
      }
      for (std::uint64_t i = 0; i < some; ++i) {  // those not released yet are as they were
        require(messages[i].size() == size_of(key + i) && matches(messages[i], key + i),
                "message " + std::to_string(key + i) + " is damaged");
        side.receiver().release();
      }
    }
    require_error(side.receiver().borrow(Deadline::never()), Errc::closed, "borrow at the end");
  });
  stage.run();
}

// As many as are declared are had at once, without waiting, and not one more.
void loans_as_many_as_declared(Stage& stage) {
  const ChannelSpec spec = with_depth(stage, spec_of(largest), 4);
  const Capabilities can = need_several(stage, spec);
  const std::uint64_t total = std::max(can.loans, can.borrows);
  stage.channel(spec);
  stage.side("sender", {.sends = {0}}, [can, total](Side& side) {
    Sender& sender = side.sender();
    Places places;
    for (std::uint64_t key = 0; key < can.loans; ++key) {
      places.push_back(take(sender.loan(largest, Deadline::immediate()), "loan as declared"));
    }
    require_error(sender.loan(1, Deadline::immediate()), Errc::invalid, "one loan too many");
    require_error(sender.send(message_of(8, 0), Deadline::immediate()), Errc::invalid,
                  "send beside loans");
    for (std::uint64_t key = can.loans; key-- > 0;) fill(places[key], key);
    for (std::uint64_t key = 0; key < can.loans; ++key) {
      require_ok(sender.publish(largest), "publish");
    }
    require_error(sender.publish(1), Errc::invalid, "publish without a loan");
    for (std::uint64_t key = can.loans; key < total; ++key) {
      require_ok(sender.send(message_of(largest, key), Deadline::immediate()), "send");
    }
    open_latch(side.page(), 0);
    await_latch(side.page(), 1);
    require_ok(sender.close(Deadline::after(10 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [can, total](Side& side) {
    Receiver& receiver = side.receiver();
    await_latch(side.page(), 0);
    std::vector<std::byte> buffer(largest);
    for (std::uint64_t first = 0; first < total; first += can.borrows) {
      const std::uint64_t end = std::min<std::uint64_t>(first + can.borrows, total);
      std::vector<std::span<const std::byte>> messages;
      for (std::uint64_t key = first; key < end; ++key) {
        messages.push_back(take(receiver.borrow(Deadline::immediate()), "borrow as declared"));
      }
      if (messages.size() == can.borrows) {
        require_error(receiver.borrow(Deadline::immediate()), Errc::invalid, "one too many");
      }
      require_error(receiver.receive(buffer, Deadline::immediate()), Errc::invalid,
                    "receive beside borrowed messages");
      for (std::uint64_t key = first; key < end; ++key) {
        require(matches(messages[key - first], key), "message is damaged");
        receiver.release();
      }
    }
    receiver.release();  // of nothing
    require_error(receiver.borrow(Deadline::immediate()), Errc::would_block, "of an empty channel");
    open_latch(side.page(), 1);
    require_error(receiver.borrow(Deadline::never()), Errc::closed, "borrow at the end");
  });
  stage.run();
}

// A sender without room goes on when the message borrowed first comes back, and not before.
void released_places_are_free(Stage& stage) {
  const ChannelSpec spec = with_depth(stage, spec_of(largest), 4);
  const Capabilities can = need_several(stage, spec);
  if (can.borrows < 2) throw Skipped("lends one message at a time");
  stage.channel(spec);
  stage.side("sender", {.sends = {0}}, [](Side& side) {
    std::uint64_t key = 0;
    while (side.sender().send(message_of(largest, key), Deadline::immediate())) ++key;
    side.page().counts[0].store(key);
    open_latch(side.page(), 0);
    await_latch(side.page(), 1);
    require_error(side.sender().send(message_of(largest, key), Deadline::immediate()),
                  Errc::would_block, "send while all is borrowed or unread");
    open_latch(side.page(), 2);
    require_ok(side.sender().send(message_of(largest, key), Deadline::after(15 * second)),
               "send once one was released");
    require_ok(side.sender().close(Deadline::after(10 * second)), "close");
  });
  stage.side("receiver", {.receives = {0}}, [](Side& side) {
    await_latch(side.page(), 0);
    const std::uint64_t all = side.page().counts[0].load();
    const auto first = take(side.receiver().borrow(Deadline::never()), "borrow");
    const auto next = take(side.receiver().borrow(Deadline::never()), "borrow the next");
    open_latch(side.page(), 1);
    await_latch(side.page(), 2);
    require(matches(first, 0) && matches(next, 1), "a borrowed message was written over");
    side.receiver().release();
    require(matches(next, 1), "the message still borrowed was written over");
    side.receiver().release();
    for (std::uint64_t key = 2; key <= all; ++key) {
      const auto message = take(side.receiver().borrow(Deadline::never()), "borrow the rest");
      require(matches(message, key), "message is damaged");
      side.receiver().release();
    }
    require_error(side.receiver().borrow(Deadline::never()), Errc::closed, "borrow at the end");
  });
  stage.run();
}

}  // namespace

std::vector<Case> zero_copy_cases() {
  return {{"LoansRefusedWhenNotDeclared", refused_when_not_declared},
          {"LoanAndBorrow", loan_and_borrow, true},
          {"LoanLimits", loan_limits, true},
          {"BorrowFromAnEmptyChannel", borrow_from_an_empty_channel},
          {"SeveralLoans", several_loans, true},
          {"LoansAsManyAsDeclared", loans_as_many_as_declared, true},
          {"ReleasedPlacesAreFree", released_places_are_free, true}};
}

}  // namespace ipcmark::conformance
