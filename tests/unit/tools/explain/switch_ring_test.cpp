#include "tools/explain/switch_ring.hpp"

#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include <cstring>
#include <vector>

namespace ipcmark {
namespace {

constexpr std::int32_t thread = 20;
constexpr std::size_t record_bytes = 32;

// A ring with room for so many records, written as the kernel does.
class Written {
 public:
  explicit Written(std::size_t room) : data_(room * record_bytes) {}
  void add(std::uint64_t time_ns, std::uint16_t misc, std::uint32_t type = PERF_RECORD_SWITCH) {
    const perf_event_header header{type, misc, record_bytes};
    const std::uint32_t words[] = {thread, thread};
    const std::uint32_t cpu[] = {1, 0};
    head_ -= record_bytes;
    std::byte* const at = data_.data() + head_ % data_.size();
    std::memcpy(at, &header, sizeof header);
    std::memcpy(at + 8, words, sizeof words);
    std::memcpy(at + 16, &time_ns, sizeof time_ns);
    std::memcpy(at + 24, cpu, sizeof cpu);
  }
  Capture read() const {
    Capture capture;
    add_switches({data_, head_, thread}, capture);
    return capture;
  }

 private:
  std::vector<std::byte> data_;
  std::uint64_t head_ = 0;
};

TEST(SwitchRing, HoldsSwitchesOutAndIn) {
  Written ring(8);
  ring.add(100, PERF_RECORD_MISC_SWITCH_OUT);
  ring.add(200, 0);
  ring.add(300, PERF_RECORD_MISC_SWITCH_OUT | PERF_RECORD_MISC_SWITCH_OUT_PREEMPT);
  ring.add(310, 0, PERF_RECORD_COMM);
  const Capture capture = ring.read();
  const std::vector<Event> expected = {{300, EventKind::switched, 1, thread, -1, 0},
                                       {200, EventKind::switched, 1, -1, thread, 0},
                                       {100, EventKind::switched, 1, thread, -1, 1}};
  EXPECT_EQ(capture.events, expected);
  EXPECT_EQ(capture.lost, 0U);
  EXPECT_EQ(capture.whole_from_ns, 0U);
}

TEST(SwitchRing, ThatIsFullKeepsTheLastOnesAndSaysFromWhenOn) {
  Written ring(8);
  for (std::uint64_t i = 1; i <= 20; ++i) ring.add(i * 100, 0);
  const Capture capture = ring.read();
  ASSERT_EQ(capture.events.size(), 8U);
  EXPECT_EQ(capture.events.front().time_ns, 2000U);
  EXPECT_EQ(capture.events.back().time_ns, 1300U);
  EXPECT_EQ(capture.lost, 12U);
  EXPECT_EQ(capture.whole_from_ns, 1300U);
}

TEST(SwitchRing, ThatIsJustFullHasLostNothing) {
  Written ring(8);
  for (std::uint64_t i = 1; i <= 8; ++i) ring.add(i * 100, 0);
  EXPECT_EQ(ring.read().events.size(), 8U);
  EXPECT_EQ(ring.read().lost, 0U);
}

TEST(SwitchRing, MayBeEmpty) { EXPECT_TRUE(Written(8).read().events.empty()); }

}  // namespace
}  // namespace ipcmark
