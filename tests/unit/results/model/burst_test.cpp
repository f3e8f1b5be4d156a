#include "results/model/burst.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/model/cell_options.hpp"
#include "results/model/spec.hpp"
#include "scenarios/timing/bursts.hpp"

namespace ipcmark {
namespace {

TEST(Burst, IsReadAndWrittenInOneWay) {
  const auto burst = parse_burst("32:1000us");
  ASSERT_TRUE(burst.has_value()) << burst.error();
  EXPECT_EQ(*burst, (Burst{32, 1'000'000}));
  EXPECT_EQ(burst_text(*burst), "32:1ms");
}

TEST(Burst, SaysWhatIsWrong) {
  const auto expect_wrong = [](const char* text, const char* words) {
    const auto burst = parse_burst(text);
    ASSERT_FALSE(burst.has_value()) << text;
    EXPECT_THAT(burst.error(), testing::HasSubstr(words)) << text;
  };
  expect_wrong("", "has no gap");
  expect_wrong("32", "has no gap");
  expect_wrong("0:1ms", "the messages of a burst");
  expect_wrong("many:1ms", "the messages of a burst");
  expect_wrong("1000001:1ms", "the messages of a burst");
  expect_wrong("32:", "the gap of a burst");
  expect_wrong("32:1", "the gap of a burst");
  expect_wrong("32:1ns", "the gap of a burst");
  expect_wrong("32:2h", "the gap of a burst");
}

TEST(Burst, IsDueAsAWholeAtFixedTimes) {
  RunSpec spec;
  spec.scenario = "load";
  spec.backend = "pipe";
  EXPECT_FALSE(Bursts(spec).on());
  ASSERT_EQ(set_cell_option(*cell_option("burst"), "3:2ms", spec), "");
  EXPECT_EQ(spec.key(), "load/pipe/64B/block/cross-cpu/burst=3:2ms");
  const Bursts bursts(spec);
  EXPECT_TRUE(bursts.on());
  EXPECT_EQ(bursts.due_ns(500, 0), 500U);
  EXPECT_EQ(bursts.due_ns(500, 2), 500U);
  EXPECT_EQ(bursts.due_ns(500, 3), 2'000'500U);
  EXPECT_EQ(bursts.due_ns(500, 3'000'000), 2'000'000'000'500U);
  EXPECT_TRUE(bursts.is_last(2));
  EXPECT_FALSE(bursts.is_last(3));
  EXPECT_DOUBLE_EQ(bursts.rate(), 1500);
}

}  // namespace
}  // namespace ipcmark
