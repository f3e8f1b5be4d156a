// Ends of a ring of cells that die between any two stores that others can see: for each such place
// a process is ended there, and the others must go on, get whole messages in order, count exactly
// what was lost, and find every cell usable again.
#include <algorithm>
#include <bit>

#include "backends/cells/cell_ends.hpp"
#include "tests/unit/backends/cells/dying.hpp"

namespace ipcmark {
namespace {
using namespace dying;

constexpr std::uint64_t second = 1'000'000'000;

using Dying = ring::CellSender<Steps>;
using DyingReceiver = ring::CellReceiver<Steps>;

ring::CellControl& control_of(const World& world) {
  return *reinterpret_cast<ring::CellControl*>(world.memory());
}

// No cell is claimed, and no slot is taken.
bool is_settled(const World& world) {
  const std::byte* taken = world.memory() + ring::cell_control_bytes();
  const std::byte* cells = taken + ring::cell_taken_bytes(world.spec());
  const auto state_at = [](const std::byte* word) {
    return ring::CellWord(reinterpret_cast<const std::atomic<std::uint64_t>*>(word)->load())
        .state();
  };
  for (std::uint64_t i = 0; i < world.cells(); ++i) {
    const auto sent = state_at(cells + i * ring::cell_layout_for(world.spec()).cell_bytes);
    if (sent == ring::CellState::claimed || state_at(taken + i * 8) == ring::CellState::reading) {
      return false;
    }
  }
  const auto& slots = control_of(world).ends.slots;
  return std::all_of(slots.begin(), slots.end(), [](const auto& slot) {
    return ring::role_of(slot.word.load()) == ring::Role::none;
  });
}

// As many messages as there are cells go in, no more, and all come out.
void expect_all_cells_usable(World& world) {
  auto sender = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  for (std::uint64_t i = 0; i < world.cells(); ++i) EXPECT_TRUE(send(*sender, i)) << i;
  EXPECT_FALSE(sender->send(message_of(0), Deadline::immediate()));
  for (std::uint64_t i = 0; i < world.cells(); ++i) EXPECT_EQ(receive(*receiver).value_or(99), i);
  EXPECT_FALSE(retry([&] { return receive(*receiver); }));  // looks for dead ends, too
  EXPECT_TRUE(sender->close(Deadline::never()));
  sender.reset();
  receiver.reset();
  EXPECT_TRUE(is_settled(world));
}

// ---- a sender

// Messages 1 to 4: two copied, one in place after a place given back, and one more.
void send_and_say(World& world) {
  auto sender = world.open<Dying>();
  const auto sent = [&] { world.page().sent.fetch_add(1); };
  const auto put = [&](std::uint64_t key) {
    if (sender->send(message_of(key), Deadline::immediate())) sent();
  };
  put(1);
  put(2);
  if (sender->loan(largest, Deadline::immediate())) sender->abandon();
  const auto message = message_of(3);
  if (const auto place = sender->loan(message.size(), Deadline::immediate())) {
    std::memcpy(place->data(), message.data(), message.size());
    if (sender->publish(message.size())) sent();
  }
  put(4);
  if (!sender->close(Deadline::never())) ::_exit(1);
}

// The other sender's messages have keys from 100; three laps of them go through.
void go_on_beside_a_dead_sender(World& world, Sender& other, Receiver& receiver) {
  std::uint64_t next = 1, next_other = 100;
  const auto take_one = [&] {
    const auto key = receive(receiver);
    if (!key) return false;
    EXPECT_EQ(*key, *key < 100 ? next : next_other);
    (*key < 100 ? next : next_other) = *key + 1;
    return true;
  };
  for (std::uint64_t key = 100; key < 100 + 3 * world.cells(); ++key) {
    while (!other.send(message_of(key), Deadline::immediate())) {
      if (!take_one()) {
        ASSERT_TRUE(send(other, key)) << "nothing to receive and no room to send";
        break;
      }
    }
  }
  while (take_one()) {
  }
  EXPECT_EQ(next_other, 100 + 3 * world.cells());
  const std::uint64_t sent = world.page().sent.load();
  EXPECT_TRUE(next - 1 == sent || next - 1 == sent + 1) << "got " << next - 1 << ", sent " << sent;
}

TEST(CellDeaths, OfASenderAtEveryStep) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(2, 1, ring::cell_object_bytes);
    auto receiver = world.open<ring::CellReceiver<>>();
    auto other = world.open<ring::CellSender<>>();
    const bool killed = dies_at(k, [&] { send_and_say(world); });
    go_on_beside_a_dead_sender(world, *other, *receiver);
    EXPECT_LE(receiver->lost(), killed ? 1U : 0U);
    EXPECT_TRUE(other->close(Deadline::never()));
    const auto end = retry([&] { return receive(*receiver); });
    // A sender that had not even joined may still come.
    if (!end && end.error().code == Errc::would_block) {
      EXPECT_LT(k, 2);
      EXPECT_TRUE(world.open<ring::CellSender<>>()->close(Deadline::never()));
    } else {
      const Errc code = end ? Errc::invalid : end.error().code;
      EXPECT_TRUE(code == Errc::closed || (killed && code == Errc::peer_died)) << to_string(code);
    }
    other.reset();
    receiver.reset();
    expect_all_cells_usable(world);
    return killed;
  });
}

// Messages 1 to 3 in places that are on loan at once.
void lend_and_say(World& world) {
  auto sender = world.open<Dying>();
  std::vector<std::span<std::byte>> places;
  for (std::uint64_t key = 1; key <= 3; ++key) {
    const auto place = sender->loan(largest, Deadline::immediate());
    if (!place) ::_exit(1);
    places.push_back(*place);
  }
  world.page().received.store(places.size());
  for (std::uint64_t key = 1; key <= 3; ++key) {
    const auto message = message_of(key);
    std::copy(message.begin(), message.end(), places[key - 1].begin());
    if (!sender->publish(message.size())) ::_exit(1);
    world.page().sent.fetch_add(1);
  }
  if (!sender->close(Deadline::never())) ::_exit(1);
}

TEST(CellDeaths, OfASenderWithSeveralPlacesAtEveryStep) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 1, ring::cell_object_bytes);
    auto receiver = world.open<ring::CellReceiver<>>();
    const bool killed = dies_at(k, [&] { lend_and_say(world); });
    std::uint64_t got = 0;
    const auto take_one = [&] { return retry([&] { return receive(*receiver); }); };
    for (auto key = take_one(); key; key = take_one()) EXPECT_EQ(*key, ++got);
    const std::uint64_t sent = world.page().sent.load();
    EXPECT_TRUE(got == sent || got == sent + 1) << "got " << got << ", sent " << sent;
    EXPECT_LE(got + receiver->lost(), 3U);
    // Once all three were on loan, each of them is a message or lost.
    const bool all_on_loan = world.page().received.load() == 3;
    EXPECT_GE(got + receiver->lost(), all_on_loan ? 3U : 0U);
    EXPECT_TRUE(killed || receiver->lost() == 0);
    receiver.reset();
    expect_all_cells_usable(world);
    return killed;
  });
}

// ---- a receiver

void receive_and_say(World& world) {
  auto receiver = world.open<DyingReceiver>();
  const auto got = [&](std::uint64_t key) { world.page().received.fetch_or(1U << key); };
  if (const auto key = receive(*receiver)) got(*key);
  if (const auto message = receiver->borrow(Deadline::immediate())) {
    std::uint64_t key = 0;
    std::memcpy(&key, message->data(), sizeof key);
    receiver->release();
    got(key);
  }
  if (const auto key = receive(*receiver)) got(*key);
}

TEST(CellDeaths, OfAReceiverAtEveryStep) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 2, ring::cell_object_bytes);
    auto receiver = world.open<ring::CellReceiver<>>();
    auto sender = world.open<ring::CellSender<>>();
    for (std::uint64_t key = 0; key < world.cells(); ++key) EXPECT_TRUE(send(*sender, key));
    const bool killed = dies_at(k, [&] { receive_and_say(world); });
    std::uint64_t got = world.page().received.load();
    std::uint64_t next = 0;
    // Three laps further: the dead one's cell is met, and repaired.
    for (std::uint64_t key = world.cells(); key < 4 * world.cells(); ++key) {
      if (const auto taken = receive(*receiver)) {
        EXPECT_GE(*taken, next);
        next = *taken + 1;
        EXPECT_EQ(got >> *taken & 1U, 0U) << "message " << *taken << " came twice";
        got |= std::uint64_t{1} << *taken;
      }
      EXPECT_TRUE(send(*sender, key)) << key;
    }
    while (const auto taken = receive(*receiver)) got |= std::uint64_t{1} << *taken;
    const auto missing = 4 * world.cells() - static_cast<unsigned>(std::popcount(got));
    // One that was received, and not yet said, is missing without having been lost.
    EXPECT_LE(missing, killed ? 1U : 0U);
    EXPECT_LE(receiver->lost(), missing);
    EXPECT_TRUE(sender->close(Deadline::never()));
    sender.reset();
    receiver.reset();
    expect_all_cells_usable(world);
    return killed;
  });
}

// ---- a repair

// Leaves a claim of a dead sender and one of a dead receiver.
void leave_two_claims(World& world) {
  EXPECT_TRUE(dies_at(1000, [&] {
    auto sender = world.open<Dying>();
    if (!sender->send(message_of(1), Deadline::immediate())) ::_exit(1);
    if (sender->loan(largest, Deadline::immediate())) ::_exit(died);
  }));
  EXPECT_TRUE(dies_at(1000, [&] {
    auto receiver = world.open<DyingReceiver>();
    if (receiver->borrow(Deadline::immediate())) ::_exit(died);
  }));
}

TEST(CellDeaths, OfWhoRepairsAtEveryStep) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(3, 3, ring::cell_object_bytes);
    auto receiver = world.open<ring::CellReceiver<>>();
    auto sender = world.open<ring::CellSender<>>();
    leave_two_claims(world);
    const bool killed = dies_at(k, [&] {
      auto repairer = world.open<DyingReceiver>();  // in a dead end's slot
      std::byte buffer[largest];
      for (unsigned i = 0; i < tries_between_looks; ++i) {
        (void)repairer->receive(buffer, Deadline::immediate());
      }
    });
    EXPECT_FALSE(retry([&] { return receive(*receiver); }));  // repairs what is left to repair
    EXPECT_EQ(receiver->lost(), 2U);
    EXPECT_TRUE(sender->close(Deadline::never()));
    sender.reset();
    receiver.reset();
    expect_all_cells_usable(world);
    return killed;
  });
}

TEST(CellDeaths, AreRepairedBesideTheLiving) {
  World world(3, 3, ring::cell_object_bytes);
  auto sender = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  ASSERT_TRUE(send(*sender, 1));
  const auto held = receiver->borrow(Deadline::immediate());
  ASSERT_TRUE(held);
  const auto message = message_of(2);
  const auto place = sender->loan(message.size(), Deadline::immediate());
  ASSERT_TRUE(place);
  leave_two_claims(world);
  auto other = world.open<ring::CellReceiver<>>();
  EXPECT_FALSE(retry([&] { return receive(*other); }));
  EXPECT_EQ(other->lost(), 2U);
  std::memcpy(place->data(), message.data(), message.size());
  ASSERT_TRUE(sender->publish(message.size()));
  receiver->release();
  EXPECT_EQ(receive(*receiver).value_or(0), 2U);
  EXPECT_TRUE(sender->close(Deadline::never()));
  sender.reset();
  receiver.reset();
  other.reset();
  expect_all_cells_usable(world);
}

TEST(CellDeaths, AReceiverTakesAllThatItHoldsAndNoMore) {
  World world(1, 2, ring::cell_object_bytes);
  auto receiver = world.open<ring::CellReceiver<>>();
  auto sender = world.open<ring::CellSender<>>();
  for (const std::uint64_t key : {1U, 2U, 3U}) ASSERT_TRUE(send(*sender, key));
  EXPECT_TRUE(dies_at(1000, [&] {
    auto victim = world.open<DyingReceiver>();
    if (!victim->borrow(Deadline::immediate())) ::_exit(1);
    if (victim->borrow(Deadline::immediate())) ::_exit(died);
  }));
  EXPECT_EQ(receive(*receiver).value_or(0), 3U);
  EXPECT_FALSE(retry([&] { return receive(*receiver); }));
  EXPECT_EQ(receiver->lost(), 2U);
  EXPECT_TRUE(sender->close(Deadline::never()));
  sender.reset();
  receiver.reset();
  expect_all_cells_usable(world);
}

// One that waits looks at some of the others at a time.
TEST(CellDeaths, AreFoundAmongManyEnds) {
  World world(40, 2, ring::cell_object_bytes);
  auto receiver = world.open<ring::CellReceiver<>>();
  std::vector<std::unique_ptr<ring::CellSender<>>> senders;
  for (unsigned i = 0; i < 2 * ring::looks_at_once; ++i) {
    senders.push_back(world.open<ring::CellSender<>>());
  }
  leave_two_claims(world);
  EXPECT_FALSE(retry([&] { return receive(*receiver); }));
  EXPECT_EQ(receiver->lost(), 2U);
}

// ---- whoever sleeps

// A receiver that is asleep when a sender dies is told of its message, or of its death.
TEST(CellDeaths, OfASenderWhileAReceiverSleeps) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 1, ring::cell_object_bytes);
    const pid_t sleeper = ::fork();
    if (sleeper == 0) {
      auto receiver = world.open<ring::CellReceiver<>>();
      std::vector<std::byte> buffer(largest);
      const auto size = receiver->receive(buffer, Deadline::after(20 * second));
      const bool whole = size && *size == message_of(5).size();
      ::_exit(whole ? 1 : !size && size.error().code == Errc::peer_died ? 2 : 3);
    }
    while (control_of(world).data.counts.load() == 0) ::usleep(100);
    const bool killed = dies_at(k, [&] {
      auto sender = world.open<Dying>();
      if (sender->send(message_of(5), Deadline::immediate())) world.page().sent.store(1);
      (void)sender->close(Deadline::never());
    });
    // Had it not joined before it died, the receiver would wait for it.
    if (killed && k < 2)
      (void)world.open<ring::CellSender<>>()->send(message_of(5), Deadline::never());
    int status = 0;
    EXPECT_EQ(::waitpid(sleeper, &status, 0), sleeper);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_TRUE(WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2) << WEXITSTATUS(status);
    if (world.page().sent.load() == 1) {
      EXPECT_EQ(WEXITSTATUS(status), 1);
    }
    return killed;
  });
}

// A sender that is asleep before a full ring goes on when a receiver takes something, even if that
// one dies over it.
TEST(CellDeaths, OfAReceiverWhileASenderSleeps) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 2, ring::cell_object_bytes);
    auto receiver = world.open<ring::CellReceiver<>>();
    const pid_t sleeper = ::fork();
    if (sleeper == 0) {
      auto sender = world.open<ring::CellSender<>>();
      for (std::uint64_t key = 0; key < world.cells() + 1; ++key) {
        if (!sender->send(message_of(key), Deadline::after(20 * second))) ::_exit(1);
      }
      ::_exit(0);
    }
    while (control_of(world).space.counts.load() == 0) ::usleep(100);
    const bool killed = dies_at(k, [&] {
      auto victim = world.open<DyingReceiver>();
      (void)receive(*victim);
    });
    // One that died before it had claimed anything has made no room.
    EXPECT_TRUE(retry([&] { return receive(*receiver); }));
    int status = 0;
    EXPECT_EQ(::waitpid(sleeper, &status, 0), sleeper);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    return killed;
  });
}

}  // namespace
}  // namespace ipcmark
