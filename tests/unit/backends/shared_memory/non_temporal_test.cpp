#include "backends/shared_memory/non_temporal.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ipcmark::ring {

namespace {

constexpr std::uint64_t message = 1 << 20U;

TEST(NonTemporal, CopiesEveryByteAndNoOther) {
  constexpr std::size_t room = 512;
  alignas(64) std::byte to[room];
  std::byte from[room];
  for (std::size_t i = 0; i < room; ++i) from[i] = static_cast<std::byte>(i * 7 + 1);
  for (std::size_t bytes = 0; bytes <= 200; ++bytes) {
    for (const std::size_t offset : {0U, 1U, 15U}) {  // of the source: the ring itself is aligned
      std::fill(to, to + room, std::byte{0});
      copy_non_temporal(to + 16, from + offset, bytes);
      for (std::size_t i = 0; i < room; ++i) {
        const bool inside = i >= 16 && i < 16 + bytes;
        ASSERT_EQ(to[i], inside ? from[i - 16 + offset] : std::byte{0}) << bytes << " at " << i;
      }
    }
  }
}

// A sender whose messages take a fixed time each way, from the start on.
class Sending {
 public:
  Sending(std::uint64_t cached_ns, std::uint64_t non_temporal_ns)
      : cached_ns_(cached_ns), non_temporal_ns_(non_temporal_ns) {}

  void change(std::uint64_t cached_ns, std::uint64_t non_temporal_ns) {
    cached_ns_ = cached_ns;
    non_temporal_ns_ = non_temporal_ns;
  }
  // The share of so many messages that went past the caches.
  double share(int messages) {
    int past = 0;
    for (int i = 0; i < messages; ++i) {
      past += choice_.non_temporal() ? 1 : 0;
      now_ns_ += choice_.non_temporal() ? non_temporal_ns_ : cached_ns_;
      choice_.sent(message, now_ns_);
    }
    return static_cast<double>(past) / messages;
  }

 private:
  std::uint64_t cached_ns_, non_temporal_ns_;
  std::uint64_t now_ns_ = 1;
  StoreChoice choice_;
};

TEST(StoreChoice, StaysInTheCacheWhereThatIsQuick) {
  Sending near(30'000, 80'000);  // 35 GB/s and 13
  EXPECT_EQ(near.share(10'000), 0);
}

TEST(StoreChoice, GoesPastItWhereThatIsFaster) {
  Sending distant(500'000, 85'000);  // 2 GB/s and 12
  distant.share(25);
  EXPECT_GT(distant.share(10'000), 0.99);
}

TEST(StoreChoice, ComesBackWhenTheMachineHasChanged) {
  Sending moved(500'000, 85'000);
  moved.share(100);
  moved.change(30'000, 80'000);
  moved.share(2'100);
  EXPECT_EQ(moved.share(10'000), 0);
}

TEST(StoreChoice, IsNotDeceivedByASlowBeginning) {
  Sending begins(500'000, 85'000);  // pages that were never touched before
  begins.share(12);
  begins.change(30'000, 80'000);
  begins.share(12);
  EXPECT_EQ(begins.share(10'000), 0);
}

// A receiver that takes its time, or a sender that has little to say: neither way is better.
TEST(StoreChoice, IsNotDeceivedByGaps) {
  Sending sparse(1'000'000, 1'000'000);
  EXPECT_LT(sparse.share(10'000), 0.02);
}

}  // namespace

}  // namespace ipcmark::ring
