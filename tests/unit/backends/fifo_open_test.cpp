// How a sender of a FIFO waits for its receiver: what it would do in between is measured as the
// mechanism's own, wherever connections are timed.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "backends/registry.hpp"

namespace ipcmark {
namespace {

class OneName final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override {
    return testing::TempDir() + "ipcmark-fifo-" + std::to_string(::getpid());
  }
  void released(const std::string&) override {}
};

// The system call that the thread sleeps in, as soon as it sleeps.
long sleeps_in(pid_t thread) {
  const std::string folder = "/proc/self/task/" + std::to_string(thread) + "/";
  for (;;) {
    std::string pid, name, state;
    std::ifstream(folder + "stat") >> pid >> name >> state;
    long number = -1;
    std::ifstream(folder + "syscall") >> number;
    if (state == "S" && number >= 0) return number;
    std::this_thread::yield();
  }
}

class FifoOpen : public testing::Test {
 protected:
  void SetUp() override {
    auto made = entry_.create({}, 1, names_);
    ASSERT_TRUE(made) << explain(made.error());
    channel_ = std::move(*made);
    context_.peer_died = &died_;
    sender_ = std::thread([this] {
      thread_ = ::gettid();
      const auto opened = entry_.open_sender(channel_->address(), context_);
      code_ = opened ? 0 : 1 + static_cast<int>(opened.error().code);
    });
    while (thread_ == 0) std::this_thread::yield();
  }
  void TearDown() override {
    died_ = 1;
    if (sender_.joinable()) sender_.join();
  }

  Registry registry_ = built_in_registry();
  const BackendEntry& entry_ = *registry_.backend("fifo");
  OneName names_;
  std::unique_ptr<Channel> channel_;
  OpenContext context_;
  std::atomic<std::uint32_t> died_{0};
  std::atomic<int> thread_{0};
  std::atomic<int> code_{-1};
  std::thread sender_;
};

TEST_F(FifoOpen, SleepsInOpenUntilTheReceiverComes) {
  if (!std::ifstream("/proc/self/syscall")) GTEST_SKIP() << "no /proc/PID/syscall here";
  EXPECT_EQ(sleeps_in(thread_), SYS_openat);
  const auto receiver = entry_.open_receiver(channel_->address(), context_);
  ASSERT_TRUE(receiver) << explain(receiver.error());
  while (code_ < 0) std::this_thread::yield();
  EXPECT_EQ(code_, 0);
}

TEST_F(FifoOpen, SeesThatTheReceiverDied) {
  died_ = 1;
  while (code_ < 0) std::this_thread::yield();
  EXPECT_EQ(code_, 1 + static_cast<int>(Errc::peer_died));
}

}  // namespace
}  // namespace ipcmark
