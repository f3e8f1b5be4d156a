// Who sleeps in poll(2) on a receiver's descriptor is woken by a message, and not by the end of a
// slice.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "backends/registry.hpp"

namespace ipcmark {
namespace {

class NoNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return fail(Errc::unsupported, "names"); }
  void released(const std::string&) override {}
};

void await_sleep_of(pid_t thread) {
  std::string pid, name, state;
  while (state != "S") {
    std::this_thread::yield();
    std::ifstream("/proc/self/task/" + std::to_string(thread) + "/stat") >> pid >> name >> state;
  }
}

class WakeUp : public testing::TestWithParam<const char*> {};

TEST_P(WakeUp, ComesWithTheMessage) {
  const Registry registry = built_in_registry();
  const BackendEntry& entry = *registry.backend(GetParam());
  if (*entry.compiled_out != '\0' || !entry.probe({}).empty()) GTEST_SKIP() << "not here";
  NoNames names;
  const auto channel = entry.create({}, 1, names);
  ASSERT_TRUE(channel) << explain(channel.error());
  const std::atomic<std::uint32_t> died{0};
  OpenContext context;
  context.peer_died = &died;
  const auto receiver = entry.open_receiver((*channel)->address(), context);
  ASSERT_TRUE(receiver) << explain(receiver.error());
  std::array<std::byte, 64> message{};
  for (int i = 0; i < 3; ++i) {
    ASSERT_FALSE((*receiver)->ready());
    std::thread other([&, sleeper = ::gettid()] {
      const auto sender = entry.open_sender((*channel)->address(), context);
      await_sleep_of(sleeper);
      EXPECT_TRUE(sender && (*sender)->send(message, Deadline::never()));
    });
    pollfd one{(*receiver)->descriptor(), POLLIN, 0};
    constexpr int far_too_long_ms = 10'000;
    EXPECT_EQ(::poll(&one, 1, far_too_long_ms), 1);
    other.join();
    EXPECT_TRUE((*receiver)->ready());
    EXPECT_TRUE((*receiver)->receive(message, Deadline::immediate()));
  }
}

INSTANTIATE_TEST_SUITE_P(, WakeUp,
                         testing::Values("pipe", "unix_stream", "io_uring_pipe", "io_uring_unix"),
                         [](const auto& named) { return std::string(named.param); });

}  // namespace
}  // namespace ipcmark
