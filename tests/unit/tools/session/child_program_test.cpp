#include "tools/session/child_program.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t hour = 3'600'000 * ms;

TEST(ChildProgram, HasWhatItSaidAndHowItEnded) {
  const auto output =
      run_program("sh", {"-c", "cat; echo aside >&2; exit 3"}, "words", hour, nullptr);
  ASSERT_TRUE(output) << output.error();
  EXPECT_FALSE(output->timed_out);
  EXPECT_FALSE(output->end.by_signal);
  EXPECT_EQ(output->end.code, 3);
  EXPECT_EQ(output->out, "words");
  EXPECT_EQ(output->err, "aside\n");
}

TEST(ChildProgram, IsKilledAtItsLimit) {
  const auto output = run_program("sleep", {"600"}, "", 100 * ms, nullptr);
  ASSERT_TRUE(output) << output.error();
  EXPECT_TRUE(output->timed_out);
  EXPECT_TRUE(output->end.by_signal);
}

// As if this process had been stopped for an hour between any two looks.
TEST(ChildProgram, TimeInWhichNobodyLookedDoesNotCount) {
  std::uint64_t clock = 0;
  const MachineProbe stopped_all_the_time{[&clock] { return clock += hour; }, [] { return 1.0; }};
  const auto output = run_program("sleep", {"0.5"}, "", 60'000 * ms, nullptr, stopped_all_the_time);
  ASSERT_TRUE(output) << output.error();
  EXPECT_FALSE(output->timed_out);
  EXPECT_TRUE(output->end.clean());
}

}  // namespace
}  // namespace ipcmark
