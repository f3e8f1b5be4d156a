// Locks as threads over one mapping, where ThreadSanitizer can see whether they order what they
// guard. (It sees no race between processes, and knows nothing of semop(2).)
#include <gtest/gtest.h>

#include <atomic>
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
  EXPECT_GE(tested, 4U);
}

}  // namespace
}  // namespace ipcmark
