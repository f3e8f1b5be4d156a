// Frames over a pipe: what the conformance suite cannot provoke from outside.
#include "backends/framing/framed_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/unit/backends/framing/raw_pipe.hpp"

namespace ipcmark {
namespace {

std::vector<std::byte> pattern(std::size_t size, unsigned seed) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + seed * 7);
  return bytes;
}

// Changes from steady to varying sizes and back, on both sides of the reader's limits.
TEST(FramedStream, KeepsMessagesApartWhenSizesChange) {
  RawPipe pipe;
  FrameWriter writer{StreamFd{std::move(pipe.writing), StreamFd::Kind::pipe}, 20'000};
  FrameReader reader{StreamFd{std::move(pipe.reading), StreamFd::Kind::pipe}, 20'000};
  const std::size_t sizes[] = {64,   64,   64,   65,   1,    0,     0,     0,  5000, 5000,
                               5000, 4999, 3000, 3000, 3000, 12000, 12000, 7,  3000, 3000,
                               3000, 0,    64,   64,   2048, 2048,  2048,  64, 64,   64};
  std::vector<std::byte> buffer(20'000);
  unsigned sent = 0;
  unsigned got = 0;
  for (const unsigned at_once : {1U, 2U, 5U}) {
    for (unsigned i = 0; i < 4 * std::size(sizes); ++i) {
      while (sent < got + at_once) {
        ASSERT_TRUE(writer.send(pattern(sizes[sent % std::size(sizes)], sent), Deadline::never()));
        ++sent;
      }
      const auto expected = pattern(sizes[got % std::size(sizes)], got);
      const auto size = reader.receive(buffer, Deadline::never());
      ASSERT_TRUE(size);
      ASSERT_EQ(*size, expected.size()) << "message " << got;
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), buffer.begin())) << got;
      ++got;
    }
  }
}

// The kernel drops the part of a packet that a read does not ask for.
TEST(FramedStream, APacketLongerThanThoseBeforeArrivesWhole) {
  RawPipe pipe;
  for (const Fd* end : {&pipe.reading, &pipe.writing}) {
    ASSERT_EQ(::fcntl(end->get(), F_SETFL, O_DIRECT), 0);
  }
  FrameWriter writer{StreamFd{std::move(pipe.writing), StreamFd::Kind::packet_pipe}, 4000};
  FrameReader reader{StreamFd{std::move(pipe.reading), StreamFd::Kind::packet_pipe}, 4000};
  const std::size_t sizes[] = {64,   64,   64,   200,  200,  200, 10, 10,
                               4000, 3000, 3000, 3000, 3500, 0,   0,  1};
  std::vector<std::byte> buffer(4000);
  for (unsigned i = 0; i < std::size(sizes); ++i) {
    const auto message = pattern(sizes[i], i);
    ASSERT_TRUE(writer.send(message, Deadline::never()));
    const auto size = reader.receive(buffer, Deadline::after(10'000'000'000));
    ASSERT_TRUE(size) << "message " << i << ": " << explain(size.error());
    ASSERT_EQ(*size, message.size()) << "message " << i;
    ASSERT_TRUE(std::equal(message.begin(), message.end(), buffer.begin())) << "message " << i;
  }
}

TEST(FramedStream, MessageCutByADeadlineIsCompletedByFlush) {
  RawPipe pipe;
  FrameWriter writer{StreamFd{std::move(pipe.writing), StreamFd::Kind::pipe}, 200'000};
  FrameReader reader{StreamFd{std::move(pipe.reading), StreamFd::Kind::pipe}, 200'000};
  const auto message = pattern(200'000, 3);
  ASSERT_TRUE(writer.send(message, Deadline::immediate()));  // a part went in: it counts as sent
  const auto again = writer.send(message, Deadline::immediate());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::would_block);
  std::vector<std::byte> buffer(200'000);
  Result<std::size_t> size = fail(Errc::would_block, "");
  while (!size) {
    size = reader.receive(buffer, Deadline::immediate());
    if (!size) {
      ASSERT_EQ(size.error().code, Errc::would_block);
    }
    (void)writer.flush(Deadline::immediate());
  }
  EXPECT_EQ(*size, message.size());
  EXPECT_EQ(buffer, message);
}

TEST(FramedStream, EndOfFileWithinAFrameIsADeath) {
  RawPipe pipe;
  const std::uint32_t length = 100;
  put(pipe.writing, &length, 4);
  put(pipe.writing, "abc", 3);
  pipe.writing.reset();
  FrameReader reader{StreamFd{std::move(pipe.reading), StreamFd::Kind::pipe}, 100};
  std::vector<std::byte> buffer(100);
  for (unsigned i = 0; i < 2; ++i) {
    const auto size = reader.receive(buffer, Deadline::never());
    ASSERT_FALSE(size);
    EXPECT_EQ(size.error().code, Errc::peer_died);
  }
}

TEST(FramedStream, LengthAboveTheLargestMessageIsCorrupt) {
  RawPipe pipe;
  const std::uint32_t length = 101;
  put(pipe.writing, &length, 4);
  FrameReader reader{StreamFd{std::move(pipe.reading), StreamFd::Kind::pipe}, 100};
  std::vector<std::byte> buffer(1000);
  const auto size = reader.receive(buffer, Deadline::never());
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace ipcmark
