#include "scenarios/traffic/payload.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string_view>
#include <vector>

namespace ipcmark {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::vector<std::byte> stamped(std::size_t size, MessageId id, Verify verify = Verify::full) {
  std::vector<std::byte> message(size);
  stamp_message(message, id, 42, verify);
  return message;
}

Finding finding_of(const std::vector<std::byte>& message, std::size_t expected,
                   Verify verify = Verify::full) {
  return examine_message(message, expected, 42, verify).finding;
}

// Vectors of the published XXH64 specification and its reference program.
TEST(Checksum, IsXxh64) {
  EXPECT_EQ(checksum(bytes_of(""), 0), 0xEF46DB3751D8E999U);
  EXPECT_EQ(checksum(bytes_of("a"), 0), 0xD24EC4F1A98C6E5BU);
  EXPECT_EQ(checksum(bytes_of("abc"), 0), 0x44BC2CF5AD770999U);
  EXPECT_EQ(checksum(bytes_of("Nobody inspects the spammish repetition"), 0), 0xFBCEA83C8A378BF1U);
}

TEST(Checksum, EveryBitCounts) {
  std::vector<std::byte> bytes(131);
  const std::uint64_t before = checksum(bytes, 7);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_NE(checksum(bytes, 7), before) << bit;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

TEST(Payload, CarriesItsIdentityAtEverySizeThatHoldsOne) {
  for (const std::size_t size : {8U, 9U, 23U, 24U, 25U, 64U, 1000U, 65536U}) {
    const auto message = stamped(size, {3, 12345});
    const Examination seen = examine_message(message, size, 42, Verify::full);
    EXPECT_EQ(seen.finding, Finding::intact) << size;
    EXPECT_EQ(seen.id, (MessageId{3, 12345})) << size;
  }
}

TEST(Payload, BelowEightBytesOnlyTheLengthIsJudged) {
  for (const std::size_t size : {0U, 1U, 7U}) {
    EXPECT_EQ(finding_of(stamped(size, {0, 1}), size), Finding::uncheckable);
    EXPECT_EQ(finding_of(stamped(size, {0, 1}), size + 1), Finding::wrong_length);
  }
}

TEST(Payload, EveryFlippedBitBehindTheIdentityIsFound) {
  for (const std::size_t size : {12U, 24U, 40U, 200U}) {
    auto message = stamped(size, {1, 9});
    for (std::size_t at = size < stamp_bytes ? 8U : 0U; at < size; ++at) {
      message[at] ^= std::byte{0x10};
      EXPECT_EQ(finding_of(message, size), Finding::corrupted) << size << " at " << at;
      message[at] ^= std::byte{0x10};
    }
  }
}

TEST(Payload, HeaderVerificationSealsTheStampAlone) {
  auto message = stamped(64, {1, 9}, Verify::header);
  message[40] ^= std::byte{1};
  EXPECT_EQ(finding_of(message, 64, Verify::header), Finding::intact);
  message[0] ^= std::byte{1};
  EXPECT_EQ(finding_of(message, 64, Verify::header), Finding::corrupted);
}

TEST(Payload, EachChannelHasASeedOfItsOwn) {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t trial : {1U, 2U, 3U}) {
    RunSpec spec;
    spec.seed = trial;
    for (std::size_t channel = 0; channel < 4; ++channel) {
      EXPECT_TRUE(seeds.insert(channel_seed(spec, channel)).second) << trial << " " << channel;
    }
  }
}

TEST(Payload, AnotherSeedIsAnotherMessage) {
  const auto message = stamped(64, {1, 9});
  EXPECT_EQ(examine_message(message, 64, 43, Verify::full).finding, Finding::corrupted);
}

}  // namespace
}  // namespace ipcmark
