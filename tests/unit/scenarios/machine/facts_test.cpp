#include "scenarios/machine/facts.hpp"

#include <gtest/gtest.h>

#include "backends/kernel/file_text.hpp"

namespace ipcmark {
namespace {

TEST(Facts, AreTextInOneLine) {
  EXPECT_EQ(read_fact("/proc/sys/kernel/ostype"), "Linux");
  EXPECT_EQ(read_fact("/proc/self/limits").find('\n'), std::string::npos);
}

TEST(Facts, WhatCannotBeReadIsNotAvailable) {
  // Missing, a directory, failing once it is open, and without an end.
  for (const char* path : {"/nonexistent", "/proc", "/proc/self/mem", "/dev/zero"}) {
    EXPECT_EQ(read_fact(path), "") << path;
    EXPECT_EQ(fact_or_na(path), "n/a") << path;
    Facts facts;
    add_file(facts, "fact", path);
    EXPECT_EQ(facts["fact"], "n/a") << path;
  }
}

TEST(Facts, ADirectoryThatCannotBeReadHasNoNames) {
  EXPECT_EQ(names_in("/nonexistent"), std::vector<std::string>{});
  EXPECT_EQ(names_in("/proc/self/mem"), std::vector<std::string>{});
  EXPECT_FALSE(names_in("/proc/self").empty());
}

}  // namespace
}  // namespace ipcmark
