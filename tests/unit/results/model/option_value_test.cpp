#include "results/model/option_value.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

std::string problem(const OptionRule& rule, const char* text) {
  const auto value = option_value(rule, text);
  return value ? "" : value.error();
}

TEST(OptionValue, HasOneSyntaxForEachKind) {
  EXPECT_EQ(option_value({OptionKind::size, 0, 1 << 20}, "64"), 64);
  EXPECT_EQ(option_value({OptionKind::size, 0, 1 << 20}, "1KiB"), 1024);
  EXPECT_EQ(option_value({OptionKind::time, 0, 1'000'000}, "1.5us"), 1500);
  EXPECT_EQ(option_value({OptionKind::rate, 1, 10'000'000}, "10k"), 10'000);
  EXPECT_EQ(option_value({OptionKind::rate, 1, 10'000'000}, "1.5M/s"), 1'500'000);
  EXPECT_EQ(option_value({OptionKind::flag, 0, 1}, "true"), 1);
  EXPECT_EQ(option_value({OptionKind::word, 0, 1, {"fixed", "poisson"}}, "poisson"), 1);
}

TEST(OptionValue, SaysWhatToWriteInstead) {
  const OptionRule time{OptionKind::time, 1, 1'000'000'000};
  EXPECT_EQ(problem(time, "10"), "'10' is not a time; write one such as 10us or 5ms");
  EXPECT_EQ(problem(time, "0s"), "0s is below the limit of 1ns");
  EXPECT_EQ(problem(time, "2s"), "2s is beyond the limit of 1s");
  EXPECT_EQ(problem({OptionKind::count, 2, 64}, "1"), "'1' is not a whole number from 2 to 64");
  EXPECT_EQ(problem({OptionKind::count, 2, 64}, "1e1"), "'1e1' is not a whole number from 2 to 64");
  EXPECT_EQ(problem({OptionKind::word, 0, 1, {"off", "full"}}, "on"), "'on' is none of off, full");
}

TEST(OptionValue, ARangeIsSaidWhereThereIsOne) {
  EXPECT_EQ(range_text({OptionKind::count, 2, 64}), "2 to 64");
  EXPECT_EQ(range_text({OptionKind::count, 0, unlimited_count}), "");
  EXPECT_EQ(range_text({OptionKind::time, 0, 1000}), "");
}

TEST(OptionValue, WhatADecimalCommaLeavesBehindIsRefused) {
  const OptionRule size{OptionKind::size, 0, 1 << 20};
  EXPECT_NE(problem(size, "024").find("begins with a zero"), std::string::npos);
  EXPECT_NE(problem({OptionKind::rate, 1, 1 << 20}, "000").find("comma"), std::string::npos);
  EXPECT_EQ(problem(size, "0"), "");
}

TEST(OptionValue, TextIsReadBack) {
  for (const auto& [rule, value] : std::initializer_list<std::pair<OptionRule, std::int64_t>>{
           {{OptionKind::size, 0, 1 << 30}, 3 << 20},
           {{OptionKind::time, 0, INT64_MAX}, 1'500'000},
           {{OptionKind::time, 0, INT64_MAX}, 0},
           {{OptionKind::count, 0, 9}, 7},
           {{OptionKind::flag, 0, 1}, 1},
           {{OptionKind::word, 0, 1, {"a", "b"}}, 1}}) {
    EXPECT_EQ(option_value(rule, option_text(rule, value)), value) << option_text(rule, value);
  }
}

TEST(OptionValue, CpusAreNumbersAndRanges) {
  EXPECT_EQ(cpus_value("0-3,8"), (std::vector<int>{0, 1, 2, 3, 8}));
  EXPECT_EQ(cpus_value("2,0"), (std::vector<int>{2, 0}));
  for (const char* wrong : {"", "x", "-1", "3-1", "0,,1", "0-", "1 2", "0-9999999"}) {
    EXPECT_FALSE(cpus_value(wrong)) << wrong;
  }
}

TEST(OptionValue, MemoryPoliciesNameANodeOrAll) {
  EXPECT_EQ(numa_value("interleave").value().kind, NumaPolicy::Kind::interleave);
  EXPECT_EQ(numa_value("bind:1").value().kind, NumaPolicy::Kind::bind);
  EXPECT_EQ(numa_value("bind:1").value().node, 1);
  EXPECT_EQ(numa_value("preferred:0").value().kind, NumaPolicy::Kind::preferred);
  for (const char* wrong :
       {"", "bind", "bind:", "bind:x", "bind:-1", "bind:1024", "interleave:1", "local", "1"}) {
    EXPECT_FALSE(numa_value(wrong)) << wrong;
  }
  EXPECT_NE(numa_value("left").error().find("bind:1"), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
