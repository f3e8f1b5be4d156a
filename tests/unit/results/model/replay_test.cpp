#include "results/model/replay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ipcmark {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Replay, ReadsWhatAPersonWouldWrite) {
  const auto replay = parse_replay(
      "# recorded at noon\n"
      "\n"
      "time,size,channel\n"
      "1.5, 64, 80   # the first\n"
      "1500.25ms 4KiB 443\r\n"
      "1.5005\t0\n"
      "2s,1500,80");
  ASSERT_TRUE(replay) << replay.error();
  const std::vector<Arrival> due{
      {0, 64, 1}, {250'000, 4096, 2}, {500'000, 0, 0}, {500'000'000, 1500, 1}};
  EXPECT_EQ(replay->arrivals, due);
  EXPECT_EQ(replay->channels, (std::vector<std::uint32_t>{0, 80, 443}));
  EXPECT_EQ(replay->largest, 4096U);
  EXPECT_EQ(replay->smallest, 0U);
  EXPECT_EQ(replay->smallest_line, 6U);
  EXPECT_EQ(replay->length_ns(), 500'000'000U);
  EXPECT_DOUBLE_EQ(replay->rate(), 6);
}

TEST(Replay, KeepsTheNanosecondsOfATimeSince1970) {
  const auto replay = parse_replay("1764489600.123456789 64\n1764489600.123456790 64\n");
  ASSERT_TRUE(replay) << replay.error();
  EXPECT_EQ(replay->arrivals[1].due_ns, 1U);
}

TEST(Replay, OfOneInstantHasARateAllTheSame) {
  EXPECT_EQ(parse_replay("3 64")->rate(), max_replayed_rate);
  EXPECT_EQ(parse_replay("3 64\n3 64")->rate(), max_replayed_rate);
}

TEST(Replay, SaysWhichLineIsWrongAndWhatToWrite) {
  const std::pair<const char*, std::pair<const char*, const char*>> wrong[] = {
      {"", {"", "has no messages; write a line"}},
      {"# nothing\n", {"", "has no messages; write a line"}},
      {"0 64\nsoon 64", {"line 2, column 1: ", "write seconds such as 0.0015, or a unit"}},
      {"0 64\n-1 64", {"line 2, column 1: ", "is not a time"}},
      {"0.1.2 64", {"line 1, column 1: ", "is not a time"}},
      {"time size\n0", {"line 2, column ", "has no size; write time, size"}},
      {"0,x", {"line 1, column 3: ", "'x' is not a size"}},
      {"0 65MiB", {"line 1, column 3: ", "64MiB"}},
      {"0 64 a", {"line 1, column 6: the channel: ", "'a'"}},
      {"0 64 65536", {"line 1, column 6: the channel: ", "65535"}},
      {"0 64 1 2", {"line 1, column 8: ", "leave it out"}},
      {"0 64\n2 64\n1 64", {"line 3, column 1: ", "sort the file by time"}},
      {"0 64\n400d 64", {"line 2, column 1: ", "is not a time"}},
      {"0 64\n40000000 64", {"line 2, column 1: ", "cut the file"}},
  };
  for (const auto& [text, parts] : wrong) {
    const auto replay = parse_replay(text);
    ASSERT_FALSE(replay) << text;
    EXPECT_THAT(replay.error(), StartsWith(parts.first)) << text;
    EXPECT_THAT(replay.error(), HasSubstr(parts.second)) << text;
  }
}

TEST(Replay, HasLimitsOfChannels) {
  std::string text;
  for (std::size_t i = 0; i < max_replayed_channels; ++i)
    text += "0 64 " + std::to_string(i) + "\n";
  EXPECT_TRUE(parse_replay(text));
  const auto beyond = parse_replay(text + "0 64 99\n");
  ASSERT_FALSE(beyond);
  EXPECT_THAT(beyond.error(), HasSubstr("limit of 64"));
}

TEST(Replay, IsKnownByNameAndContent) {
  const std::string id = replay_id("traces/web, of today.txt", "0 64\n");
  EXPECT_THAT(id, StartsWith("web__of_today.txt@"));
  EXPECT_TRUE(is_replay_id(id));
  EXPECT_EQ(id, replay_id("web__of_today.txt", "0 64\n"));
  EXPECT_NE(id, replay_id("web__of_today.txt", "0 65\n"));
  for (const char* text :
       {"", "web.txt", "web.txt@", "@0123456789abcdef", "web.txt@0123456789abcde",
        "web.txt@0123456789abcdeg", "a/b@0123456789abcdef"}) {
    EXPECT_FALSE(is_replay_id(text)) << text;
  }
}

}  // namespace
}  // namespace ipcmark
