// Frames of several senders over one pipe: what the conformance suite cannot provoke from outside.
#include "backends/framing/tagged_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "tests/unit/backends/framing/raw_pipe.hpp"

namespace ipcmark {
namespace {

TEST(TaggedStream, PutsInterleavedMessagesTogetherPerSender) {
  RawPipe pipe;
  const Fd other{fcntl(pipe.writing.get(), F_DUPFD_CLOEXEC, 3)};
  const auto fragment = [](std::uint16_t sender, std::uint16_t flags, char byte) {
    std::vector<char> bytes(8 + 3000, byte);
    const std::uint32_t length = 3000;
    std::memcpy(bytes.data(), &sender, 2);
    std::memcpy(bytes.data() + 2, &flags, 2);
    std::memcpy(bytes.data() + 4, &length, 4);
    return bytes;
  };
  for (const auto& bytes : {fragment(0, 0, 'a'), fragment(1, 0, 'b'), fragment(1, 1, 'b'),
                            fragment(0, 1, 'a'), fragment(1, 0, 'c')}) {
    put(other, bytes.data(), bytes.size());
  }
  pipe.writing.reset();
  TaggedReader reader{StreamFd{std::move(pipe.reading), StreamFd::Kind::pipe}, 2, 6000};
  std::vector<std::byte> buffer(6000);
  for (const char byte : {'b', 'a'}) {
    const auto size = reader.receive(buffer, Deadline::never());
    ASSERT_TRUE(size);
    EXPECT_EQ(*size, 6000U);
    EXPECT_EQ(buffer, std::vector<std::byte>(6000, static_cast<std::byte>(byte)));
  }
  const auto size = reader.receive(buffer, Deadline::after(20'000'000));
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::timeout);  // sender 1 is in the middle of a message
}

TEST(TaggedStream, RefusesAnUnknownSender) {
  RawPipe pipe;
  const std::uint16_t header[4] = {7, 1, 0, 0};
  put(pipe.writing, header, sizeof header);
  TaggedReader reader{StreamFd{std::move(pipe.reading), StreamFd::Kind::pipe}, 2, 100};
  std::vector<std::byte> buffer(100);
  const auto size = reader.receive(buffer, Deadline::never());
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace ipcmark
