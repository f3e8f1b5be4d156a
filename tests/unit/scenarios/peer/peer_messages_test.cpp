#include "scenarios/peer/peer_messages.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "scenarios/peer/crc32.hpp"

namespace ipcmark {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::uint32_t bit_by_bit(std::span<const std::byte> bytes) {
  std::uint32_t sum = ~0U;
  for (const std::byte byte : bytes) {
    sum ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~sum;
}

TEST(Crc32, IsThatOfZlib) {
  EXPECT_EQ(crc32(bytes_of("123456789")), 0xCBF43926U);  // the check value of CRC-32
  EXPECT_EQ(crc32({}), 0U);
  std::vector<std::byte> bytes;
  for (unsigned length = 0; length < 50; ++length) {
    EXPECT_EQ(crc32(bytes), bit_by_bit(bytes)) << length;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      const std::span<const std::byte> all(bytes);
      ASSERT_EQ(crc32(all.subspan(cut), crc32(all.first(cut))), crc32(all)) << cut;
    }
    bytes.push_back(static_cast<std::byte>(length * 37 + 11));
  }
}

TEST(PeerMessages, EveryByteCountsThatIsVerified) {
  for (const Verify verify : {Verify::header, Verify::full}) {
    std::vector<std::byte> message(40);
    stamp_for_peer(message, 7, 99, verify);
    const Examination whole = examine_from_peer(message, message.size(), 99, verify);
    EXPECT_EQ(whole.finding, Finding::intact);
    EXPECT_EQ(whole.id, (MessageId{0, 7}));
    EXPECT_EQ(examine_from_peer(message, message.size(), 98, verify).finding, Finding::corrupted);
    for (std::size_t at = 0; at < message.size(); ++at) {
      auto damaged = message;
      damaged[at] ^= std::byte{1};
      const bool sealed = verify == Verify::full || at < stamp_bytes;
      EXPECT_EQ(examine_from_peer(damaged, damaged.size(), 99, verify).finding,
                sealed ? Finding::corrupted : Finding::intact)
          << at;
    }
    EXPECT_EQ(examine_from_peer(std::span(message).first(39), 40, 99, verify).finding,
              Finding::wrong_length);
  }
  const std::vector<std::byte> small(stamp_bytes - 1);
  EXPECT_EQ(examine_from_peer(small, small.size(), 99, Verify::full).finding, Finding::uncheckable);
}

TEST(PeerMessages, TheWayBackHasAnotherSeed) {
  RunSpec spec;
  spec.seed = 0x1'0000'0003U;
  EXPECT_EQ(peer_seed(spec, 0), 3U);
  EXPECT_EQ(peer_seed(spec, 1), 3U ^ 0x9E3779B1U);
}

}  // namespace
}  // namespace ipcmark
