#include "results/model/size_mix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "results/model/cell_options.hpp"
#include "results/model/spec.hpp"
#include "scenarios/traffic/message_sizes.hpp"

namespace ipcmark {
namespace {

TEST(SizeMix, IsReadAndWrittenInOneOrder) {
  const auto mix = parse_size_mix("1MiB:5,64:70,4096:25");
  ASSERT_TRUE(mix.has_value()) << mix.error();
  EXPECT_EQ(*mix, (SizeMix{{64, 70}, {4096, 25}, {1 << 20, 5}}));
  EXPECT_EQ(size_mix_text(*mix), "64B:70,4KiB:25,1MiB:5");
  EXPECT_EQ(parse_size_mix(size_mix_text(*mix)).value(), *mix);
}

TEST(SizeMix, SaysWhatIsWrong) {
  const auto expect_wrong = [](const char* text, const char* words) {
    const auto mix = parse_size_mix(text);
    ASSERT_FALSE(mix.has_value()) << text;
    EXPECT_THAT(mix.error(), testing::HasSubstr(words)) << text;
    EXPECT_EQ(mix.error().find('\n'), std::string::npos);
  };
  expect_wrong("", "has no weight");
  expect_wrong("64,4KiB:25", "'64' has no weight");
  expect_wrong("64:70,", "has no weight");
  expect_wrong("big:70,64:30", "'big' is not a size");
  expect_wrong("64:0,4KiB:25", "the weight of 64");
  expect_wrong("64:-1,4KiB:25", "the weight of 64");
  expect_wrong("64:1.5,4KiB:25", "the weight of 64");
  expect_wrong("64:1000001,4KiB:25", "the weight of 64");
  expect_wrong("64:70,64B:30", "64B is in the mix twice");
  expect_wrong("64:70", "--size");
  expect_wrong("64:70,1GiB:30", "limit");
  std::string many = "1:1";
  for (int i = 2; i <= 65; ++i) many += "," + std::to_string(i) + ":1";
  expect_wrong(many.c_str(), "at most 64 sizes");
}

RunSpec mixed_spec(const char* mix, std::uint64_t seed) {
  RunSpec spec;
  spec.scenario = "latency";
  spec.backend = "pipe";
  spec.seed = seed;
  EXPECT_EQ(set_cell_option(*cell_option("size-mix"), mix, spec), "");
  return spec;
}

TEST(SizeMix, StandsInTheKeyInPlaceOfTheSize) {
  const RunSpec spec = mixed_spec("4KiB:25,64:70", 1);
  EXPECT_EQ(spec.key(), "latency/pipe/block/cross-cpu/size-mix=64B:70,4KiB:25");
  EXPECT_EQ(spec.size, 4096U);
  EXPECT_EQ(beyond_limits(spec), "");
  RunSpec other = spec;
  other.size = 64;
  EXPECT_THAT(beyond_limits(other), testing::HasSubstr("largest"));
}

TEST(SizeMix, IsDrawnByWeightAndSeedAlone) {
  constexpr std::uint64_t draws = 20'000;
  const RunSpec spec = mixed_spec("64:70,4KiB:25,1MiB:5", 7);
  const MessageSizes sizes(spec);
  const MessageSizes again(spec);
  const MessageSizes other(mixed_spec("64:70,4KiB:25,1MiB:5", 8));
  std::uint64_t small = 0;
  std::uint64_t large = 0;
  std::uint64_t differ = 0;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const std::uint64_t size = sizes.of(i);
    EXPECT_TRUE(sizes.has(size));
    EXPECT_EQ(again.of(i), size);
    differ += other.of(i) != size ? 1U : 0U;
    small += size == 64 ? 1U : 0U;
    large += size == 1U << 20U ? 1U : 0U;
  }
  // Drawn from fixed numbers; the shares of others would be hundreds of draws away.
  EXPECT_NEAR(static_cast<double>(small), 14'000, 300);
  EXPECT_NEAR(static_cast<double>(large), 1'000, 150);
  EXPECT_GT(differ, draws / 4);
  EXPECT_FALSE(sizes.has(65));
  EXPECT_EQ(sizes.smallest(), 64U);
}

TEST(SizeMix, OfOneSizeThereIsOne) {
  RunSpec spec;
  spec.size = 100;
  const MessageSizes sizes(spec);
  EXPECT_FALSE(sizes.several());
  EXPECT_EQ(sizes.of(5), 100U);
  EXPECT_TRUE(sizes.has(100));
  EXPECT_EQ(sizes.smallest(), 100U);
}

}  // namespace
}  // namespace ipcmark
