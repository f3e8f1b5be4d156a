// Locks and notifiers as threads over one mapping, where ThreadSanitizer can see whether they order
// what they guard. (It sees no race between processes, and knows nothing of semop(2), flock(2) and
// fcntl(2) locks.)
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string_view>
#include <thread>
#include <vector>

#include "backends/registry.hpp"

namespace ipcmark {
namespace {

class NoNames : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return fail(Errc::unsupported, "claim"); }
  void released(const std::string&) override {}
};

// Ordered by the kernel alone; the conformance suite has them, between processes.
bool unknown_to_sanitizer(std::string_view lock) { return lock == "flock" || lock == "ofd_lock"; }

void add_under(Lock& lock, std::uint64_t& plain, unsigned turns) {
  for (unsigned i = 0; i < turns; ++i) {
    // All three ways in: waiting for ever, trying, and until a deadline.
    if (i % 3 == 0) {
      if (!lock.lock(Deadline::never())) return;
    } else if (i % 3 == 1) {
      while (!lock.lock(Deadline::immediate())) std::this_thread::yield();
    } else {
      while (!lock.lock(Deadline::after(50'000'000))) {
      }
    }
    ++plain;
    if (!lock.unlock()) return;
  }
}

TEST(LockThreads, OrderWhatTheyGuard) {
  constexpr unsigned threads = 3;
  constexpr unsigned turns = 2000;
  const Registry registry = built_in_registry();
  unsigned tested = 0;
  for (const LockEntry& entry : registry.locks) {
    NoNames names;
    if (!entry.exclusive || unknown_to_sanitizer(entry.name)) continue;
    auto object = entry.create(names);
    if (!object) continue;  // named objects: the conformance suite has them
    const std::atomic<std::uint32_t> peer_died{0};
    OpenContext context;
    context.peer_died = &peer_died;
    std::uint64_t plain = 0;
    std::vector<std::thread> all;
    for (unsigned i = 0; i < threads; ++i) {
      auto lock = entry.open((*object)->address(), context);
      ASSERT_TRUE(lock.has_value()) << entry.name;
      all.emplace_back([&plain, mine = std::move(*lock)] { add_under(*mine, plain, turns); });
    }
    for (std::thread& thread : all) thread.join();
    EXPECT_EQ(plain, std::uint64_t{threads} * turns) << entry.name;
    ++tested;
  }
  EXPECT_GE(tested, 5U);
}

// Takes turns with the other thread: waits on `mine`, adds, signals `other`.
void take_turns(Notifier& mine, Notifier& other, std::uint64_t& plain, unsigned turns) {
  for (unsigned i = 0; i < turns; ++i) {
    if (!mine.wait(i % 2 == 0 ? Deadline::never() : Deadline::after(60'000'000'000))) return;
    ++plain;
    if (!other.signal()) return;
  }
}

TEST(NotifierThreads, OrderWhatTheyGuard) {
  constexpr unsigned turns = 1000;
  const Registry registry = built_in_registry();
  unsigned tested = 0;
  for (const NotifierEntry& entry : registry.notifiers) {
    NoNames names;
    auto objects = std::array{entry.create(names), entry.create(names)};
    if (!objects[0] || !objects[1]) continue;  // named objects
    const std::atomic<std::uint32_t> peer_died{0};
    OpenContext context;
    context.peer_died = &peer_died;
    const auto open = [&](std::size_t which) {
      return std::move(*entry.open((*objects.at(which))->address(), context));
    };
    std::uint64_t plain = 0;
    std::thread one([&, a = open(0), b = open(1)] { take_turns(*a, *b, plain, turns); });
    std::thread two([&, a = open(0), b = open(1)] { take_turns(*b, *a, plain, turns); });
    EXPECT_TRUE(open(0)->signal()) << entry.name;
    one.join();
    two.join();
    EXPECT_EQ(plain, 2 * turns) << entry.name;
    ++tested;
  }
  EXPECT_GE(tested, 5U);
}

}  // namespace
}  // namespace ipcmark
