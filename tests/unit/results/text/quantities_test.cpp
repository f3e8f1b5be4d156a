#include "results/text/quantities.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

namespace ipcmark {
namespace {

TEST(Spec, SizesAreExactText) {
  EXPECT_EQ(size_text(0), "0B");
  EXPECT_EQ(size_text(64), "64B");
  EXPECT_EQ(size_text(1024), "1KiB");
  EXPECT_EQ(size_text(1536), "1536B");
  EXPECT_EQ(size_text(1 << 20), "1MiB");
  EXPECT_EQ(size_text(3ULL << 30), "3GiB");
  EXPECT_EQ(size_text(1'000'000), "1000000B");
  for (const std::uint64_t bytes : {0ULL, 1ULL, 1023ULL, 65536ULL, 1'000'000ULL, 1ULL << 40}) {
    EXPECT_EQ(parse_size(size_text(bytes)), bytes);
  }
}

TEST(Spec, SizesAreParsed) {
  EXPECT_EQ(parse_size("64"), 64U);
  EXPECT_EQ(parse_size("64B"), 64U);
  EXPECT_EQ(parse_size("1k"), 1024U);
  EXPECT_EQ(parse_size("1KiB"), 1024U);
  EXPECT_EQ(parse_size("1kB"), 1000U);
  EXPECT_EQ(parse_size("1M"), 1U << 20);
  EXPECT_EQ(parse_size("1MB"), 1'000'000U);
  EXPECT_EQ(parse_size("2GiB"), 2ULL << 30);
  for (const char* bad : {"", "B", "-1", "1 KiB", "1.5KiB", "0x10", "1kb", "64b",
                          "99999999999999999999", "1e3", "18446744073709551615KiB", "64,128"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
}

TEST(Spec, DurationsAreParsed) {
  EXPECT_EQ(parse_duration("250ns"), 250U);
  EXPECT_EQ(parse_duration("10us"), 10'000U);
  EXPECT_EQ(parse_duration("10\u00b5s"), 10'000U);
  EXPECT_EQ(parse_duration("5ms"), 5'000'000U);
  EXPECT_EQ(parse_duration("2s"), 2'000'000'000U);
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000U);
  EXPECT_EQ(parse_duration("0.000000001s"), 1U);
  EXPECT_EQ(parse_duration("1.50000000000s"), 1'500'000'000U);
  EXPECT_EQ(parse_duration("1m"), 60'000'000'000U);
  EXPECT_EQ(parse_duration("0.5h"), 1'800'000'000'000U);
  for (const char* bad : {"", "5", "s", "-1s", "1 s", "1.s", ".5s", "0.5ns", "1.0000000000000001s",
                          "9999999999999h", "1S", "1.5", "nan"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace ipcmark
