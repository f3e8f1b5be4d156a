// Locks and notifiers as threads over one mapping, where ThreadSanitizer can see whether they order
// what they guard. (It sees no race between processes, and knows nothing of semop(2).)
//
// All threads use one handle: two handles are two mappings, and the sanitizer tells mutexes apart
// by address. Waiting for ever arms a timer for the one thread that waits at a handle: notifiers,
// each of which one thread waits at, do so here; locks try, and wait until a deadline.
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

// Ordered by the kernel alone, over descriptors that came by fcntl(F_DUPFD_CLOEXEC), which the
// sanitizer does not follow; the conformance suite has them, between processes.
bool unknown_to_sanitizer(std::string_view notifier) {
  return notifier == "eventfd" || notifier == "pipe";
}

void add_under(Lock& lock, std::uint64_t& plain, unsigned turns) {
  for (unsigned i = 0; i < turns; ++i) {
    if (i % 2 == 0) {
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
    if (!entry.exclusive) continue;
    auto object = entry.create(names);
    if (!object) continue;  // named objects: the conformance suite has them
    const std::atomic<std::uint32_t> peer_died{0};
    OpenContext context;
    context.peer_died = &peer_died;
    auto lock = entry.open((*object)->address(), context);
    ASSERT_TRUE(lock.has_value()) << entry.name;
    std::uint64_t plain = 0;
    std::vector<std::thread> all;
    for (unsigned i = 0; i < threads; ++i) {
      all.emplace_back([&] { add_under(**lock, plain, turns); });
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
    if (!mine.wait(Deadline::never())) return;
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
    if (unknown_to_sanitizer(entry.name)) continue;
    auto objects = std::array{entry.create(names), entry.create(names)};
    if (!objects[0] || !objects[1]) continue;  // named objects
    const std::atomic<std::uint32_t> peer_died{0};
    OpenContext context;
    context.peer_died = &peer_died;
    auto a = entry.open((*objects[0])->address(), context);
    auto b = entry.open((*objects[1])->address(), context);
    ASSERT_TRUE(a.has_value() && b.has_value()) << entry.name;
    std::uint64_t plain = 0;
    std::thread one([&] { take_turns(**a, **b, plain, turns); });
    std::thread two([&] { take_turns(**b, **a, plain, turns); });
    EXPECT_TRUE((*a)->signal()) << entry.name;
    one.join();
    two.join();
    EXPECT_EQ(plain, 2 * turns) << entry.name;
    ++tested;
  }
  EXPECT_GE(tested, 3U);
}

}  // namespace
}  // namespace ipcmark
