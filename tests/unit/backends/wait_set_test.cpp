// What conformance does not show of wait sets: how each of the waits looks before it sleeps; and
// who polls does so by epoll(7), or not at all.
#include "backends/wait_set.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>

#include "backends/spinning.hpp"

namespace ipcmark {
namespace {

// Of which nothing ever comes.
class Silent final : public Receiver {
 public:
  Result<std::size_t> receive(std::span<std::byte>, Deadline) override {
    return fail(Errc::would_block, "read");
  }
  bool ready() override {
    ++looks;
    return false;
  }
  int descriptor() const override { return fd_.get(); }

  unsigned looks = 0;

 private:
  Fd fd_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
};

// While it lives this process gets no new descriptor.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

unsigned looks_of(Wait wait) {
  std::atomic<std::uint32_t> died{0};
  OpenContext context;
  context.peer_died = &died;
  Silent silent;
  WaitSet set(wait);
  set.add(silent);
  EXPECT_EQ(set.wait(Deadline::after(200'000'000), context).error().code, Errc::timeout);
  return silent.looks;
}

TEST(WaitSet, SpinsOnlyWhereThatIsAskedFor) {
  for (const Wait wait : {Wait::spin, Wait::hybrid}) EXPECT_GE(looks_of(wait), tries_between_looks);
  for (const Wait wait : {Wait::block, Wait::poll}) EXPECT_LE(looks_of(wait), 10U);
}

TEST(WaitSet, WithoutAnEpollThereIsNoPolling) {
  std::atomic<std::uint32_t> died{0};
  OpenContext context;
  context.peer_died = &died;
  Silent silent;
  WaitSet set(Wait::poll);
  set.add(silent);
  {
    const NoDescriptors none;
    const auto got = set.wait(Deadline::after(60'000'000'000), context);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::refused);
    EXPECT_EQ(got.error().sys_errno, EMFILE);
  }
  EXPECT_EQ(set.wait(Deadline::after(1'000'000), context).error().code, Errc::timeout);
}

}  // namespace
}  // namespace ipcmark
