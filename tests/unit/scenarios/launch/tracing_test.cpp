#include "scenarios/launch/tracing.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace ipcmark {
namespace {

long minor_faults() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  return used.ru_minflt;
}

class SilentSender final : public Sender {
 public:
  Status send(std::span<const std::byte>, Deadline) override { return {}; }
  Status close(Deadline) override { return {}; }
};

TEST(TraceLog, TakesNoPageFaultWhileItNotes) {
  TraceLog log(most_traced_operations);
  const long before = minor_faults();
  for (std::size_t i = 0; i < most_traced_operations; ++i) log.note("send channel", 0, i, nullptr);
  // Its memory is more than a hundred pages. A sanitizer has some of its own.
  EXPECT_LT(minor_faults() - before, 20);
  EXPECT_EQ(log.take().events.size(), most_traced_operations);
}

TEST(TraceLog, KeepsTheFirstOperationsAndCountsTheOthers) {
  TraceLog log(3);
  for (std::uint64_t i = 1; i <= 5; ++i) log.note("send channel", 0, i, nullptr);
  const ProcessTrace trace = log.take();
  ASSERT_EQ(trace.events.size(), 3U);
  EXPECT_EQ(trace.events[2].start_ns, 3U);
  EXPECT_EQ(trace.dropped, 2U);
}

TEST(TracedSender, NotesTheFirstAndThenEachSoManyth) {
  TraceLog log(100, 4);
  const auto sender = traced(std::make_unique<SilentSender>(), log, 7);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(sender->send({}, Deadline::never()));
  const ProcessTrace trace = log.take();
  ASSERT_EQ(trace.events.size(), 3U);
  EXPECT_EQ(trace.events[0].name, "send channel 7");
}

}  // namespace
}  // namespace ipcmark
