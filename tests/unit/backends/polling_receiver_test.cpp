// A receiver that polls asks its mechanism only for what is there, and sleeps by the descriptor.
#include "backends/polling_receiver.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <utility>

namespace ipcmark {
namespace {

// One message for each token in its eventfd.
class Counter final : public Receiver {
 public:
  Counter(int fd, unsigned& calls) : fd_(fd), calls_(calls) {}
  Result<std::size_t> receive(std::span<std::byte>, Deadline deadline) override {
    ++calls_;
    EXPECT_TRUE(deadline.is_immediate());
    std::uint64_t token = 0;
    if (::read(fd_, &token, sizeof token) == sizeof token) return 7;
    return fail(Errc::would_block, "read");
  }
  bool ready() override { return false; }
  int descriptor() const override { return fd_; }

 private:
  int fd_;
  unsigned& calls_;
};

class Polling : public testing::Test {
 protected:
  Polling() {
    context_.peer_died = &died_;
    auto made = polling(std::make_unique<Counter>(fd_.get(), calls_), context_);
    EXPECT_TRUE(made);
    receiver_ = std::move(*made);
  }
  void give() const {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(fd_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }

  Fd fd_{::eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC)};
  std::atomic<std::uint32_t> died_{0};
  OpenContext context_;
  unsigned calls_ = 0;
  std::unique_ptr<Receiver> receiver_;
};

TEST_F(Polling, TakesWhatIsThereWithoutSleeping) {
  give();
  give();
  EXPECT_EQ(receiver_->receive({}, Deadline::never()), 7U);
  EXPECT_EQ(receiver_->receive({}, Deadline::never()), 7U);
  EXPECT_EQ(calls_, 2U);
}

TEST_F(Polling, SleepsUntilSomethingComes) {
  std::thread later([this] {
    ::usleep(30'000);
    give();
  });
  EXPECT_EQ(receiver_->receive({}, Deadline::never()), 7U);
  later.join();
  EXPECT_EQ(calls_, 2U);  // it did not look in between
}

TEST_F(Polling, KeepsDeadlines) {
  EXPECT_EQ(receiver_->receive({}, Deadline::immediate()).error().code, Errc::would_block);
  const std::uint64_t begin = now_ns();
  const auto late = receiver_->receive({}, Deadline::at(begin + 20'000'000));
  EXPECT_EQ(late.error().code, Errc::timeout);
  EXPECT_GE(now_ns() - begin, 20'000'000U);
}

TEST_F(Polling, SeesAPeersDeath) {
  died_.store(1);
  EXPECT_EQ(receiver_->receive({}, Deadline::never()).error().code, Errc::peer_died);
  give();
  EXPECT_EQ(receiver_->receive({}, Deadline::never()), 7U);  // what had come before
}

// Its descriptor is written to only while a wait is announced.
class Announced final : public Receiver {
 public:
  explicit Announced(int fd) : fd_(fd) {}
  Result<std::size_t> receive(std::span<std::byte>, Deadline) override {
    if (messages.load() == 0) return fail(Errc::would_block, "receive");
    messages.fetch_sub(1);
    return 7;
  }
  bool ready() override { return messages.load() != 0; }
  int descriptor() const override { return fd_; }
  bool must_announce() override { return true; }
  void announce_wait(bool waiting) override {
    waits.store(waiting ? 1 : 0);
    // As if the message had come between the look before and the announcement.
    if (waiting && std::exchange(slips_in, false)) messages.fetch_add(1);
  }
  void send() {
    messages.fetch_add(1);
    const std::uint64_t one = 1;
    if (waits.exchange(0) == 0) return;
    EXPECT_EQ(::write(fd_, &one, sizeof one), 8);
  }

  std::atomic<int> messages{0};
  std::atomic<int> waits{0};
  bool slips_in = false;

 private:
  int fd_;
};

TEST_F(Polling, AnnouncesItsWaitAndLooksOnceMore) {
  auto made = std::make_unique<Announced>(fd_.get());
  Announced& announced = *made;
  const auto receiver = polling(std::move(made), context_);
  ASSERT_TRUE(receiver);
  announced.slips_in = true;
  EXPECT_EQ((*receiver)->receive({}, Deadline::after(5'000'000'000)), 7U);
  EXPECT_EQ(announced.waits.load(), 0);
  std::thread later([&announced] {
    while (announced.waits.load() == 0) ::usleep(100);
    announced.send();
  });
  EXPECT_EQ((*receiver)->receive({}, Deadline::after(5'000'000'000)), 7U);
  later.join();
}

TEST_F(Polling, NeedsADescriptor) {
  EXPECT_FALSE(polling(std::make_unique<Counter>(-1, calls_), context_));
}

}  // namespace
}  // namespace ipcmark
