// Ends of a ring of cells that die between any two stores that others can see: for each such place
// a process is ended there, and the others must go on, get whole messages in order, count exactly
// what was lost, and find every cell usable again.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <vector>

#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/cell_ends.hpp"
#include "backends/shared_memory/cell_layout.hpp"

namespace ipcmark {
namespace {

constexpr int died = 77;  // the exit code of who died on purpose
constexpr std::uint64_t second = 1'000'000'000;
constexpr std::size_t largest = 100;

// Ends the process at the call of number `left`.
struct DyingSteps {
  static constexpr bool watched = true;
  static inline int left = -1;
  static void at() {
    if (left >= 0 && left-- == 0) ::_exit(died);
  }
};

using Dying = ring::CellSender<DyingSteps>;
using DyingReceiver = ring::CellReceiver<DyingSteps>;

ChannelSpec spec_of(std::uint32_t senders, std::uint32_t receivers) {
  ChannelSpec spec;
  spec.largest_message = largest;
  spec.depth = 4;
  spec.senders = senders;
  spec.receivers = receivers;
  return spec;
}

// A ring, and what its processes tell each other.
class World {
 public:
  struct Page {
    std::atomic<std::uint64_t> sent;      // sends that have returned
    std::atomic<std::uint64_t> received;  // a bit for each message that was received
  };

  World(std::uint32_t senders, std::uint32_t receivers)
      : spec_(spec_of(senders, receivers)),
        memory_(create_anonymous_memory(ring::cell_object_bytes(spec_)).value()),
        mapping_(map_object(memory_.get(), ring::cell_object_bytes(spec_)).value()),
        page_(new (::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Page{}) {
    context_.peer_died = &peer_died_;
  }
  ~World() { ::munmap(page_, sizeof(Page)); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  template <class End>
  std::unique_ptr<End> open() const {
    auto end = std::make_unique<End>(
        map_object(memory_.get(), ring::cell_object_bytes(spec_)).value(), reopen(memory_).value(),
        spec_, context_);
    EXPECT_TRUE(end->join());
    return end;
  }
  Page& page() const { return *page_; }
  ring::CellControl& control() const {
    return *ring::cell_view(mapping_.data(), spec_).control;
  }
  std::uint64_t cells() const { return ring::cell_layout_for(spec_).cells; }

  // Every cell is free, and no slot is taken.
  bool is_settled() const {
    const ring::CellView view = ring::cell_view(mapping_.data(), spec_);
    for (std::uint64_t i = 0; i < view.cells; ++i) {
      const auto& cell = *reinterpret_cast<ring::CellHeader*>(view.data + i * view.cell_bytes);
      if (ring::CellWord(cell.word.load()).state() != ring::CellState::free) return false;
    }
    return std::all_of(control().ends.slots.begin(), control().ends.slots.end(),
                       [](const auto& slot) { return slot.word.load() % 4 == 0; });
  }

 private:
  ChannelSpec spec_;
  Fd memory_;
  Mapping mapping_;
  Page* page_;
  std::atomic<std::uint32_t> peer_died_{0};
  OpenContext context_;
};

// Runs `body` in a process that ends at step `k`. False: it came to its end before that.
bool dies_at(int k, const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    DyingSteps::left = k;
    body();
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && (WEXITSTATUS(status) == died || WEXITSTATUS(status) == 0))
      << "step " << k << ": status " << status;
  return WIFEXITED(status) && WEXITSTATUS(status) == died;
}

// Calls `body(k)` for every step until one run comes to its end.
void for_every_step(const std::function<bool(int)>& body) {
  int k = 0;
  while (!testing::Test::HasFailure() && body(k)) ++k;
  EXPECT_GT(k, 3) << "there was nothing to die at";
}

std::vector<std::byte> message_of(std::uint64_t key) {
  std::vector<std::byte> message(sizeof key + key % 90, static_cast<std::byte>(key * 7));
  std::memcpy(message.data(), &key, sizeof key);
  return message;
}

// Immediate calls until one succeeds: they look for dead ends now and then, too.
template <class Try>
auto insist(Try&& attempt) {
  auto result = attempt();
  for (int i = 0; i < 5000 && !result && result.error().code == Errc::would_block; ++i) {
    result = attempt();
  }
  return result;
}

Status send(Sender& sender, std::uint64_t key) {
  return insist([&] { return sender.send(message_of(key), Deadline::immediate()); });
}

// The key of the next message, which must be whole; an error when there is none.
Result<std::uint64_t> receive(Receiver& receiver) {
  std::vector<std::byte> buffer(largest);
  const auto size = receiver.receive(buffer, Deadline::immediate());
  if (!size) return tl::make_unexpected(size.error());
  std::uint64_t key = 0;
  std::memcpy(&key, buffer.data(), sizeof key);
  buffer.resize(*size);
  EXPECT_EQ(buffer, message_of(key)) << "a torn message";
  return key;
}

// As many messages as there are cells go in, no more, and all come out.
void expect_all_cells_usable(World& world) {
  auto sender = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  for (std::uint64_t i = 0; i < world.cells(); ++i) EXPECT_TRUE(send(*sender, i)) << i;
  EXPECT_FALSE(sender->send(message_of(0), Deadline::immediate()));
  for (std::uint64_t i = 0; i < world.cells(); ++i) EXPECT_EQ(receive(*receiver).value_or(99), i);
  EXPECT_FALSE(receive(*receiver));
  EXPECT_TRUE(sender->close(Deadline::never()));
  sender.reset();
  receiver.reset();
  EXPECT_TRUE(world.is_settled());
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
    World world(2, 1);
    auto receiver = world.open<ring::CellReceiver<>>();
    auto other = world.open<ring::CellSender<>>();
    const bool killed = dies_at(k, [&] { send_and_say(world); });
    go_on_beside_a_dead_sender(world, *other, *receiver);
    EXPECT_LE(receiver->lost(), killed ? 1U : 0U);
    EXPECT_TRUE(other->close(Deadline::never()));
    const auto end = insist([&] { return receive(*receiver); });
    // A sender that had not even joined may still come.
    if (!end && end.error().code == Errc::would_block) {
      EXPECT_LT(k, 2);
      EXPECT_TRUE(world.open<ring::CellSender<>>()->close(Deadline::never()));
    } else {
      ASSERT_FALSE(end);
      EXPECT_TRUE(end.error().code == Errc::peer_died || end.error().code == Errc::closed);
      EXPECT_TRUE(killed || end.error().code == Errc::closed);
    }
    other.reset();
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
    World world(1, 2);
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
      ASSERT_TRUE(send(*sender, key)) << key;
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
    World world(3, 3);
    auto receiver = world.open<ring::CellReceiver<>>();
    auto sender = world.open<ring::CellSender<>>();
    leave_two_claims(world);
    const bool killed = dies_at(k, [&] {
      auto repairer = world.open<DyingReceiver>();  // in a dead end's slot
      std::byte buffer[largest];
      for (unsigned i = 0; i < ring::tries_between_looks; ++i) {
        (void)repairer->receive(buffer, Deadline::immediate());
      }
    });
    EXPECT_FALSE(insist([&] { return receive(*receiver); }));  // repairs what is left to repair
    EXPECT_EQ(receiver->lost(), 2U);
    EXPECT_TRUE(sender->close(Deadline::never()));
    sender.reset();
    receiver.reset();
    expect_all_cells_usable(world);
    return killed;
  });
}

// ---- whoever sleeps

// A receiver that is asleep when a sender dies is told of its message, or of its death.
TEST(CellDeaths, OfASenderWhileAReceiverSleeps) {
  for_every_step([](int k) {
    SCOPED_TRACE(k);
    World world(1, 1);
    const pid_t sleeper = ::fork();
    if (sleeper == 0) {
      auto receiver = world.open<ring::CellReceiver<>>();
      std::vector<std::byte> buffer(largest);
      const auto size = receiver->receive(buffer, Deadline::after(20 * second));
      const bool whole = size && *size == message_of(5).size();
      ::_exit(whole ? 1 : !size && size.error().code == Errc::peer_died ? 2 : 3);
    }
    while (world.control().data.counts.load() == 0) ::usleep(100);
    const bool killed = dies_at(k, [&] {
      auto sender = world.open<Dying>();
      if (sender->send(message_of(5), Deadline::immediate())) world.page().sent.store(1);
      (void)sender->close(Deadline::never());
    });
    // Had it not joined before it died, the receiver would wait for it.
    if (killed && k < 2) (void)world.open<ring::CellSender<>>()->send(message_of(5), Deadline::never());
    int status = 0;
    EXPECT_EQ(::waitpid(sleeper, &status, 0), sleeper);
    ASSERT_TRUE(WIFEXITED(status));
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
    World world(1, 2);
    auto receiver = world.open<ring::CellReceiver<>>();
    const pid_t sleeper = ::fork();
    if (sleeper == 0) {
      auto sender = world.open<ring::CellSender<>>();
      for (std::uint64_t key = 0; key < world.cells() + 1; ++key) {
        if (!sender->send(message_of(key), Deadline::after(20 * second))) ::_exit(1);
      }
      ::_exit(0);
    }
    while (world.control().space.counts.load() == 0) ::usleep(100);
    const bool killed = dies_at(k, [&] {
      auto victim = world.open<DyingReceiver>();
      (void)receive(*victim);
    });
    // One that died before it had claimed anything has made no room.
    EXPECT_TRUE(insist([&] { return receive(*receiver); }));
    int status = 0;
    EXPECT_EQ(::waitpid(sleeper, &status, 0), sleeper);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    return killed;
  });
}

// ---- order

// A sender that stands still in the middle of a message holds up nobody; its messages still come in
// order.
TEST(CellRing, PassesByAClaimAndKeepsEachSendersOrder) {
  World world(2, 1);
  auto slow = world.open<ring::CellSender<>>();
  auto quick = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  const auto message = message_of(1);
  const auto place = slow->loan(message.size(), Deadline::immediate());
  ASSERT_TRUE(place);
  ASSERT_TRUE(send(*quick, 10));
  ASSERT_TRUE(send(*quick, 11));
  EXPECT_EQ(receive(*receiver).value_or(0), 10U);
  std::memcpy(place->data(), message.data(), message.size());
  ASSERT_TRUE(slow->publish(message.size()));
  ASSERT_TRUE(send(*slow, 2));
  EXPECT_EQ(receive(*receiver).value_or(0), 1U);
  EXPECT_EQ(receive(*receiver).value_or(0), 11U);
  EXPECT_EQ(receive(*receiver).value_or(0), 2U);
}

TEST(CellRing, IsFullOnlyWhereAClaimIsInTheWay) {
  World world(2, 1);
  auto slow = world.open<ring::CellSender<>>();
  auto quick = world.open<ring::CellSender<>>();
  auto receiver = world.open<ring::CellReceiver<>>();
  ASSERT_TRUE(slow->loan(8, Deadline::immediate()));
  for (std::uint64_t i = 1; i < world.cells(); ++i) {
    ASSERT_TRUE(send(*quick, i));
    EXPECT_EQ(receive(*receiver).value_or(0), i);
  }
  EXPECT_EQ(quick->send(message_of(9), Deadline::immediate()).error().code, Errc::would_block);
  slow->abandon();
  EXPECT_TRUE(quick->send(message_of(9), Deadline::immediate()));
  EXPECT_EQ(receive(*receiver).value_or(0), 9U);
  EXPECT_EQ(receiver->lost(), 0U);
}

TEST(CellRing, LetsEndsComeAndGo) {
  World world(1, 1);
  auto receiver = world.open<ring::CellReceiver<>>();
  for (std::uint64_t i = 0; i < 3 * ring::max_ends; ++i) {
    auto sender = world.open<ring::CellSender<>>();
    ASSERT_TRUE(send(*sender, i));
    ASSERT_TRUE(sender->close(Deadline::never()));
    ASSERT_EQ(receive(*receiver).value_or(~0U), i);
  }
  EXPECT_EQ(receive(*receiver).error().code, Errc::closed);
}

TEST(CellLayout, IsAFunctionOfTheSpec) {
  for (const std::uint64_t size : {0U, 1U, 48U, 49U, 1023U, 1024U, 100'000U, 1U << 26U}) {
    for (const std::uint32_t depth : {0U, 1U, 3U, 64U}) {
      ChannelSpec spec;
      spec.largest_message = size;
      spec.depth = depth;
      const ring::CellLayout layout = ring::cell_layout_for(spec);
      EXPECT_TRUE(std::has_single_bit(layout.cells));
      EXPECT_GE(layout.cells, std::max(depth, 2U));
      EXPECT_GE(layout.cell_bytes, layout.payload_offset + size);
      EXPECT_EQ(layout.cell_bytes % 64, 0U);
      EXPECT_EQ(layout.payload_offset % 16, 0U);
      EXPECT_GE(layout.mapped, layout.cells * layout.cell_bytes);
    }
  }
}

}  // namespace
}  // namespace ipcmark
